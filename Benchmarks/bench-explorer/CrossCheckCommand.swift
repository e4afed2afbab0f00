import ArgumentParser
import LRVMTorture
import TortureCore
import VistaTorture

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
    Systems.registerMeasured()
    let isEqual = try [
      check("LRVM", CrossCheckScenarios.scenario), check("Vista", MemoryCrossCheckScenarios.scenario),
    ]
    if isEqual.contains(false) { throw ExitCode(1) }
  }

  /// Checks the workloads of a system, and says what came of it.
  private func check(
    _ system: String, _ scenario: @escaping (_ number: Int, _ recoveryDepth: Int) throws -> Scenario
  ) throws -> Bool {
    let figures = try CrossCheck(scenario: scenario).run(first..<first + workloads)
    for difference in figures.differences { print(difference) }
    print(
      "\(system): \(figures.workloads) workloads, \(figures.points) crash points (\(figures.pointsSkipped) with too many "
        + "states): \(figures.states) states one by one, \(figures.executions) recoveries executed, "
        + "\(figures.remembered) remembered; \(figures.outcomes) outcomes, \(figures.violations) of them violations; "
        + "\(figures.nested) workloads with crashes in recovery (\(figures.nestedCapped) met the cap on executions); "
        + "\(figures.differences.isEmpty ? "no difference" : "\(figures.differences.count) differences")")
    return figures.differences.isEmpty
  }
}
