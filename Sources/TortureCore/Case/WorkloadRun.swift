import FaultFS
import Storage

/// Runs a workload on a disk, as an application would that knows its store may fail.
///
/// Where an operation fails and a fault explains it, the application does what it can do: it takes no later success
/// for an answer to what failed, drops the store, opens it again on the same disk, and looks which commits are there.
/// Those in doubt are decided then. It repeats the ones that are missing, begins the interrupted transactions
/// again, and goes on. An error that no fault explains is a violation.
struct WorkloadRun {
  /// How often it opens the store again before it gives up, after one failure and in all.
  private static let attemptsMax = 3
  private static let failuresMax = 4

  private let testCase: TestCase
  private let disk: FaultDisk
  private let storage: any Storage
  private let stepsPerOperation: Int
  private var pending: [Operation]
  private var memory: WorkloadMemory
  /// What the open transaction of each client has done, its beginning first, in the order in which they began.
  private var open: [(client: Int, operations: [Operation])] = []
  /// Commits that were called by now.
  private var commits = 0
  private var failures = 0

  init(_ testCase: TestCase, on disk: FaultDisk, storage: any Storage) {
    self.testCase = testCase
    self.disk = disk
    self.storage = storage
    stepsPerOperation = testCase.traits.stepsPerOperation
    pending = testCase.workload.operations.reversed()
    memory = WorkloadMemory(testCase.scenario.segments)
  }

  mutating func run(into recording: inout Recording) {
    var system = start(&recording)
    recording.created = system == nil ? Int.max : disk.operationCount
    recording.matchingCallCountsOfCreation = disk.matchingCallCounts
    while system != nil, let operation = pending.popLast() {
      let start = disk.operationCount
      let failure = attempt(operation, &system, &recording)
      if failure != nil, recording.violation == nil { system = reopen(from: start, &recording) }
      recording.steps.append(
        Recording.Step(
          operation: operation, start: start, end: disk.operationCount, failure: failure,
          matchingCallCounts: disk.matchingCallCounts))
    }
    if let system { note(system.marks, &recording) }
  }

  /// Runs one operation.
  ///
  /// - Returns: why it failed. Then, and where the run is to end, the system is let go of: whoever opens a store again
  ///   has closed it before.
  private mutating func attempt(
    _ operation: Operation, _ system: inout (any SystemUnderTest)?, _ recording: inout Recording
  ) -> String? {
    guard let running = system.take() else { return nil }
    do {
      let next = try perform(operation, running, &recording)
      if operation.endsSomething, try !looksRight(next, &recording) {
        note(next.marks, &recording)
      } else {
        system = next
      }
      return nil
    } catch {
      note(error, in: operation, &recording)
      if recording.violation == nil { holdToPromise(running, after: operation, &recording) }
      note(running.marks, &recording)
      return "\(error)"
    }
  }

  // MARK: Without a failure

  /// Creates the store and opens it.
  private func start(_ recording: inout Recording) -> (any SystemUnderTest)? {
    for _ in 0..<Self.attemptsMax {
      let struck = disk.firedFaults.count
      do {
        try testCase.system.create(on: storage, for: testCase.scenario)
        return try testCase.system.open(on: storage, for: testCase.scenario)
      } catch {
        guard accept(error, during: "Creating the store", struckBefore: struck, &recording) else {
          return nil
        }
      }
    }
    return nil
  }

  /// - Returns: the system that goes on: another one where the operation opens it again.
  private mutating func perform(
    _ operation: Operation, _ system: any SystemUnderTest, _ recording: inout Recording
  ) throws -> any SystemUnderTest {
    begin(operation, &recording)
    var system = system
    if case .reopen = operation {
      try system.close()
      promise(system.promise(after: operation), &recording)
      note(system.marks, &recording)
      system = try testCase.system.open(on: storage, for: testCase.scenario)
    } else {
      try system.perform(operation)
      promise(system.promise(after: operation), &recording)
    }
    memory.perform(operation)
    for _ in 0..<stepsPerOperation { try system.step() }
    return system
  }

  /// Keeps account of an operation before it is called.
  private mutating func begin(_ operation: Operation, _ recording: inout Recording) {
    switch operation {
    case .begin(let client, _):
      open.append((client, [operation]))
    case .write(let client, _, _, _):
      if let place = open.firstIndex(where: { $0.client == client }) {
        open[place].operations.append(operation)
      }
    case .commit(let client, _):
      commits += 1
      recording.history.noteAttempt(commit: commits, position: disk.operationCount)
      open.removeAll { $0.client == client }
    case .abort(let client), .drop(let client):
      open.removeAll { $0.client == client }
    case .flush, .truncate, .truncateStep, .remap, .reopen:
      break
    }
  }

  /// Holds the system to what it promises.
  ///
  /// - Parameter refused: how many of the newest commits failed.
  private func promise(_ promise: Promise, refused: Int = 0, _ recording: inout Recording) {
    guard case .everyCommitBut(let last) = promise else { return }
    recording.history.notePromise(upTo: max(0, commits - refused - last), position: disk.operationCount)
  }

