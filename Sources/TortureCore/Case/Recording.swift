package import FaultFS
import Storage
package import ThreadSchedules

/// A workload run once on a recording disk: the timeline that crashes are drawn from, and the history that they are
/// judged by.
package struct Recording {
  /// What one operation of the workload did: the storage operations `start..<end`.
  package struct Step {
    package var operation: Operation
    package var start: Int
    package var end: Int
    /// What it failed with, which a fault explains, and what the store showed when it was opened again.
    package var failure: String?
    /// How many calls each of the faults could have struck by its end.
    package var matchingCallCounts: [Int] = []
    /// The thread whose it is; nil where there is one.
    package var thread: String?
    /// Whether another thread went on meanwhile, and this is the operation from then on.
    package var isContinued = false
    /// Whether it has returned by its end.
    package var isReturned = true
  }

  package let disk: FaultDisk
  package var history = History()
  package var steps: [Step] = []
  package var marks: [String: Int] = [:]
  /// The position at which the store had been created.
  package var created = Int.max
  /// How many calls each of the faults could have struck while it was created.
  package var matchingCallCountsOfCreation: [Int] = []
  /// What went wrong while it ran, without any crash.
  package var violation: Violation?
  /// Why nothing can be said of it.
  package var problem: String?
  /// How the run itself ended, its crash states aside.
  package var verdict = FaultVerdict.durableAtomic
  /// The faults that struck, in order.
  package var firedFaults: [FiredFault] = []
  /// How many calls each of the faults could have struck.
  package var matchingCallCounts: [Int] = []
  /// The positions from a failure to the end of the opening that followed it: what was in flight is in doubt there.
  var doubts: [Range<Int>] = []
  /// Whether it ended before its end, and is not crashed.
  package var isCutShort = false
  /// Whether its decider had seen all that it wanted to: its threads ended where they could, and it is of no other use.
  var isLetGo = false
  /// Who went on when, where clients were threads.
  package var schedule: Schedule?
  /// The threads that had not ended where the run stopped, with what the witness returned for each that waits.
  package var waitingThreads: [WaitingThread] = []
  /// How often more than one thread could go on.
  var decisions = 0
  /// The places of the workload's commits in its list of operations, in the order in which the store made them; nil where that is the
  /// list's.
  var commitOrder: [Int]?
  /// What its store may show; nil for a system in this process.
  package var programStates: ProgramStates?

  /// The mark of applications that went on with a store as a failure had left it.
  static let wentOnMark = "went on after an error"

  /// A recording that is on the disk already.
  init(disk: FaultDisk) {
    self.disk = disk
  }

  /// Runs the workload of a case.
  ///
  /// - Parameters:
  ///   - faults: what strikes the disk.
  ///   - witness: sees each storage operation, and each that is left out.
  ///   - change: a sync to add to what the system does, or syncs of it to leave out.
  ///   - origins: where there is no witness, numbers the call stacks of the storage operations.
  package init(
    _ testCase: TestCase, faults: [Fault] = [], witness: CaseWitness? = nil, change: SyncChange? = nil,
    origins: CallOrigins? = nil
  ) {
    var decider = testCase.decider()
    self.init(testCase, faults: faults, witness: witness, change: change, origins: origins, &decider)
  }

  /// - Parameter decider: decides who goes on, where clients are threads, and knows afterwards what the run was like.
  package init(
    _ testCase: TestCase, faults: [Fault] = [], witness: CaseWitness? = nil, change: SyncChange? = nil,
    origins: CallOrigins? = nil, _ decider: inout any Decider
  ) {
    if let program = testCase.program {
      self = program.record(testCase.profile, faults: faults, change: change, witness: witness)
      return
    }
    if let store = testCase.store {
      self = store.record(testCase)
      return
    }
    disk = FaultDisk(profile: testCase.profile)
    disk.witness = witness?.capture ?? origins.map { origins in { origins.number() } }
    if testCase.threads != nil {
      let storage = testCase.storage(over: disk, witness: witness, change: change)
      decider = ThreadedRun.record(
        testCase, decider, struckBy: faults, storage: storage, witness: witness, into: &self)
      return
    }
    var run = WorkloadRun(
      testCase, on: disk, storage: testCase.storage(over: disk, witness: witness, change: change))
    run.run(struckBy: faults, into: &self)
    firedFaults = disk.firedFaults
    matchingCallCounts = disk.matchingCallCounts
    // What comes after a crash is a disk in order again.
    disk.inject([])
  }
}

extension Operation {
  /// Whether it is meant to make every commit so far durable: a commit with flush, a flush, a truncation, a reopening.
  public var promises: Bool {
    switch self {
    case .commit(_, let flush): flush
    case .flush, .truncate, .reopen: true
    case .begin, .write, .abort, .drop, .truncateStep, .remap: false
    }
  }

  /// Whether it is worth comparing memory after it.
  var endsSomething: Bool {
    switch self {
    case .commit, .abort, .drop, .remap, .reopen, .truncate: true
    case .begin, .write, .flush, .truncateStep: false
    }
  }
}
