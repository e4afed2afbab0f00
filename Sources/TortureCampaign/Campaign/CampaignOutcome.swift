import TextFiles
import TortureCore
package import TortureFailures

/// What a campaign, or a merge of its shards, came to, with the report that it left.
package struct CampaignOutcome: Sendable {
  /// What decides its cases.
  package var record: CampaignRecord
  /// The figures, as in summary.json.
  package var summary: Summary
  package var report: ReportFolder
  /// The report's folder, as it was given.
  package var out: String
  /// What replays saw, by the fingerprint of the failure's group.
  package var pictures: [String: FailurePicture] = [:]
  /// Whether scenarios of which no case ran are accepted.
  package var allowsSkipped = false

  /// Whether each scenario was expected to violate.
  package var isCanary: Bool { record.isCanary }

  /// The scenarios' names, in the order of the command line.
  package var scenarioNames: [String] { record.scenarios.map(\.name) }

  /// The canaries that were not found.
  package var notFound: [String] { record.notFound(summary) }

  /// The scenarios of which no case ran, though the shard has some.
  package var skipped: [String] { record.skipped(summary) }

  /// How the command ends.
  package var status: CommandStatus {
    if summary.state == .interrupted { return .interrupted }
    if summary.state == .failed { return .harnessFailure }
    if summary.nondeterminism.count > 0 { return .nondeterminism }
    if !summary.regressions.failing.isEmpty { return .violation }
    if isCanary ? !notFound.isEmpty : summary.total.violations > 0 { return .violation }
    if summary.total.failed > 0 { return .harnessFailure }
    return skipped.isEmpty || allowsSkipped ? .success : .incomplete
  }
}
