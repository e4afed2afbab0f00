import FaultFS
import Storage
import ThreadSchedules
import Threads

/// Runs a workload's threads on a store, on a schedule, and notes who called what when.
///
/// One thread goes on at a time, and another one may go on at each lock, wait, signal and storage call. A sync takes as long as others
/// run between its beginning and its return, and covers what had returned before it began. Every other storage call is one step.
///
/// The state is shared by the threads, of which one runs at a time; the scheduler orders their accesses.
final class ThreadedRun: @unchecked Sendable {
  private let testCase: TestCase
  private let system: any ThreadedSystem.Type
  private let disk: FaultDisk
  private let storage: any Storage
  private let scheduler: Scheduler
  private let journal: ThreadJournal
  private var created = Int.max
  private var violation: Violation?
  /// Where the first call began that failed, which a fault explains.
  private var failed: Int?
  private let faults: [Fault]
  private var verdict = FaultVerdict.durableAtomic
  private var marks: [String: Int] = [:]

  private init(
    _ testCase: TestCase, _ system: any ThreadedSystem.Type, on disk: FaultDisk, struckBy faults: [Fault],
    storage: any Storage, _ scheduler: Scheduler
  ) {
    self.testCase = testCase
    self.faults = faults
    self.system = system
    self.disk = disk
    self.scheduler = scheduler
    let journal = ThreadJournal(disk, scheduler)
    self.journal = journal
    self.storage = HookedStorage(
      storage,
      hook: .init(
        drops: { _, _, _ in
          scheduler.step()
          return false
        }, after: { () throws(StorageError) in journal.noteStorageCalls() },
        looks: { scheduler.lookAtStorage() }))
    disk.whileSyncing = { scheduler.step() }
  }

  /// Runs the workload of a case once.
  ///
  /// - Parameters:
  ///   - decider: who goes on.
  ///   - faults: what strikes the disk, once the store is open.
  ///   - witness: takes the call stacks of threads that wait.
  /// - Returns: the decider with what it knows afterwards.
  static func record(
    _ testCase: TestCase, _ decider: any Decider, struckBy faults: [Fault], storage: any Storage,
    witness: CaseWitness?, into recording: inout Recording
  ) -> any Decider {
    guard let system = testCase.system as? any ThreadedSystem.Type, let crew = testCase.threads?.crew else {
      fatalError("the system '\(testCase.scenario.system.name)' has no clients that are threads")
    }
    let scheduler = Scheduler(decider, crew: crew)
    scheduler.witness = witness.map { witness in { witness.captureWait() } }
    let run = ThreadedRun(
      testCase, system, on: recording.disk, struckBy: faults, storage: storage, scheduler)
    let end = scheduler.run { run.main() }
    run.finish(end, &recording)
    return scheduler.takeDecider()
  }

  // MARK: The threads

  private func main() {
    do {
      try system.create(on: storage, for: testCase.scenario)
      let store = try system.open(on: storage, for: testCase.scenario, scheduler: scheduler)
      created = disk.operationCount
      disk.inject(faults)
      journal.noteStorageCalls()
      let places = ThreadParts(testCase.scenario).places(of: testCase.workload.operations)
      let threads = try places.enumerated().map { number, places in
        let client = OneThread(client: try store.client(number))
        return scheduler.start("client \(number)") { self.run(places, client.client) }
      }
      for thread in threads { scheduler.join(thread) }
      if violation == nil, failed == nil, !scheduler.isLetGo { try compareMemory(of: store) }
      marks = store.marks
    } catch {
      note(error, in: "The store")
    }
  }

  /// Only the client's own thread uses it.
  private struct OneThread: @unchecked Sendable {
    let client: any ThreadedClient
  }

