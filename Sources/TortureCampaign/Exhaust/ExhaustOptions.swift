import TextFiles
import TortureCore
import TortureFailures

/// What `exhaust` is to do with a scenario.
package struct ExhaustOptions: Hashable, Sendable {
  /// How many operations a sequence has at most.
  package var bound = 1
  /// The folder of the report, and of the progress that a later run goes on from.
  package var out = ExhaustOptions.outDefault
  /// Whether to go on from the progress in `out`.
  package var isResumed = false
  /// No new sequence begins after this time; nil for no limit.
  package var timeLimit: TimeLimit?
  /// How many worker processes run side by side, at least 1.
  package var jobs = 1
  /// How the program was called, for the lines that replay a failure or go on.
  package var program = "lrvm-torture"

  /// The folder unless `--out` says otherwise.
  package static let outDefault = "reports/exhaust"
  /// The scenario unless a path says otherwise.
  package static let scenarioDefault = "scenarios/exhaust/small-log.yaml"
  /// The bounds that can be asked for.
  package static let bounds = 1...Alphabet.boundMax

  /// One operation, one job, no time limit.
  package init() {}

  /// What a reader types before the path of a reproducer.
  package var replayCommand: String { "\(ShellWord.quote(program)) replay" }
}
