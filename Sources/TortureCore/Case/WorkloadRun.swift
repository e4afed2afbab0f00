import FaultFS
import Storage

/// Runs a workload on a disk, as an application would that knows its store may fail.
///
/// Where an operation fails and a fault explains it, the application does what the scenario says: it opens the store again, or goes on with
/// it as it is (`WorkloadRun+Failures`). An error that no fault explains is a violation.
struct WorkloadRun {
  /// How often it opens the store again before it gives up, after one failure and in all.
  static let attemptsMax = 3
  static let failuresMax = 4

  let testCase: TestCase
  let disk: FaultDisk
  let storage: any Storage
  private let stepsPerOperation: Int
  /// The next one last.
  var pending: [Operation]
  var memory: WorkloadMemory
  /// What the open transaction of each client has done, its beginning first, in the order in which they began.
  var open: [(client: Int, operations: [Operation])] = []
  /// What the transaction did that was committed last.
  var committed: [Operation] = []
  /// Commits that were called by now.
  var commits = 0
  /// How often the store was opened again.
  var failures = 0
  /// How often something failed since something succeeded that matters.
  var failuresInARow = 0

  init(_ testCase: TestCase, on disk: FaultDisk, storage: any Storage) {
    self.testCase = testCase
    self.disk = disk
    self.storage = storage
    stepsPerOperation = testCase.traits.stepsPerOperation
    pending = testCase.workload.operations.reversed()
    memory = WorkloadMemory(testCase.scenario.segments)
  }

  mutating func run(struckBy faults: [Fault], into recording: inout Recording) {
    if testCase.scenario.faults.creation { disk.inject(faults) }
    var system = start(&recording)
    recording.created = system == nil ? Int.max : disk.operationCount
    if !testCase.scenario.faults.creation { disk.inject(faults) }
    recording.matchingCallCountsOfCreation = disk.matchingCallCounts
    while system != nil, let operation = pending.popLast() {
      let start = disk.operationCount
      let failure = attempt(operation, &system, &recording)
      if failure != nil, recording.violation == nil {
        if system == nil { system = reopen(&recording) }
        recording.doubts.append(start..<disk.operationCount)
      }
      recording.steps.append(
        Recording.Step(
          operation: operation, start: start, end: disk.operationCount, failure: failure,
          matchingCallCounts: disk.matchingCallCounts))
    }
    if let system { note(system.marks, &recording) }
  }

  /// Runs one operation.
  ///
  /// - Returns: why it failed. Unless the application goes on with the system then, it is let go of, as it is where the run is to
  ///   end: whoever opens a store again has closed it before.
  private mutating func attempt(
    _ operation: Operation, _ system: inout (any SystemUnderTest)?, _ recording: inout Recording
  ) -> String? {
    guard let running = system.take() else { return nil }
    var failing = operation
    do {
      let next = try perform(operation, running, &recording)
      failing = .truncateStep
      for _ in 0..<stepsPerOperation { try next.step() }
      if operation.endsSomething || operation.promises { failuresInARow = 0 }
      if operation.endsSomething, try !looksRight(next, &recording) {
        note(next.marks, &recording)
      } else {
        system = next
      }
      return nil
    } catch {
      note(error, in: operation, &recording)
      if recording.violation == nil, !disk.isProcessKilled {
        if goOn(with: running, after: failing) {
          recording.marks[Recording.wentOnMark, default: 0] += 1
          system = running
          return "\(error)"
        }
        holdToPromise(running, after: failing, &recording)
      }
      note(running.marks, &recording)
      return "\(error)"
    }
  }

  // MARK: Without a failure

  /// Creates the store and opens it.
  private func start(_ recording: inout Recording) -> (any SystemUnderTest)? {
    for _ in 0..<Self.attemptsMax {
      disk.beginProcess()
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
      committed = open.first { $0.client == client }?.operations ?? []
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
  func promise(_ promise: Promise, refused: Int = 0, _ recording: inout Recording) {
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
}

extension WorkloadTransaction {
  /// What the client did, for a transaction that committed.
  var operations: [Operation] { operations(flush: isFlushed) }

  /// Whether it committed with a flush.
  package var isFlushed: Bool {
    guard case .commit(let flush) = ending else { fatalError("transaction \(number) did not commit") }
    return flush
  }

  /// The same, committed with or without a flush.
  package func operations(flush: Bool) -> [Operation] {
    let stores = writes.map { write in
      Operation.write(client: client, segment: write.segment, offset: write.offset, bytes: write.bytes)
    }
    return [.begin(client: client, restore: restore)] + stores + [.commit(client: client, flush: flush)]
  }
}
