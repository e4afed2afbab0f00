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
  private let crashesInLastOnly: Bool

  /// The case whose workload the seed decides.
  init(_ scenario: Scenario, seed: UInt64) {
    self.init(scenario, seed: seed, workload: Workload(scenario: scenario, seed: seed))
  }

  /// A case with a given workload, whose operations are legal in the scenario; the seed decides the rest.
  ///
  /// - Parameter crashesInLastOnly: whether power is cut in and after the workload's last operation only.
  init(_ scenario: Scenario, seed: UInt64, workload: Workload, crashesInLastOnly: Bool = false) {
    self.scenario = scenario
    self.seed = seed
    self.workload = workload
    self.crashesInLastOnly = crashesInLastOnly
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

  /// The first point at which power is cut.
  func firstCrashPoint(of recording: Recording) -> Int {
    crashesInLastOnly ? recording.steps.last?.start ?? 0 : 0
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
