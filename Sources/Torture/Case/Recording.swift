import FaultFS
import Storage

/// A workload run once on a recording disk: the timeline that crashes are drawn from, and the history that they are
/// judged by.
struct Recording {
  /// What one operation of the workload did: the storage operations `start..<end`.
  struct Step {
    var operation: Operation
    var start: Int
    var end: Int
    /// What it failed with, which a fault explains, and what the store showed when it was opened again.
    var failure: String?
  }

  let disk: FaultDisk
  var history = History()
  var steps: [Step] = []
  var marks: [String: Int] = [:]
  /// The position at which the store had been created.
  var created = Int.max
  /// What went wrong while it ran, without any crash.
  var violation: Violation?
  /// How the run itself ended, its crash states aside.
  var verdict = FaultVerdict.durableAtomic
  /// The faults that struck, in order.
  var firedFaults: [FiredFault] = []
  /// How many calls each of the faults could have struck.
  var matchingCallCounts: [Int] = []
  /// The positions from a failure to the end of the opening that followed it: what was in flight is in doubt there.
  var doubts: [Range<Int>] = []

  /// Runs the workload of a case.
  ///
  /// - Parameters:
  ///   - faults: what strikes the disk.
  ///   - witness: sees each storage operation, and each that is left out.
  ///   - change: a sync to add to what the system does, or syncs of it to leave out.
  init(_ testCase: TestCase, faults: [Fault] = [], witness: CaseWitness? = nil, change: SyncChange? = nil) {
    disk = FaultDisk(profile: testCase.profile)
    disk.witness = witness?.capture
    disk.inject(faults)
    var run = WorkloadRun(
      testCase, on: disk, storage: testCase.storage(over: disk, witness: witness, change: change))
    run.run(into: &self)
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
