package import SystemPackage
import TextFiles
package import TortureCore
package import TortureFailures

/// Tells a failure in lines, for whoever reads its folder: the reproducer, the result of its case, the line that replays it.
package typealias FailureNarrator =
  @Sendable (_ reproducer: Reproducer, _ result: CaseResult, _ replayLine: String) -> [String]

/// The folder that a campaign leaves behind: campaign.json, results.jsonl, summary.json, failures/, and the views that
/// are made of them at its end. One run at a time writes in it.
///
/// The folder of an earlier campaign is replaced; any other folder with something in it is left alone. What shows
/// them apart is summary.json, which is therefore written first and never removed. Only the names that a report
/// writes are ever removed.
///
/// Used by one task at a time.
package struct ReportFolder: Sendable {
  /// A campaign with many failures keeps the folders of the first ones of each scenario, and that of the first of
  /// each group; results.jsonl has all.
  package static let failuresPerScenarioMax = 20

  /// The folder, as it was given.
  package let path: String

  package let root: FilePath
  private let lock: ReportLock
  private let results: LineFile
  private var failures: [String: Int] = [:]
  private var takenNames: Set<String> = []
  /// Of each group of failures, by its fingerprint, the first one that has a folder.
  package private(set) var toldGroups: [String: Told] = [:]

  /// A failure with a folder.
  package struct Told: Sendable {
    /// Of its reproducer, below the report's folder.
    package var path: String
    package var reproducer: Reproducer
    /// The name of the smaller one beside it; nil where there is none.
    package var smaller: Smaller?
  }

  /// A failure made smaller.
  package struct Smaller: Sendable {
    /// Of its reproducer, below the report's folder.
    package var path: String
    package var reproducer: Reproducer
  }
  private let replayCommand: String
  private let narrate: FailureNarrator

  /// This many groups have folders and a place in the views; summary.json has all.
  package static let groupsMax = 200

  static let resultsName = "results.jsonl"
  static let summaryName = "summary.json"
  private static let failuresName = "failures"
  /// All but the lock and the summary, which stay longest.
  private static let otherNames =
    [
      failuresName, resultsName, FinishedAhead.fileName, CampaignRecord.fileName, summaryName + ".new",
      resultsName + ".new",
    ]
    + ReportView.allCases.map(\.fileName)

  /// Makes the folder at `path`, or empties the one of an earlier campaign, and starts a report in it.
  ///
  /// - Parameters:
  ///   - replayCommand: what a reader types before the path of a reproducer, for instance `lrvm-torture replay`.
  ///   - summary: the figures before the first case.
  ///   - isResumed: whether the file with an exhaustive run's progress stays, and shows that the folder is a report.
  ///   - campaign: what decides the cases; nil for an exhaustive run.
  ///   - narrate: puts a failure into words for report.txt.
  /// - Throws: where something else stands there, another run is writing there, or the disk refuses. Then nothing was
  ///   overwritten.
  package init(
    at path: String, replayCommand: String, summary: Summary, isResumed: Bool = false,
    campaign: CampaignRecord? = nil, narrate: @escaping FailureNarrator
  ) throws(ReportError) {
    self.path = path
    self.replayCommand = replayCommand
    self.narrate = narrate
    root = FilePath(path)
    do {
      lock = try Self.makeRoom(root, isResumed)
      // The summary shows that the folder is a report: it is there before anything else.
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
  init(
    goingOnWith earlier: EarlierRun, replayCommand: String, narrate: @escaping FailureNarrator
  ) throws(ReportError) {
    path = earlier.path
    root = FilePath(earlier.path)
    lock = earlier.lock
    self.replayCommand = replayCommand
    self.narrate = narrate
    do {
      results = try LineFile(goingOn: root.appending(Self.resultsName))
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Goes on behind the first `length` bytes of results.jsonl. What a killed sort of it left goes.
  mutating func goOn(after length: Int) throws(ReportError) {
    do {
      try FileTree.remove(root.appending(Self.resultsName + ".new"))
      try results.cut(to: length)
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Writes a case's line.
  ///
  /// - Returns: the line.
  package func append(line result: CaseResult) throws(ReportError) -> String {
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
        let isFirst = toldGroups[group] == nil && toldGroups.count < Self.groupsMax
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
  package func write(_ summary: Summary) throws(ReportError) {
    do {
      try FileTree.replace(root.appending(Self.summaryName), with: JSONText.document(summary))
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Writes the last summary and closes the files.
  package func finish(_ summary: Summary) throws(ReportError) {
    try write(summary)
    do {
      try results.close()
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Appends whole lines of results as they are.
  package func append(lines: [UInt8]) throws(ReportError) {
    do {
      try results.append(bytes: lines)
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Writes a view in the place of the one before.
  package func write(_ view: ReportView, _ text: String) throws(ReportError) {
    do {
      try FileTree.replace(root.appending(view.fileName), with: text)
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// The first failures of the first groups, each as small as it is known. Each scenario's first comes before any's second.
  func firstFailures(_ summary: Summary) -> [FirstFailure] {
    var scenarios: Set<String> = []
    let groups = summary.groups.all.prefix(FailureStudy.groupsMax)
    let firsts = groups.filter { scenarios.insert($0.examples.first?.scenario ?? "").inserted }
    let others = groups.filter { group in !firsts.contains { $0.fingerprint == group.fingerprint } }
    return (firsts + others).compactMap { group in
      guard let told = toldGroups[group.fingerprint] else { return nil }
      return FirstFailure(
        fingerprint: group.fingerprint,
        path: root.appending(told.smaller?.path ?? told.path).string,
        reproducer: told.smaller?.reproducer ?? told.reproducer)
    }
  }

  /// Takes note that the first failure of a group was made smaller, and that its reproducer is at `path`.
  mutating func note(smaller reproducer: Reproducer, at path: String, of fingerprint: String) {
    guard let told = toldGroups[fingerprint], let name = FilePath(path).lastComponent?.string else { return }
    let folder = FilePath(told.path).removingLastComponent()
    toldGroups[fingerprint]?.smaller = Smaller(path: folder.appending(name).string, reproducer: reproducer)
  }

  /// The line to copy that replays the reproducer at `path` below the folder.
  package func replayLine(_ path: String) -> String {
    "\(replayCommand) \(ShellWord.quote(root.appending(path).string))"
  }

  /// The same for a reproducer at `path`, which may be a smaller one beside.
  package func replayLine(absolute path: String) -> String { "\(replayCommand) \(ShellWord.quote(path))" }

  /// Writes failures/ID; the path of the reproducer in it, below the report's folder.
  private mutating func write(_ reproducer: Reproducer, case result: CaseResult) throws -> String {
    let name = freeName(SafeName.make(reproducer.finding.id))
    let folder = root.appending(Self.failuresName).appending(name)
    try FileTree.makeFolder(folder)
    let file = folder.appending("reproducer.json")
    try TextFile.create(file, reproducer.text())
    let story = narrate(reproducer, result, replayLine("\(Self.failuresName)/\(name)/reproducer.json"))
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
          "'\(root)' holds something other than a report of lrvm-torture, and was left alone; "
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

  /// Throws where the folder `path` holds no report.
  static func requireReport(_ path: String) throws(ReportError) {
    guard isReport(FilePath(path)) else {
      throw ReportError("'\(path)' holds no report of lrvm-torture", isWrongFolder: true)
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
package struct ReportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  package var description: String
  /// Whether the folder is one that must not be used for a report: wrong use, and not a failure of the disk.
  package var isWrongFolder: Bool

  /// An error that says `description`.
  package init(_ description: String, isWrongFolder: Bool = false) {
    self.description = description
    self.isWrongFolder = isWrongFolder
  }
}
