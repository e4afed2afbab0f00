internal import SystemPackage
import TextFiles

/// A report that is merged with others, read line by line.
struct MergeInput {
  let path: String
  let record: CampaignRecord
  let summary: Summary
  /// The line that is next, with its place in the order of the report; nil at the end.
  private(set) var line: ArraySlice<UInt8>?
  private(set) var place = Int.max
  private(set) var scenario = 0
  /// Whether its case found nothing.
  private(set) var isClean = true
  /// How many of its lines went into the merged report.
  var taken = 0
  /// How many did not, since an equal one was there.
  var dropped = 0

  private var reader: LineReader
  private let plan: CasePlan
  private let scanner: ResultLine
  private var digest: UInt64 = 0

  /// With a thousand inputs, these are what memory goes to.
  private static let chunkLength = 1 << 16

  /// Opens the report in the folder `path`.
  ///
  /// - Throws: where there is none, or its campaign has not ended.
  init(_ path: String, like other: MergeInput?) throws(ReportError) {
    self.path = path
    let root = FilePath(path)
    do {
      try ReportFolder.requireReport(path)
      record = try CampaignRecord.read(root)
      summary = try JSONText.decode(
        Summary.self, from: TextFile.read(root.appending(ReportFolder.summaryName)))
      if let other, let difference = other.record.difference(from: record) {
        throw ReportError(
          "'\(other.path)' and '\(path)' are not of one campaign: \(difference)", isWrongFolder: true)
      }
      try summary.requireEnded(in: path)
      reader = try LineReader(
        root.appending(ReportFolder.resultsName), chunkLength: Self.chunkLength, staysOpen: false)
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)", isWrongFolder: true)
    }
    // The records differ in nothing but the shard, so one table of names and one plan serve for all.
    plan = record.plan
    scanner = other?.scanner ?? ResultLine(record.scenarios)
    try advance()
  }

  /// Goes to the next line.
  ///
  /// - Throws: where a line is none of the campaign's, or the file is not the one that the summary describes.
  mutating func advance() throws(ReportError) {
    let next: ArraySlice<UInt8>?
    line = nil
    do {
      next = try reader.next()
    } catch {
      throw ReportError("\(error)")
    }
    guard let next else {
      place = .max
      guard reader.restLength == 0, reader.count == summary.total.cases, digest == summary.resultsDigest
      else {
        throw refuse(
          "was cut short or changed: it has \(reader.count) results, and '\(ReportFolder.summaryName)' counts "
            + "\(summary.total.cases)")
      }
      return
    }
    digest &+= TextHash.of(next)
    guard let key = scanner.key(next), let round = plan.round(of: key.seed, scenario: key.scenario) else {
      throw refuse("has a line that is not a result of its campaign: line \(reader.count)")
    }
    let following = plan.place(scenario: key.scenario, round: round)
    guard place == .max || following > place else {
      throw refuse("is not in order: line \(reader.count)")
    }
    line = next
    place = following
    scenario = key.scenario
    // The verdict stands behind the seed: keys are sorted.
    isClean = ResultLine.isClean(next[key.end...])
  }

  private func refuse(_ reason: String) -> ReportError {
    ReportError("'\(path)/\(ReportFolder.resultsName)' \(reason)", isWrongFolder: true)
  }
}
