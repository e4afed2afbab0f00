import SystemPackage

/// The folder that a campaign leaves behind: campaign.json, results.jsonl, summary.json, failures/, and the views that
/// are made of them at its end. One run at a time writes in it.
///
/// The folder of an earlier campaign is replaced; any other folder with something in it is left alone. What tells
/// them apart is summary.json, which is therefore written first and never removed. Only the names that a report
/// writes are ever removed.
///
/// Used by one task at a time.
public struct ReportFolder: Sendable {
  /// A campaign with many failures keeps the folders of the first so many of each scenario, and that of the first of
  /// each group; results.jsonl has all.
  public static let failuresPerScenarioMax = 20

  /// The folder, as it was given.
  public let path: String

  let root: FilePath
  private let lock: ReportLock
  private let results: LineFile
  private var failures: [String: Int] = [:]
  private var takenNames: Set<String> = []
  /// Of each group of failures, by its fingerprint, the first one that has a folder.
  private(set) var toldGroups: [String: Told] = [:]

  /// A failure with a folder.
  struct Told {
    /// Of its reproducer, below the report's folder.
    var path: String
    var reproducer: Reproducer
  }
  private var replayCommand: String

  static let resultsName = "results.jsonl"
  static let summaryName = "summary.json"
  private static let failuresName = "failures"
  /// All but the lock and the summary, which stay longest.
  private static let otherNames =
    [failuresName, resultsName, FinishedAhead.fileName, CampaignRecord.fileName, summaryName + ".new"]
    + ReportView.allCases.map(\.fileName)

