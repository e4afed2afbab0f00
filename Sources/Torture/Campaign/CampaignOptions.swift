/// What a campaign is to do with its scenarios.
public struct CampaignOptions: Hashable, Sendable {
  /// Which seeds of each scenario.
  public var seeds = SeedSelection()
  /// No new case begins after this time; nil for no limit.
  public var timeLimit: TimeLimit?
  /// How long a case may take before it counts as hanging; nil for what the launch of the workers says.
  public var caseLimit: TimeLimit?
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

  /// `launch`, with the limit for a case.
  func launch(_ launch: WorkerLaunch) -> WorkerLaunch {
    var launch = launch
    if let caseLimit { launch.caseLimitSeconds = caseLimit.seconds }
    return launch
  }

  /// What a reader types before the path of a reproducer.
  var replayCommand: String { "\(ShellWord.quote(program)) replay" }

  /// The options in a line, for the campaign's header.
  var text: String {
    var words = [
      "seeds: \(seeds.text)", "jobs: \(jobs)", "time limit: \(timeLimit.map { "\($0)" } ?? "none")",
    ]
    if doublecheck { words.append("each case twice") }
    if canary { words.append("canary: each scenario must be found to violate") }
    return words.joined(separator: " · ")
  }
}
