internal import SystemPackage
import TextFiles
import TortureCore

/// What an earlier run of a campaign left in its report's folder, for a run that goes on from there.
struct EarlierRun {
  let path: String
  let lock: ReportLock
  /// As it was when the earlier run wrote it last.
  let summary: Summary
  /// How many bytes of results.jsonl are whole lines.
  private(set) var resultsLength = 0
  /// A case of the campaign with its result.
  struct Entry {
    var result: CaseResult
    var planned: PlannedCase
    /// Of its line.
    var hash: UInt64
  }

  private struct Key: Hashable {
    var scenario: Int
    var round: Int
  }

  private let root: FilePath
  private let plan: CasePlan
  private let names: [String: Int]

  /// Takes up the run of `campaign` in the folder `path`.
  ///
  /// - Returns: nil where there is no run yet.
  /// - Throws: where there is another campaign or something else, or another run is writing there.
  init?(at path: String, of campaign: CampaignRecord) throws(ReportError) {
    self.path = path
    root = FilePath(path)
    do {
      guard try FileTree.type(of: root) == .directory else { return nil }
      guard ReportFolder.isReport(root) else { return nil }
      lock = try ReportLock(root)
      // Killed before it had made its files: nothing had begun.
      let names = try FileTree.list(root)
      guard names.contains(CampaignRecord.fileName) || names.contains(ReportFolder.resultsName) else {
        return nil
      }
      let earlier = try CampaignRecord.read(root)
      var difference = earlier.difference(from: campaign)
      if difference == nil && earlier.shard != campaign.shard {
        difference = "one is the shard \(earlier.shard), the other \(campaign.shard)"
      }
      if let difference {
        throw ReportError(
          "'\(path)' has the report of another campaign: \(difference); start over without --resume, or pass "
            + "another folder with --out",
          isWrongFolder: true)
      }
      summary = try JSONText.decode(
        Summary.self, from: TextFile.read(root.appending(ReportFolder.summaryName)))
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)", isWrongFolder: true)
    }
    plan = campaign.plan
    names = Dictionary(uniqueKeysWithValues: campaign.scenarios.enumerated().map { ($1.name, $0) })
  }

  /// Reads all results: first those in results.jsonl, then those that had waited for their turn.
  ///
  /// - Parameters:
  ///   - each: takes one of the first kind.
  /// - Returns: those of the second kind, in the order of the report.
  /// - Throws: where the file was cut short or damaged. Nothing was changed then.
  mutating func read(_ each: (Entry) throws(ReportError) -> Void) throws(ReportError) -> [Entry] {
    var seen: Set<Key> = []
    // A run that was killed, or met a full disk, can leave a line without its end. One that ended cannot.
    let mayBeCut = summary.state == .running || summary.state == .failed
    let results = root.appending(ReportFolder.resultsName)
    resultsLength = try readLines(results, mayBeCut: mayBeCut, &seen, each)
    guard mayBeCut || seen.count == summary.total.cases else {
      throw ReportError(
        "'\(results)' was cut short: it has \(seen.count) results, and '\(ReportFolder.summaryName)' counts "
          + "\(summary.total.cases); start over without --resume",
        isWrongFolder: true)
    }
    var waiting: [Entry] = []
    let ahead = root.appending(FinishedAhead.fileName)
    do {
      guard try FileTree.type(of: ahead) != nil else { return [] }
    } catch {
      throw ReportError("\(error)")
    }
    _ = try readLines(ahead, mayBeCut: true, &seen, ignoresKnown: true) { (entry) throws(ReportError) in
      waiting.append(entry)
    }
    return waiting.sorted {
      ($0.planned.round, $0.planned.scenario) < ($1.planned.round, $1.planned.scenario)
    }
  }

  /// - Returns: the length of the whole lines, in bytes.
  private mutating func readLines(
    _ path: FilePath, mayBeCut: Bool, _ seen: inout Set<Key>, ignoresKnown: Bool = false,
    _ take: (Entry) throws(ReportError) -> Void
  ) throws(ReportError) -> Int {
    func refuse(_ line: Int, _ reason: String) -> ReportError {
      ReportError(
        "line \(line) of '\(path)' \(reason); start over without --resume", isWrongFolder: true)
    }
    do {
      if mayBeCut, try FileTree.type(of: path) == nil { return 0 }
      var reader = try LineReader(path)
      defer { reader.close() }
      while let line = try reader.next() {
        let result: CaseResult
        do {
          result = try JSONText.decode(CaseResult.self, from: String(decoding: line, as: UTF8.self))
        } catch {
          throw refuse(reader.count, "is not a result: \(error.reason)")
        }
        guard let scenario = names[result.scenario],
          let round = plan.round(of: result.seed, scenario: scenario)
        else {
          throw refuse(
            reader.count, "is of another campaign: \(result.scenario), seed \(result.seed)")
        }
        guard seen.insert(Key(scenario: scenario, round: round)).inserted else {
          if ignoresKnown { continue }
          throw refuse(reader.count, "repeats \(result.scenario), seed \(result.seed)")
        }
        let planned = PlannedCase(
          index: seen.count - 1, scenario: scenario, round: round, seed: result.seed)
        try take(Entry(result: result, planned: planned, hash: TextHash.of(line)))
      }
      guard reader.restLength == 0 || mayBeCut else {
        throw refuse(reader.count + 1, "was cut short")
      }
      return reader.offset
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)")
    }
  }
}
