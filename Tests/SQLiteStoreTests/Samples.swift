import LRVMTorture
import SQLiteStore
import Testing
import TortureCore
import TortureSamples

/// Scenarios of SQLite.
enum Samples {
  static let systems = Systems(["lrvm": LRVMSystem.self, "sqlite": SQLiteSystem.self])

  static func scenario(
    _ journal: String, _ synchronous: String, profile: String = "posix", sector: Int = 512,
    powersafe: Bool = true, extra: String = ""
  ) throws -> Scenario {
    try read(
      """
      name: sample
      system: {name: sqlite, journal: \(journal), synchronous: "\(synchronous)"}
      segments: [{name: a, length: 4096}]
      workload: {kind: bytes, transactions: 5, between: {truncate: 10, truncate_step: 10, reopen: 10, none: 70}}
      disk: {profile: \(profile), sector: \(sector), powersafe_overwrite: \(powersafe)}
      crash: {points: {sample: 12}, states_per_point: 8, recovery_points_max: 2, recovery_states_per_point: 2, goes_on_transactions: 0}
      \(extra)
      """)
  }

  static func read(_ text: String) throws(ScenarioProblems) -> Scenario {
    TortureSamples.Samples.registerSystems()
    let defaults = text.contains("faults:") ? "" : "\nfaults: none\n"
    return try ScenarioReader.read(Array((text + defaults).utf8), file: "s.yaml", systems: systems)
  }

  static func result(_ scenario: Scenario, seed: UInt64 = 1) -> CaseResult {
    var explorer = Explorer(TestCase(scenario, seed: seed, system: SQLiteSystem.self))
    explorer.explore()
    return explorer.result
  }
}
