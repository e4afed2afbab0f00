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
  }

  let disk: FaultDisk
  var history = History()
  var steps: [Step] = []
  var marks: [String: Int] = [:]
  /// The position at which the store had been created.
  var created = 0
  /// What went wrong while it ran, without any crash.
  var violation: Violation?
  /// Commits that were promised by now.
  private var commits = 0

  /// Runs the workload of a case.
  ///
  /// - Parameter witness: sees each storage operation, and each that is left out.
  init(_ testCase: TestCase, witness: CaseWitness? = nil) {
    disk = FaultDisk(profile: testCase.profile)
    disk.witness = witness?.capture
    run(testCase, witness)
  }

  private mutating func run(_ testCase: TestCase, _ witness: CaseWitness?) {
    let storage = testCase.storage(over: disk, witness: witness)
    let scenario = testCase.scenario
    let traits = testCase.system.traits(for: scenario)
    var memory = WorkloadMemory(scenario.segments)
    do {
      try testCase.system.create(on: storage, for: scenario)
      var system = try testCase.system.open(on: storage, for: scenario)
      created = disk.operationCount
      for operation in testCase.workload.operations {
        let start = disk.operationCount
        if case .commit = operation {
          commits += 1
          history.noteAttempt(commit: commits, position: start)
        }
        if case .reopen = operation {
          try system.close()
          promise(system.promise(after: operation))
          note(system.marks)
          system = try testCase.system.open(on: storage, for: scenario)
        } else {
          try system.perform(operation)
          promise(system.promise(after: operation))
        }
        memory.perform(operation)
        for _ in 0..<traits.stepsPerOperation { try system.step() }
        steps.append(Step(operation: operation, start: start, end: disk.operationCount))
        if operation.endsSomething, let difference = try memory.difference(from: system) {
          violation = difference
          break
        }
      }
      note(system.marks)
    } catch {
      violation = Violation(
        .operationFailed,
        "Operation \(steps.count + 1) of the workload failed although the disk did not: \(error)")
    }
  }

  private mutating func promise(_ promise: Promise) {
    switch promise {
    case .nothing: return
    case .everyCommitBut(let last):
      history.notePromise(upTo: max(0, commits - last), position: disk.operationCount)
    }
  }

  private mutating func note(_ new: [String: Int]) {
    marks.merge(new) { $0 + $1 }
  }
}

extension FaultDisk {
  /// How many operations the disk has recorded.
  var operationCount: Int { timeline.operationCount }
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
