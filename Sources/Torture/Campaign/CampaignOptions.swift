/// What a campaign is to do with its scenarios.
public struct CampaignOptions: Hashable, Sendable {
  /// Which seeds of each scenario.
  public var seeds = SeedSelection()
  /// No new case begins after this time; nil for no limit.
  public var timeLimit: TimeLimit?
  /// No new case begins after so many crash states; nil for no limit.
  public var statesMax: Int?
  /// Under a limit of time or states, how much a scenario gets beside the others; 1 where nothing is said.
  public var shares: [String: Int] = [:]
  /// Which part of the campaign this is.
  public var shard = Shard.whole
  /// Whether to go on with what the report's folder has.
  public var isResumed = false
  /// The program's environment: where it says that a pipeline runs it, the pipeline is told what was found.
  public var environment: [String: String] = [:]
  /// How long a case may take before it counts as hanging; nil for what the launch of the workers says.
  public var caseLimit: TimeLimit?
  /// How much memory a worker may take, in bytes, 0 for no limit; nil for what the launch of the workers says.
  public var memoryLimitBytes: Int?
  /// Whether the reproducers beside the scenarios are replayed before anything else. Canaries go without, and of the
  /// shards only the first one replays them.
  public var replaysRegressions = true
  /// What that came to.
  var regressions = Regressions.Outcome()
  /// Whether no new case begins once something was found.
  public var stopsAtFirst = false
  /// How many cases run at the same time, at least 1.
  public var jobs = 1
  /// The folder of the report.
  public var out = CampaignOptions.outDefault
  /// Whether each case runs twice, in two processes, and both results are compared.
  public var doublecheck = false
  /// Whether each scenario is expected to violate: it is left alone once it has, and named where it has not.
  public var canary = false
  /// How long the first failure is made smaller at the end; nil for not at all. What a canary finds never is.
  public var shrinkLimit: TimeLimit?
  /// How the program was called, for the line that replays a failure.
  public var program = "lrvm-torture"

  /// The folder of a report unless `--out` says otherwise.
  public static let outDefault = "reports/latest"

  /// One job, each scenario's own seeds, no time limit.
  public init() {}

  /// `launch`, with the limits for a case.
  func launch(_ launch: WorkerLaunch) -> WorkerLaunch {
    var launch = launch
    if let caseLimit { launch.caseLimitSeconds = caseLimit.seconds }
    if let memoryLimitBytes { launch.memoryLimitBytes = memoryLimitBytes }
    return launch
  }

  /// What a reader types before the path of a reproducer.
  var replayCommand: String { "\(ShellWord.quote(program)) replay" }

  /// Whether a limit may end the campaign before all its cases ran, so that scenarios get shares.
  var isLimited: Bool { timeLimit != nil || statesMax != nil }

  /// The options in a line, for the campaign's header.
  var text: String {
    var words = [
      "seeds: \(seeds.text)", "jobs: \(jobs)", "time limit: \(timeLimit.map { "\($0)" } ?? "none")",
    ]
    if let statesMax { words.append("limit: \(Figure.grouped(statesMax)) crash states") }
    if !shares.isEmpty {
      words.append(
        "shares: " + shares.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " "))
    }
    if shard.count > 1 { words.append("shard \(shard)") }
    if isResumed { words.append("resumed") }
    if stopsAtFirst { words.append("until something is found") }
    if doublecheck { words.append("each case twice") }
    if canary { words.append("canary: each scenario must be found to violate") }
    return words.joined(separator: " · ")
  }
}
