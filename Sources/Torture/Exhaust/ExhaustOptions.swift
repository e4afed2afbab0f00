/// What `exhaust` is to do with a scenario.
public struct ExhaustOptions: Hashable, Sendable {
  /// How many operations a sequence has at most.
  public var bound = 1
  /// The folder of the report, and of the progress that a later run goes on from.
  public var out = ExhaustOptions.outDefault
  /// Whether to go on from the progress in `out`.
  public var isResumed = false
  /// No new sequence begins after this time; nil for no limit.
  public var timeLimit: TimeLimit?
  /// How many worker processes run side by side, at least 1.
  public var jobs = 1
  /// How the program was called, for the lines that replay a failure or go on.
  public var program = "lrvm-torture"

  /// The folder unless `--out` says otherwise.
  public static let outDefault = "reports/exhaust"
  /// The scenario unless a path says otherwise.
  public static let scenarioDefault = "scenarios/exhaust/small-log.yaml"
  /// The bounds that can be asked for.
  public static let bounds = 1...Alphabet.boundMax

  /// One operation, one job, no time limit.
  public init() {}

  /// What a reader types before the path of a reproducer.
  var replayCommand: String { "\(ShellWord.quote(program)) replay" }
}
