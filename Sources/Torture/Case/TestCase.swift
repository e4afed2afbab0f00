import FaultFS
import Storage

/// One case: a scenario and a seed, with all that follows from them.
struct TestCase {
  let scenario: Scenario
  let seed: UInt64
  private(set) var workload: Workload
  private(set) var oracle: Oracle
  let invariant: WorkloadInvariant
  let system: any SystemUnderTest.Type
  let profile: Profile
  private let sabotage: [SabotageRule]

  /// - Parameter system: the store to torture, where it is not the one that the scenario names.
  init(_ scenario: Scenario, seed: UInt64, system: (any SystemUnderTest.Type)? = nil) {
    self.scenario = scenario
    self.seed = seed
    workload = Workload(scenario: scenario, seed: seed)
    oracle = Oracle(segments: scenario.segments, ledger: workload.ledger)
    invariant = WorkloadInvariant(scenario)
    self.system = system ?? scenario.system.name.system
    profile = scenario.disk.model
    sabotage = scenario.sabotage
  }

  /// Runs these operations in place of those that the seed decides.
  mutating func replaceWorkload(_ new: Workload) {
    workload = new
    oracle = Oracle(segments: scenario.segments, ledger: new.ledger)
  }

  /// The storage that the system sees: the disk, with the calls left out that the scenario sabotages.
  ///
  /// - Parameter witness: told of each call that is left out.
  func storage(over disk: FaultDisk, witness: CaseWitness? = nil) -> any Storage {
    if sabotage.isEmpty { return disk }
    let storage = SabotagedStorage(disk, rules: sabotage)
    if let witness {
      storage.onDrop = { call, name in witness.noteDropped(call, name, before: disk.operationCount) }
    }
    return storage
  }

  /// The generator for one purpose, such as the states of one crash point.
  func random(_ purpose: String) -> SplitMix64 { SplitMix64(seed: seed).split(purpose) }
}

extension DiskOptions {
  /// The profile that the scenario asks for.
  var model: FaultFS.Profile {
    var profile: FaultFS.Profile =
      switch self.profile {
      case .posix: .posix
      case .processCrash: .processCrash
      }
    profile.sectorLength = sector
    switch tearing {
    case .none: break
    case .byte: profile = profile.tearing(grainBytes: 1)
    case .eightBytes: profile = profile.tearing(grainBytes: 8)
    }
    return profile
  }
}
