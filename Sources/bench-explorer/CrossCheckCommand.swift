import ArgumentParser
import Torture

struct CrossCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cross-check",
    abstract: "Compares exhaustive exploration with every crash state, one by one, on small random workloads."
  )

  @Option(help: "How many workloads.") var workloads = 1_000
  @Option(help: "The number of the first one.") var first = 0

  func validate() throws {
    if workloads < 1 { throw ValidationError("'--workloads' is at least 1, not \(workloads)") }
    if first < 0 { throw ValidationError("'--first' is at least 0, not \(first)") }
  }

  func run() throws {
    let figures = try CrossCheck().run(first..<first + workloads)
    for difference in figures.differences { print(difference) }
    print(
      "\(figures.workloads) workloads, \(figures.points) crash points (\(figures.pointsSkipped) with too many states): "
        + "\(figures.states) states one by one, \(figures.executions) recoveries executed, "
        + "\(figures.remembered) remembered; \(figures.outcomes) outcomes, \(figures.violations) of them violations; "
        + "\(figures.nested) workloads with crashes in recovery; "
        + "\(figures.differences.isEmpty ? "no difference" : "\(figures.differences.count) differences")")
    if !figures.differences.isEmpty { throw ExitCode(1) }
  }
}