  /// Makes the folder at `path`, or empties the one of an earlier campaign, and starts a report in it.
  ///
  /// - Parameters:
  ///   - replayCommand: what a reader types before the path of a reproducer, for instance `lrvm-torture replay`.
  ///   - summary: the figures before the first case.
  ///   - isResumed: whether the file with an exhaustive run's progress stays, and tells that the folder is a report.
  ///   - campaign: what decides the cases; nil for an exhaustive run.
  /// - Throws: where something else stands there, another run is writing there, or the disk refuses. Then nothing was
  ///   overwritten.
  public init(
    at path: String, replayCommand: String, summary: Summary, isResumed: Bool = false,
    campaign: CampaignRecord? = nil
  ) throws(ReportError) {
    self.path = path
    self.replayCommand = replayCommand
    root = FilePath(path)
    do {
      lock = try Self.makeRoom(root, isResumed)
      // The summary tells that the folder is a report: it is there before anything else.
      try FileTree.replace(root.appending(Self.summaryName), with: JSONText.document(summary))
      if let campaign {
        try FileTree.replace(root.appending(CampaignRecord.fileName), with: campaign.text())
      }
      results = try LineFile(creating: root.appending(Self.resultsName))
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Takes up the report of an earlier run. `goOn` is to be called before anything is appended.
  init(goingOnWith earlier: EarlierRun, replayCommand: String) throws(ReportError) {
    path = earlier.path
    root = FilePath(earlier.path)
    lock = earlier.lock
    self.replayCommand = replayCommand
    do {
      results = try LineFile(goingOn: root.appending(Self.resultsName))
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Goes on behind the first `length` bytes of results.jsonl. The failures are to be written anew.
  mutating func goOn(after length: Int) throws(ReportError) {
    do {
      try results.cut(to: length)
    } catch {
      throw ReportError("\(error)")
    }
    try removeFailures()
  }

  /// Writes a case's line, and a folder for each of its findings.
  ///
  /// - Parameter operations: what the case ran instead of what scenario and seed decide; nil for nothing else.
  /// - Returns: the paths of the reproducers that were written.
  /// - Throws: where the disk refuses: it is full, or the folder was removed.
  public mutating func append(_ result: CaseResult, of scenario: Scenario, operations: [Operation]? = nil)
    throws(ReportError) -> [String]
  {
    _ = try append(line: result)
    return try appendFailures(of: result, in: scenario, operations: operations)
  }

  /// Writes a case's line.
  ///
  /// - Returns: the line.
  func append(line result: CaseResult) throws(ReportError) -> String {
    do {
      let line = try JSONText.line(result)
      try results.append(line)
      return line
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Writes a folder for each finding of a case.
  ///
  /// - Returns: the paths of the reproducers that were written.
  mutating func appendFailures(
    of result: CaseResult, in scenario: Scenario, operations: [Operation]? = nil
  ) throws(ReportError) -> [String] {
    do {
      var paths: [String] = []
      for finding in result.findings {
        let group = FailureSignature(finding).fingerprint
        let isFirst = toldGroups[group] == nil && toldGroups.count < CampaignViews.groupsMax
        guard isFirst || failures[result.scenario, default: 0] < Self.failuresPerScenarioMax else { continue }
        failures[result.scenario, default: 0] += 1
        let reproducer = Reproducer(
          scenario: scenario, seed: result.seed, operations: operations, finding: finding)
        let path = try write(reproducer, case: result)
        if isFirst { toldGroups[group] = Told(path: path, reproducer: reproducer) }
        paths.append(root.appending(path).string)
      }
      return paths
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Puts `summary` in the place of the one before.
  public func write(_ summary: Summary) throws(ReportError) {
    do {
      try FileTree.replace(root.appending(Self.summaryName), with: JSONText.document(summary))
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Writes the last summary and closes the files.
  public func finish(_ summary: Summary) throws(ReportError) {
    try write(summary)
    do {
      try results.close()
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Appends whole lines of results as they are.
  func append(lines: [UInt8]) throws(ReportError) {
    do {
      try results.append(bytes: lines)
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Writes a view in the place of the one before.
  func write(_ view: ReportView, _ text: String) throws(ReportError) {
    do {
      try FileTree.replace(root.appending(view.fileName), with: text)
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// The failures that are worth a picture: the first of each group, by its fingerprint. A trap has its stack already.
  func toPicture(_ summary: Summary) -> [(fingerprint: String, reproducer: Reproducer)] {
    summary.groups.all.lazy.compactMap { group in
      guard let told = toldGroups[group.fingerprint], told.reproducer.finding.violation != nil else {
        return nil
      }
      return (group.fingerprint, told.reproducer)
    }.prefix(CampaignViews.picturesMax).map { $0 }
  }

  /// The line to copy that replays the reproducer at `path` below the folder.
  func replayLine(_ path: String) -> String {
    FailureStory.replayLine(command: replayCommand, path: root.appending(path).string)
  }

  /// Writes failures/ID; the path of the reproducer in it, below the report's folder.
  private mutating func write(_ reproducer: Reproducer, case result: CaseResult) throws -> String {
    let name = freeName(SafeName.make(reproducer.finding.id))
    let folder = root.appending(Self.failuresName).appending(name)
    try FileTree.makeFolder(folder)
    let file = folder.appending("reproducer.json")
    try TextFile.create(file, reproducer.text())
    let story = FailureStory.lines(reproducer, case: result, replayCommand: replayCommand, path: file.string)
    try TextFile.create(folder.appending("report.txt"), story.joined(separator: "\n") + "\n")
    return "\(Self.failuresName)/\(name)/reproducer.json"
  }

  /// `name`, or with a number behind it where an earlier finding has it already.
  private mutating func freeName(_ name: String) -> String {
    var candidate = name
    var number = 2
    while !takenNames.insert(candidate).inserted {
      candidate = "\(name)-\(number)"
      number += 1
    }
    return candidate
  }

  /// Forgets the failures, which are then written anew.
  mutating func removeFailures() throws(ReportError) {
    do {
      try FileTree.remove(root.appending(Self.failuresName))
    } catch {
      throw ReportError("\(error)")
    }
    failures = [:]
    takenNames = []
    toldGroups = [:]
  }

  /// Writes the failures anew, from the lines of results.jsonl.
  ///
  /// - Returns: the paths of the reproducers.
  mutating func rewriteFailures(of campaign: CampaignRecord) throws(ReportError) -> [String] {
    do {
      let scanner = ResultLine(campaign.scenarios)
      var reader = try LineReader(root.appending(Self.resultsName))
      defer { reader.close() }
      var paths: [String] = []
      while let line = try reader.next() {
        guard !ResultLine.isClean(line), let key = scanner.key(line) else { continue }
        let result = try JSONText.decode(CaseResult.self, from: String(decoding: line, as: UTF8.self))
        paths += try appendFailures(of: result, in: campaign.scenarios[key.scenario])
      }
      return paths
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Makes the folder, or removes the report that is in it.
  private static func makeRoom(_ root: FilePath, _ isResumed: Bool) throws -> ReportLock {
    switch try FileTree.type(of: root) {
    case nil:
      try FileTree.makeFolder(root)
      return try ReportLock(root)
    case .directory?:
      let names = try FileTree.list(root).filter { $0 != ReportLock.fileName && $0 != summaryName + ".new" }
      guard !names.isEmpty else { return try ReportLock(root) }
      guard isResumed || isReport(root) else {
        throw ReportError(
          "'\(root)' holds something else than a report of lrvm-torture and is left alone; "
            + "pass another folder with --out, or empty this one",
          isWrongFolder: true)
      }
      let lock = try ReportLock(root)
      if !isResumed { try FileTree.remove(root.appending(ExhaustProgress.fileName)) }
      for name in otherNames { try FileTree.remove(root.appending(name)) }
      return lock
    default:
      throw ReportError("'\(root)' is not a folder; pass another one with --out", isWrongFolder: true)
    }
  }

  static func isReport(_ root: FilePath) -> Bool {
    guard let text = try? TextFile.read(root.appending(summaryName)) else { return false }
    return (try? JSONText.decode(Heading.self, from: text))?.format == Summary.format
  }

  /// The field that every version of summary.json has.
  private struct Heading: Decodable {
    var format: String
  }
}

/// A report that cannot be written.
public struct ReportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String
  /// Whether the folder is one that must not be used for a report: wrong use, and not a failure of the disk.
  public var isWrongFolder: Bool

  /// An error that says `description`.
  public init(_ description: String, isWrongFolder: Bool = false) {
    self.description = description
    self.isWrongFolder = isWrongFolder
  }
}
