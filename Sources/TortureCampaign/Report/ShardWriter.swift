import TextFiles
package import TortureCore

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
    let report = try ReportFolder(
      at: folder, replayCommand: "lrvm-torture replay", summary: Summary(record, jobs: 1), campaign: record,
      narrate: { _, _, _ in [] })
    var fold = ResultFold(record, report, Summary(record, jobs: 1))
    let plan = record.plan
    for (index, result) in results.enumerated() {
      guard let round = plan.round(of: result.seed, scenario: 0) else {
        fatalError("seed \(result.seed) is not of shard \(record.shard)")
      }
      try fold.take(result, scenario: 0, place: plan.place(scenario: 0, round: round))
      fold.summary.progress.add(result, atSeconds: Double(index) / 100)
    }
    fold.summary.total.setSeconds(Double(results.count) / 100)
    try fold.finish(.finished)
  }
}
