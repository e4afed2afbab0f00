package import BigInt
import FoundationEssentials
import SeededRandom
import SystemPackage
import TextFiles
package import TortureCore

/// How far an exhaustive run has come: exhaust.json in its report's folder.
///
/// It is replaced in one step every few seconds, and holds all that is needed to write the report anew, so that a run
/// that was cut off anywhere goes on from here and ends as one that was not. The order of the sequences does not hang
/// on the bound, so a run may go on to a larger one.
package struct ExhaustProgress: Codable, Hashable {
  static let fileName = "exhaust.json"
  package static let format = "lrvm-torture exhaust"
  static let currentVersion = 1
  /// Of sequences with findings, only the first are kept; the others are counted.
  static let toldMax = ReportFolder.failuresPerScenarioMax

  /// What the sequences of one size came to.
  package struct Size: Codable, Hashable {
    package var sequences = 0
    package var crashPoints = 0
    package var crashStates = 0
    /// What their exhaustive explorations covered; nil where states were only drawn.
    package var coverage: Coverage?
    /// Time on the clock.
    package var seconds = 0.0

    enum CodingKeys: String, CodingKey {
      case sequences, coverage, seconds
      case crashPoints = "crash_points"
      case crashStates = "crash_states"
    }
  }

  package private(set) var format = ExhaustProgress.format
  private(set) var formatVersion = ExhaustProgress.currentVersion
  /// The program's.
  package private(set) var version = TortureVersion.current
  package let scenario: Scenario
  /// How many operations a sequence has at most.
  package var bound: Int
  /// The index of the first sequence that did not run.
  package private(set) var next = 0
  /// All sequences together; a case is a sequence.
  package private(set) var total = Summary.Figures()
  /// The sequences of each size, from size 0.
  package private(set) var sizes: [Size] = []
  /// How many sequences were found to violate something, trapped, or could not be judged.
  package private(set) var conspicuous = 0
  /// The first of them.
  package private(set) var told: [CaseResult] = []
  /// A hash of all results in order: equal for two runs that found the same.
  package private(set) var digest: UInt64 = 0

  init(_ scenario: Scenario, bound: Int) {
    self.scenario = scenario
    self.bound = bound
  }

  /// Adds the result of the next sequence, which has `size` operations.
  ///
  /// - Parameter seconds: the time since the result before.
  /// - Returns: whether the result is one to tell.
  package mutating func add(_ result: CaseResult, size: Int, seconds: Double) -> Bool {
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
  package var coverage: Coverage? {
    let all = sizes.compactMap(\.coverage)
    return all.isEmpty ? nil : all.reduce(Coverage(), +)
  }

  /// How many legal crash states the executed ones stand for.
  package var covered: BigUInt { total.coverage?.covered ?? BigUInt(total.crashStatesExecuted) }

  /// Puts the progress in the place of what the folder has.
  package func write(to folder: String) throws(ReportError) {
    do {
      try FileTree.replace(FilePath(folder).appending(Self.fileName), with: JSONText.document(self))
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Reads the progress in `folder` for a run of `scenario` up to `bound`.
  ///
  /// - Throws: where there is none, or it is of something else.
  package static func read(_ folder: String, _ scenario: Scenario, bound: Int) throws(ExhaustError)
    -> ExhaustProgress
  {
    let path = FilePath(folder).appending(fileName)
    func refuse(_ reason: String) -> ExhaustError {
      ExhaustError(
        "cannot go on from '\(path)': \(reason); start over without --resume, or pass another --out")
    }
    let progress: ExhaustProgress
    do {
      let text = try TextFile.read(path)
      try FileHeading.check(
        text, format: format, formatVersion: currentVersion, version: TortureVersion.current)
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
