import TextFiles
import TortureFailures

/// What a campaign is to do with its scenarios.
package struct CampaignOptions: Hashable, Sendable {
  /// Which seeds of each scenario.
  package var seeds = SeedSelection()
  /// The file of the corpus whose cases alone run; nil for all of `seeds`.
  package var corpus: String?
  /// No new case begins after this time; nil for no limit.
  package var timeLimit: TimeLimit?
  /// No new case begins after this many crash states; nil for no limit.
  package var statesMax: Int?
  /// Under a limit of time or states, how much a scenario gets beside the others; 1 where nothing is said.
  package var shares: [String: Int] = [:]
  /// Which part of the campaign this is.
  package var shard = Shard.whole
  /// Whether to go on with what the report's folder has.
  package var isResumed = false
  /// The program's environment: where it says that a pipeline runs it, the pipeline hears what was found.
  package var environment: [String: String] = [:]
  /// How long a case may take before it counts as hanging; nil for what the launch of the workers says.
  package var caseLimit: TimeLimit?
  /// How much memory a worker may take, in bytes, 0 for no limit; nil for what the launch of the workers says.
  package var memoryLimitBytes: Int?
  /// Whether the reproducers beside the scenarios are replayed before anything else. Canaries go without, and of the
  /// shards only the first one replays them.
  package var replaysRegressions = true
  /// What that came to.
  package var regressions = Regressions.Outcome()
  /// Whether a scenario may go without any case because a limit was met first.
  package var allowsSkipped = false
  /// Whether no new case begins once something was found.
  package var stopsAtFirst = false
  /// How many cases run at the same time, at least 1.
  package var jobs = 1
  /// The folder of the report.
  package var out = CampaignOptions.outDefault
  /// Whether each case runs twice, in two processes, and both results are compared.
  package var doublecheck = false
  /// Whether each scenario is expected to violate: it is left alone once it has, and named where it has not.
  package var canary = false
  /// How long failures are made smaller at the end, all of them together; nil for not at all.
  package var shrinkLimit: TimeLimit?
  /// How the program was called, for the line that replays a failure.
  package var program = "lrvm-torture"

  /// The folder of a report unless `--out` says otherwise.
  package static let outDefault = "reports/latest"

  /// One job, each scenario's own seeds, no time limit.
  package init() {}

  /// `launch`, with the limits for a case.
  package func launch(_ launch: WorkerLaunch) -> WorkerLaunch {
    var launch = launch
    if let caseLimit { launch.caseLimitSeconds = caseLimit.seconds }
    if let memoryLimitBytes { launch.memoryLimitBytes = memoryLimitBytes }
    return launch
  }

  /// What a reader types before the path of a reproducer.
  package var replayCommand: String { "\(ShellWord.quote(program)) replay" }

  /// Whether a limit may end the campaign before all its cases ran, so that scenarios get shares.
  var isLimited: Bool { timeLimit != nil || statesMax != nil }
}
