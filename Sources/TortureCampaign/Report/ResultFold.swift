package import BigInt
import SystemPackage
import TextFiles
package import TortureCore
package import TortureFailures

/// The one way in which a result becomes part of a report: its line in results.jsonl, its figures in the summary, its
/// group, its failures' folders.
///
/// A run takes results as they come. A run that goes on counts the lines that are there, then takes new ones. A merge
/// copies lines and adds their figures up. Whatever the way, equal results in an equal order leave equal reports.
package struct ResultFold {
  package let record: CampaignRecord
  package private(set) var report: ReportFolder
  package var summary: Summary
  /// How many legal crash states the executed ones stand for.
  package private(set) var covered = BigUInt(0)
  /// The paths of the reproducers that have a folder, in the order of results.jsonl.
  package private(set) var reproducers: [String] = []
  private let plan: CasePlan
  private let scanner: ResultLine
  private var lastPlace = -1
  /// Whether results.jsonl is in the order of the report.
  private var isOrdered = true
  /// Lines that were copied and not yet written.
  private var pending: [UInt8] = []

  /// Copied lines are written in pieces of this many bytes.
  private static let pieceLength = 1 << 20

  /// Nothing yet, in the folder of `report`.
  package init(_ record: CampaignRecord, _ report: ReportFolder, _ summary: Summary) {
    self.record = record
    self.report = report
    self.summary = summary
    plan = record.plan
    scanner = ResultLine(record.scenarios)
  }

  // MARK: Taking in

  /// Takes the result of a case that ran: writes its line and its failures, and counts it.
  package mutating func take(_ result: CaseResult, scenario: Int, place: Int) throws(ReportError) {
    let line = try report.append(line: result)
    count(result, hash: TextHash.of(line), place: place)
    reproducers += try report.appendFailures(of: result, in: record.scenarios[scenario])
  }

  /// Counts a result whose line is in results.jsonl.
  package mutating func count(_ result: CaseResult, hash: UInt64, place: Int) {
    if place < lastPlace { isOrdered = false }
    lastPlace = place
    summary.add(result, place: place, hash: hash)
    covered += result.covered
  }

  /// Copies the line of a result of another report, whose figures are added by `add`, and writes its failures; nil for
  /// one that found nothing.
  package mutating func copy(
    _ line: ArraySlice<UInt8>, failing result: CaseResult?, scenario: Int
  ) throws(ReportError) {
    pending += line
    pending.append(UInt8(ascii: "\n"))
    if pending.count >= Self.pieceLength { try writePending() }
    guard let result else { return }
    reproducers += try report.appendFailures(of: result, in: record.scenarios[scenario])
  }

  /// Adds the figures of a report whose lines were copied.
  package mutating func add(_ part: Summary) { summary.add(part) }

  // MARK: Once more

  /// Goes on behind the first `length` bytes of results.jsonl, whose lines were counted.
  package mutating func goOn(after length: Int) throws(ReportError) {
    try report.goOn(after: length)
    try rewriteFailures()
  }

  /// Counts all lines of results.jsonl, in the place of what was counted.
  package mutating func recount() throws(ReportError) {
    try writePending()
    summary.clearFigures()
    covered = 0
    var fold = self
    try fold.forEachLine(decodes: { _ in true }) { (fold, line, key, result) in
      fold.count(
        result, hash: TextHash.of(line), place: fold.plan.place(scenario: key.scenario, round: key.round))
    }
    self = fold
  }

  /// Writes the failures anew, from the lines of results.jsonl.
  package mutating func rewriteFailures() throws(ReportError) {
    try report.removeFailures()
    reproducers = []
    var fold = self
    try fold.forEachLine(decodes: { !ResultLine.isClean($0) }) { (fold, _, key, result) throws(ReportError) in
      fold.reproducers += try fold.report.appendFailures(
        of: result, in: fold.record.scenarios[key.scenario])
    }
    self = fold
  }

  /// Brings the report into the order in which an unlimited run writes it.
  package mutating func order() throws(ReportError) {
    guard !isOrdered else { return }
    try ResultsSort.sort(report.root.appending(ReportFolder.resultsName), of: record)
    isOrdered = true
    if !reproducers.isEmpty { try rewriteFailures() }
  }

  /// Joins the groups of failures that have one cause.
  package mutating func join(by causes: [String: FailureCause]) throws(ReportError) {
    guard !causes.isEmpty else { return }
    summary.groups = summary.groups.joined(by: causes)
    try report.write(summary)
  }

  /// Takes over what a study made of the first failures.
  mutating func note(
    _ minimal: [String: (path: String, reproducer: Reproducer, failure: MinimalFailure)]
  ) throws(ReportError) {
    for (fingerprint, smaller) in minimal {
      report.note(smaller: smaller.reproducer, at: smaller.path, of: fingerprint)
    }
    summary.groups = summary.groups.explained(by: minimal.mapValues(\.failure))
    try report.write(summary)
  }

  /// Writes the last summary and closes the files.
  package mutating func finish(_ state: Summary.State) throws(ReportError) {
    try writePending()
    summary.state = state
    summary.failuresWritten = reproducers.count
    try report.finish(summary)
  }

  private mutating func writePending() throws(ReportError) {
    guard !pending.isEmpty else { return }
    try report.append(lines: pending)
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func forEachLine(
    decodes: (ArraySlice<UInt8>) -> Bool,
    _ body: (
      inout ResultFold, ArraySlice<UInt8>, (scenario: Int, round: Int), CaseResult
    ) throws(ReportError) -> Void
  ) throws(ReportError) {
    let path = report.root.appending(ReportFolder.resultsName)
    do {
      var reader = try LineReader(path)
      defer { reader.close() }
      while let line = try reader.next() {
        guard decodes(line) else { continue }
        guard let key = scanner.key(line), let round = plan.round(of: key.seed, scenario: key.scenario) else {
          throw ReportError("line \(reader.count) of '\(path)' is not a result of this campaign")
        }
        let result = try JSONText.decode(CaseResult.self, from: String(decoding: line, as: UTF8.self))
        try body(&self, line, (key.scenario, round), result)
      }
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)")
    }
  }
}