  private func run(_ places: [Int], _ client: any ThreadedClient) {
    defer { client.leave() }
    for place in places where !isStopped {
      let operation = testCase.workload.operations[place]
      let start = disk.operationCount
      let call = journal.noteCall(of: operation, at: place)
      var number: UInt64 = 0
      do {
        try client.perform(operation, number: &number)
        journal.noteReturn(of: call, number)
      } catch {
        guard Owed(after: disk.firedFaults, in: testCase).mayFailWhileStruck else {
          return note(error, in: "Operation \(place + 1) of the workload (\(operation))")
        }
        journal.noteReturn(of: call, number, failure: "\(error)")
        failed = min(failed ?? start, start)
        return
      }
    }
  }

  /// Whether no thread calls the store again: one that failed ends for the whole application, unless the others are to go on with it.
  private var isStopped: Bool {
    violation != nil || scheduler.isLetGo || (failed != nil && testCase.scenario.faults.afterError == .reopen)
  }

  /// Ends the run; the first error counts.
  private func note(_ error: any Error, in subject: String) {
    violation =
      violation ?? Violation(.operationFailed, "\(subject) failed although the disk did not: \(error)")
  }

  private func compareMemory(of store: any SystemUnderTest) throws {
    var memory = WorkloadMemory(testCase.scenario.segments)
    // Each thread has its own bytes, so any order of the operations that keeps each thread's comes to the same; what they share has
    // the values of the newest commits.
    let operations = testCase.workload.operations
    for operation in operations { memory.perform(operation) }
    for place in CommitOrder(journal.calls).operationPlaces {
      for write in ThreadParts(testCase.scenario).sharedWrites(before: place, in: operations) {
        memory.perform(write)
      }
    }
    guard let difference = try memory.difference(from: store) else { return }
    // What a disk that lies has lost may have been mapped again since.
    let owed = Owed(after: disk.firedFaults, in: testCase)
    if owed.durability == .promised && !owed.mayShowWrongBytes {
      violation = difference
    } else {
      verdict = owed.mayShowWrongBytes ? .undetectable : .atomic
    }
  }

  // MARK: What it came to

  private func finish(_ end: ScheduleEnd, _ recording: inout Recording) {
    recording.created = created
    recording.schedule = scheduler.schedule
    recording.decisions = scheduler.decisions
    recording.marks = marks
    recording.marks["thread put off that could go on"] = scheduler.preemptions
    recording.steps = journal.steps
    recording.violation = violation ?? Self.violation(of: end)
    recording.waitingThreads = end.waitingThreads
    recording.firedFaults = disk.firedFaults
    recording.matchingCallCounts = disk.matchingCallCounts
    recording.verdict = verdict
    if let failed {
      recording.verdict = max(verdict, .detected)
      recording.doubts = [failed..<disk.operationCount]
      if testCase.scenario.faults.afterError == .goOn {
        recording.marks[Recording.wentOnMark] = journal.calls.count { $0.start > failed && !$0.hasFailed }
      }
    }
    // What comes after a crash is a disk in order again.
    disk.inject([])
    recording.isLetGo = scheduler.isLetGo
    guard recording.violation == nil else {
      recording.isCutShort = true
      return
    }
    if recording.isLetGo { return }
    recording.disk.whileSyncing = nil
    let order = CommitOrder(journal.calls)
    recording.history = order.history
    recording.commitOrder = order.operationPlaces
    testCase.threads?.order = order.operationPlaces
    if let problem = order.problem { recording.violation = Violation(.unexplained, problem) }
  }

  private static func violation(of end: ScheduleEnd) -> Violation? {
    switch end {
    case .finished: nil
    case .deadlock(let threads):
      Violation(.deadlock, "Every thread waits: \(describe(threads)).")
    case .livelock(let steps, let threads):
      Violation(.livelock, "The threads did not end in \(steps) steps: \(describe(threads)).")
    }
  }

  private static func describe(_ threads: [WaitingThread]) -> String {
    threads.map { "\($0.name) \($0.waitsFor.map { "waits for \($0)" } ?? "runs")" }.joined(separator: "; ")
  }
}
