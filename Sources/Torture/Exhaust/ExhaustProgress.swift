import BigInt
import FoundationEssentials
import SystemPackage

/// How far an exhaustive run has come: exhaust.json in its report's folder.
///
/// It is replaced in one step every few seconds, and holds all that is needed to write the report anew, so that a run
/// that was cut off anywhere goes on from here and ends as one that was not. The order of the sequences does not hang
/// on the bound, so a run may go on to a larger one.
struct ExhaustProgress: Codable, Hashable {
  static let fileName = "exhaust.json"
  static let format = "lrvm-torture exhaust"
  static let currentVersion = 1
  /// Of sequences with findings, only the first so many are told; the others are counted.
  static let toldMax = ReportFolder.failuresPerScenarioMax

  /// What the sequences of one size came to.
  struct Size: Codable, Hashable {
    var sequences = 0
    var crashPoints = 0
    var crashStates = 0
    /// What their exhaustive explorations covered; nil where states were only drawn.
    var coverage: Coverage?
    /// Time on the clock.
    var seconds = 0.0

    enum CodingKeys: String, CodingKey {
      case sequences, coverage, seconds
      case crashPoints = "crash_points"
      case crashStates = "crash_states"
    }
  }

  private(set) var format = ExhaustProgress.format
  private(set) var formatVersion = ExhaustProgress.currentVersion
  /// The program's.
  private(set) var version = TortureVersion.current
  let scenario: Scenario
  /// How many operations a sequence has at most.
  var bound: Int
  /// The index of the first sequence that did not run.
  private(set) var next = 0
  /// All sequences together; a case is a sequence.
  private(set) var total = Summary.Figures()
  /// The sequences of each size, from size 0.
  private(set) var sizes: [Size] = []
  /// How many sequences were found to violate something, trapped, or could not be judged.
  private(set) var conspicuous = 0
  /// The first of them.
  private(set) var told: [CaseResult] = []
  /// A hash of all results in order: equal for two runs that found the same.
  private(set) var digest: UInt64 = 0

  init(_ scenario: Scenario, bound: Int) {
    self.scenario = scenario
    self.bound = bound
  }

  /// Adds the result of the next sequence, which has `size` operations.
  ///
  /// - Parameter seconds: the time since the result before.
  /// - Returns: whether the result is one to tell.
  mutating func add(_ result: CaseResult, size: Int, seconds: Double) -> Bool {
    next += 1
    total.add(result)
    total.setSeconds(total.seconds + seconds)
    while sizes.count <= size { sizes.append(Size()) }
    sizes[size].sequences += 1
    sizes[size].crashPoints += result.crashPoints
    sizes[size].crashStates += result.crashStates
    if let coverage = result.coverage {
      sizes[size].coverage = (sizes[size].coverage ?? Coverage()) + coverage
    }
    sizes[size].seconds += seconds
    for byte in "\(result.verdict.rawValue) \(result.violationCount) \(result.digest)".utf8 {
      digest = SplitMix64.mix(digest ^ UInt64(byte))
    }
    guard result.verdict != .clean else { return false }
    conspicuous += 1
    guard told.count < Self.toldMax else { return false }
    told.append(result)
    return true
  }

  /// What all sequences together covered; nil where states were only drawn.
  var coverage: Coverage? {
    let all = sizes.compactMap(\.coverage)
    return all.isEmpty ? nil : all.reduce(Coverage(), +)
  }

  /// How many legal crash states the executed ones stand for.
  var covered: BigUInt { total.coverage?.covered ?? BigUInt(total.crashStatesExecuted) }

  /// Puts the progress in the place of what the folder has.
  func write(to folder: String) throws(ReportError) {
    do {
      try FileTree.replace(FilePath(folder).appending(Self.fileName), with: JSONText.document(self))
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Reads the progress in `folder` for a run of `scenario` up to `bound`.
  ///
  /// - Throws: where there is none, or it is of something else.
  static func read(_ folder: String, _ scenario: Scenario, bound: Int) throws(ExhaustError) -> ExhaustProgress
  {
    let path = FilePath(folder).appending(fileName)
    func refuse(_ reason: String) -> ExhaustError {
      ExhaustError(
        "cannot go on from '\(path)': \(reason); begin anew without --resume, or pass another --out")
    }
    let progress: ExhaustProgress
    do {
      let text = try TextFile.read(path)
      try FileHeading.check(text, format: format, formatVersion: currentVersion)
      progress = try JSONText.decode(ExhaustProgress.self, from: text)
    } catch let error as FileAccessError {
      throw refuse(error.reason)
    } catch {
      throw refuse("\(error)")
    }
    guard progress.scenario == scenario else {
      throw refuse("the scenario '\(progress.scenario.name)' has other options there")
    }
    guard progress.bound <= bound else {
      throw refuse("it is of sequences of up to \(progress.bound) operations, not \(bound)")
    }
    return progress
  }

  enum CodingKeys: String, CodingKey {
    case format, version, scenario, bound, next, total, sizes, conspicuous, told, digest
    case formatVersion = "format_version"
  }
}
