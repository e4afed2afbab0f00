import Foundation
import TortureCore

/// What exhaustive exploration of small programs of Examples/Programs takes, on two processors, and how soon a broken one is found.
enum Examples {
  /// How many executions a crash point may take: more than any of these needs.
  private static let executionsPerPoint = 100_000
  /// What `make bench-programs` compiles for them, where the environment does not say.
  private static let drivers = ".build/programs"

  static func measure() throws {
    unsafe setenv("DRIVERS", URL(fileURLWithPath: drivers).path, 0)
    for name in [
      "config-file/complete", "dbm-dumb/dumb", "python-sqlite3/default", "sqlite-shell/rollback-full",
      "lmdb/default",
    ] {
      try explore(name)
    }
    for name in ["config-file/in-place", "config-file/renamed", "sqlite-shell/rollback-off"] {
      try find(name)
    }
    try exploreEveryProfile("config-file/complete")
  }

  private static func scenario(_ name: String) throws -> Scenario {
    var scenario = try ScenarioReader.load("Examples/Programs/\(name).yaml")
    scenario.crash.executionsPerPoint = executionsPerPoint
    return scenario
  }

  /// The result, and the seconds that it took.
  private static func run(_ scenario: Scenario) -> (CaseResult, Double) {
    var result: CaseResult?
    let time = ContinuousClock().measure { result = CaseRunner.run(scenario, seed: 1, cores: 2) }
    guard let result, result.verdict == .clean || result.verdict == .violation else {
      fatalError("\(scenario.name): \(result?.reason ?? "no result")")
    }
    return (result, time / .seconds(1))
  }

  private static func explore(_ name: String) throws {
    let (result, seconds) = run(try scenario(name))
    let coverage = result.coverage ?? Coverage()
    let isComplete = coverage.isComplete(at: result.crashPoints)
    print(
      "\(name): \(isComplete ? "all" : "\(coverage.covered) of") \(coverage.legal) legal states covered by \(coverage.executions) executions",
      "in \(text(seconds)) s, \(result.verdict)")
  }

  /// How long a case takes that looks at few states of each crash point.
  private static func find(_ name: String) throws {
    var scenario = try scenario(name)
    scenario.crash.executionsPerPoint = 4
    scenario.crash.boundedStatesPerPoint = 4
    scenario.crash.statesPerPoint = 2
    let (result, seconds) = run(scenario)
    print("\(name): \(result.violationCount) violations found, the case took \(text(seconds)) s")
  }

  private static func exploreEveryProfile(_ name: String) throws {
    var verdicts: [String] = []
    for profile in DiskOptions.Profile.disks {
      var scenario = try scenario(name)
      scenario.disk.profile = profile
      verdicts.append("\(profile.rawValue) \(run(scenario).0.verdict)")
    }
    print("\(name): \(verdicts.joined(separator: ", "))")
  }

  private static func text(_ value: Double) -> String { String(format: "%.1f", value) }
}
