/// Writes the report of a shard from results that are at hand: for measuring what merging costs.
package struct ShardWriter {
  private let record: CampaignRecord
  private let folder: String

  /// A report in the new folder `folder`.
  package init(_ scenario: Scenario, _ seeds: SeedSelection, shard: Shard, at folder: String) throws {
    record = CampaignRecord([scenario], seeds, isCanary: false, shard: shard)
    self.folder = folder
  }

  /// Writes `results`, which are all of the shard's cases in order.
  package func write(_ results: [CaseResult]) throws {
    var summary = Summary(record, jobs: 1)
    let report = try ReportFolder(
      at: folder, replayCommand: "lrvm-torture replay", summary: summary, campaign: record)
    let plan = record.plan
    var lines: [UInt8] = []
    for (index, result) in results.enumerated() {
      let line = Array(try JSONText.line(result).utf8)
      lines += line + [UInt8(ascii: "\n")]
      guard let round = plan.round(of: result.seed, scenario: 0) else {
        fatalError("seed \(result.seed) is not of shard \(record.shard)")
      }
      summary.add(result)
      summary.resultsDigest &+= TextHash.of(line[...])
      summary.groups.add(result, place: plan.place(scenario: 0, round: round))
      summary.progress.add(result, atSeconds: Double(index) / 100)
    }
    try report.append(lines: lines)
    summary.state = .finished
    summary.total.setSeconds(Double(results.count) / 100)
    try report.finish(summary)
  }
}
