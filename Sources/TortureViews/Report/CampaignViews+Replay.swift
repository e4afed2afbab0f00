import TortureCampaign
import TortureCore
package import TortureFailures

extension CampaignViews {
  /// The views of one failure that was replayed: those of a campaign that found nothing else.
  ///
  /// - Parameters:
  ///   - path: where the reproducer is.
  ///   - replayLine: the line that replays it.
  ///   - replay: what the replay saw; nil where it trapped.
  ///   - explanation: why the failure is there; nil where nobody asked.
  package init(
    of reproducer: Reproducer, at path: String, replayLine: String, replay: Replay?, explanation: Explanation?
  ) {
    let (scenario, seed) = (reproducer.scenario, reproducer.seed)
    let record = CampaignRecord([scenario], SeedSelection(only: seed), isCanary: false, shard: .whole)
    var finding = reproducer.finding
    if let violation = replay?.violation { finding.violation = violation }
    var summary = Summary(names: [scenario.name], seeds: record.seeds.text, jobs: 1)
    summary.campaign = record.id
    summary.state = .finished
    var groups: [Group] = []
    if replay == nil || replay?.violation != nil {
      let result = CaseResult(
        scenario: scenario.name, seed: seed, verdict: finding.trap == nil ? .violation : .trapped,
        crashStates: 1, violationCount: 1, findings: [finding])
      summary.add(result, place: 0, hash: 0)
      let operations = reproducer.operations ?? []
      let minimal = MinimalFailure(
        operationsFound: reproducer.shrinking?.originalOperations ?? operations.count, operations: operations,
        finding: finding, isMinimal: reproducer.shrinking.map { $0.isFinished && !$0.isCapped } ?? false,
        explanation: explanation)
      let fingerprints = summary.groups.all.map { ($0.fingerprint, minimal) }
      summary.groups = summary.groups.explained(by: Dictionary(uniqueKeysWithValues: fingerprints))
      groups = summary.groups.all.map {
        Group(
          group: $0, reproducer: path, replayLine: replayLine, finding: finding, found: nil,
          segments: scenario.segments.map(\.name), picture: replay?.picture)
      }
    }
    self.init(record: record, summary: summary, groups: groups, groupsLeftOut: 0, hasTimes: false)
  }
}