  private func note(_ marks: [String: Int], _ recording: inout Recording) {
    recording.marks.merge(marks) { $0 + $1 }
  }

  /// Whether memory shows what was stored, or what the faults so far excuse; false ends the run.
  private mutating func looksRight(
    _ system: any SystemUnderTest, _ recording: inout Recording
  ) throws -> Bool {
    guard let difference = try memory.difference(from: system) else { return true }
    let owed = owed
    if owed.durability == .promised && !owed.mayShowWrongBytes {
      recording.violation = difference
      return false
    }
    // A prefix can be distinguished from the other states only where nothing is under way.
    if open.isEmpty { return try resume(on: system, &recording) }
    if owed.mayShowWrongBytes {
      recording.verdict = max(recording.verdict, .undetectable)
    } else {
      recording.violation = difference
    }
    return false
  }

  // MARK: After a failure

  private var owed: Owed { Owed(after: disk.firedFaults, in: testCase) }

  private func note(_ error: any Error, in operation: Operation, _ recording: inout Recording) {
    if owed.mayFailWhileStruck {
      recording.verdict = max(recording.verdict, .detected)
    } else {
      recording.violation = Violation(
        .operationFailed,
        "Operation \(recording.steps.count + 1) of the workload failed although the disk did not: \(error)")
    }
  }

  /// Asks the system, which has just failed, to make its earlier commits durable. If it says it did, it is held to it.
  private func holdToPromise(
    _ system: any SystemUnderTest, after operation: Operation, _ recording: inout Recording
  ) {
    guard (try? system.perform(.flush)) != nil else { return }
    promise(system.promise(after: .flush), refused: operation.isCommit ? 1 : 0, &recording)
  }

  /// Opens the store again on the same disk, after a failure of what began at position `start`; nil ends the run.
  private mutating func reopen(from start: Int, _ recording: inout Recording) -> (any SystemUnderTest)? {
    failures += 1
    defer { recording.doubts.append(start..<disk.operationCount) }
    for _ in 0..<Self.attemptsMax where failures < Self.failuresMax {
      let struck = disk.firedFaults.count
      do {
        let system = try testCase.system.open(on: storage, for: testCase.scenario)
        return try resume(on: system, &recording) ? system : nil
      } catch {
        guard accept(error, during: "Opening the store again", struckBefore: struck, &recording) else {
          return nil
        }
      }
    }
    return nil
  }

  /// Whether it is worth trying again: a fault has struck just now. An error that nothing explains is a violation.
  private func accept(
    _ error: any Error, during action: String, struckBefore struck: Int, _ recording: inout Recording
  ) -> Bool {
    let owed = owed
    let isStruck = disk.firedFaults.count > struck && owed.mayFailWhileStruck
    if isStruck || owed.mayRefuse {
      recording.verdict = max(recording.verdict, .detected)
    } else {
      recording.violation = Violation(.recoveryFailed, "\(action) failed: \(error)")
    }
    return isStruck
  }

  /// Finds out which commits are there, and takes up the work from them; false where none of the legal states is.
  private mutating func resume(
    on system: any SystemUnderTest, _ recording: inout Recording
  ) throws -> Bool {
    let owed = owed
    let position = disk.operationCount
    var bounds = Bounds(recording.history, at: position)
    bounds.attempted = commits
    let found = testCase.oracle.prefix(
      of: try system.stateHash(), promised: owed.required(of: bounds), attempted: commits)
    guard let found else {
      if owed.mayShowWrongBytes {
        recording.verdict = max(recording.verdict, .undetectable)
      } else if case .violation(let violation) = testCase.oracle.judge(
        system.images(), promised: owed.required(of: bounds), attempted: commits, called: bounds.called)
      {
        recording.violation = violation
      }
      return false
    }
    recording.verdict = max(
      recording.verdict,
      found < bounds.promised ? .atomic : commits > bounds.promised ? .unknownThenStable : .detected)
    recording.history.noteReopened(
      prefix: found, position: position, promises: testCase.traits.openingPromises,
      mayMisread: disk.firedFaults.contains { $0.kind == .staleRead })
    memory = WorkloadMemory(testCase.oracle.images(prefix: found))
    let missing = testCase.oracle.ledger.commits[found..<commits].flatMap(\.operations)
    pending += (missing + open.flatMap(\.operations)).reversed()
    open = []
    commits = found
    return true
  }
}

extension WorkloadTransaction {
  /// What the client did, for a transaction that committed.
  fileprivate var operations: [Operation] {
    guard case .commit(let flush) = ending else { fatalError("transaction \(number) did not commit") }
    return operations(flush: flush)
  }

  /// The same, committed with or without a flush.
  package func operations(flush: Bool) -> [Operation] {
    let stores = writes.map { write in
      Operation.write(client: client, segment: write.segment, offset: write.offset, bytes: write.bytes)
    }
    return [.begin(client: client, restore: restore)] + stores + [.commit(client: client, flush: flush)]
  }
}
