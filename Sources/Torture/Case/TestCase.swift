import FaultFS
import Storage

/// One case: a scenario and a seed, with all that follows from them.
struct TestCase {
  let scenario: Scenario
  let seed: UInt64
  let workload: Workload
  let oracle: Oracle
  let invariant: WorkloadInvariant
  let system: any SystemUnderTest.Type
  let profile: Profile
  private let sabotage: [SabotageRule]

  init(_ scenario: Scenario, seed: UInt64) {
    self.scenario = scenario
    self.seed = seed
    workload = Workload(scenario: scenario, seed: seed)
    oracle = Oracle(segments: scenario.segments, ledger: workload.ledger)
    invariant = WorkloadInvariant(scenario)
    system = scenario.system.name.system
    profile = scenario.disk.model
    sabotage = scenario.sabotage
  }

  /// The storage that the system sees: the disk, with the calls left out that the scenario sabotages.
  func storage(over disk: FaultDisk) -> any Storage {
    sabotage.isEmpty ? disk : SabotagedStorage(disk, rules: sabotage)
  }

  /// The generator for one purpose, such as the states of one crash point.
  func random(_ purpose: String) -> SplitMix64 { SplitMix64(seed: seed).split(purpose) }
}
