package import FaultFS
package import SeededRandom
package import Storage
package import ThreadSchedules

/// One case: a scenario and a seed, with all that follows from them.
package struct TestCase {
  package let scenario: Scenario
  package let seed: UInt64
  package let workload: Workload
  /// What the program under test may show; nil for a system in this process.
  package let program: ProgramCase?
  /// A store on a file system of the kernel; nil for one on FaultFS itself, and for a program.
  package let store: StoreCase?
  /// The order of the commits, which a recording says; nil where no clients are threads.
  package let threads: ThreadedCase?
  /// Who goes on when, where clients are threads; nil for what the seed draws.
  package let schedule: Schedule?
  package let invariant: WorkloadInvariant
  package let system: any SystemUnderTest.Type
  package let traits: SystemTraits
  package let profile: Profile
  private let ownOracle: Oracle
  private let sabotage: [SabotageRule]
  private let crashesInLastOnly: Bool

  /// - Parameters:
  ///   - workload: operations that are legal in the scenario; where it is nil, those that the seed decides.
  ///   - schedule: who goes on when, where clients are threads; nil for what the seed draws.
  ///   - system: the store to torture, where it is not the one that the scenario names.
  ///   - crashesInLastOnly: whether power is cut in and after the workload's last operation only.
  package init(
    _ scenario: Scenario, seed: UInt64, workload: Workload? = nil, schedule: Schedule? = nil,
    system: (any SystemUnderTest.Type)? = nil, crashesInLastOnly: Bool = false
  ) {
    let system = system ?? scenario.systemUnderTest
    program = (system as? any ProgramUnderTest.Type).map { ProgramCase($0, scenario) }
    store = StoreCase(scenario, isProgram: program != nil)
    // A program brings its own.
    let workload =
      workload ?? (program == nil ? Workload(scenario: scenario, seed: seed) : Workload(operations: []))
    self.scenario = scenario
    self.seed = seed
    self.workload = workload
    self.schedule = schedule
    threads = scenario.threads.count > 0 ? ThreadedCase(scenario, workload) : nil
    self.crashesInLastOnly = crashesInLastOnly
    ownOracle = Oracle(segments: scenario.segments, ledger: workload.ledger)
    invariant = WorkloadInvariant(scenario)
    self.system = system
    traits = system.traits(for: scenario)
    profile = scenario.disk.model
    sabotage = scenario.sabotage
  }

  /// What is legal; of a program, and of threads, what the recording has shown to be.
  package var oracle: Oracle { program?.oracle ?? threads?.oracle ?? ownOracle }

  /// What is known of recoveries that other processes make; nil where this one makes them.
  package var runs: RememberedRuns? { program?.runs ?? store?.runs }

  /// Who goes on where clients are threads.
  package func decider() -> any Decider {
    if let schedule { return ScheduleFollower(schedule) }
    if scenario.threads.schedules == .every { return ScheduleScout() }
    return drawnDecider(0)
  }

  /// Who goes on by the draw of that number; the case's own is number 0.
  package func drawnDecider(_ number: Int) -> any Decider {
    var random = random("schedule").split(UInt64(number))
    return switch random.below(4) {
    case 0: RandomDecider(random, period: 1)
    case 1: RandomDecider(random, period: 2 << random.below(4))
    default: PriorityDecider(random, depth: 1 + random.below(4), decisions: 16 << random.below(6))
    }
  }

  /// The storage that the system sees: the disk, with the calls left out that the scenario sabotages.
  ///
  /// - Parameters:
  ///   - witness: notes each call that is left out.
  ///   - change: a sync to add, or syncs to leave out.
  package func storage(over disk: FaultDisk, witness: CaseWitness? = nil, change: SyncChange? = nil)
    -> any Storage
  {
    let storage = sabotaged(change?.storage(over: disk) ?? disk)
    if let witness, let sabotaged = storage as? SabotagedStorage {
      sabotaged.onDrop = { call, name in witness.noteDropped(call, name, before: disk.operationCount) }
    }
    return storage
  }

  /// The storage without the calls that the scenario sabotages.
  func sabotaged(_ storage: any Storage) -> any Storage {
    sabotage.isEmpty ? storage : SabotagedStorage(storage, rules: sabotage)
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
  package func random(_ purpose: String) -> SplitMix64 { SplitMix64(seed: seed).split(purpose) }
}
