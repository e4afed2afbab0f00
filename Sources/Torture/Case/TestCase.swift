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
  let traits: SystemTraits
  let profile: Profile
  private let sabotage: [SabotageRule]
  private let crashesInLastOnly: Bool

  /// - Parameters:
  ///   - workload: operations that are legal in the scenario; where it is nil, those that the seed decides.
  ///   - system: the store to torture, where it is not the one that the scenario names.
  ///   - crashesInLastOnly: whether power is cut in and after the workload's last operation only.
  init(
    _ scenario: Scenario, seed: UInt64, workload: Workload? = nil, system: (any SystemUnderTest.Type)? = nil,
    crashesInLastOnly: Bool = false
  ) {
    let workload = workload ?? Workload(scenario: scenario, seed: seed)
    self.scenario = scenario
    self.seed = seed
    self.workload = workload
    self.crashesInLastOnly = crashesInLastOnly
    oracle = Oracle(segments: scenario.segments, ledger: workload.ledger)
    invariant = WorkloadInvariant(scenario)
    guard let system = system ?? Systems.known[scenario.system.name] else {
      fatalError(
        "scenario '\(scenario.name)' is of the system '\(scenario.system.name)', which nobody registered")
    }
    self.system = system
    traits = system.traits(for: scenario)
    profile = scenario.disk.model
    sabotage = scenario.sabotage
  }

  /// The storage that the system sees: the disk, with the calls left out that the scenario sabotages.
  ///
  /// - Parameters:
  ///   - witness: told of each call that is left out.
  ///   - change: a sync to add, or syncs to leave out.
  func storage(over disk: FaultDisk, witness: CaseWitness? = nil, change: SyncChange? = nil) -> any Storage {
    let base: any Storage = change?.storage(over: disk) ?? disk
    if sabotage.isEmpty { return base }
    let storage = SabotagedStorage(base, rules: sabotage)
    if let witness {
      storage.onDrop = { call, name in witness.noteDropped(call, name, before: disk.operationCount) }
    }
    return storage
  }

  /// Whether the system has no means to tell that bytes of the file are wrong.
  func isUnchecked(_ file: String) -> Bool {
    traits.uncheckedFiles.contains { NamePattern.matches($0, file) }
  }

  /// The first point at which power is cut.
  func firstCrashPoint(of recording: Recording) -> Int {
    crashesInLastOnly ? recording.steps.last?.start ?? 0 : 0
  }

  /// The generator for one purpose, such as the states of one crash point.
  func random(_ purpose: String) -> SplitMix64 { SplitMix64(seed: seed).split(purpose) }
}
