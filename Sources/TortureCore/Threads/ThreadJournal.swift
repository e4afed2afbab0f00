import FaultFS
import ThreadSchedules

/// Who called what when, in a run whose clients are threads.
///
/// Threading: by the threads of one scheduler, of which one runs at a time.
final class ThreadJournal {
  private let disk: FaultDisk
  private let scheduler: Scheduler
  /// The operations that were called, in that order.
  private(set) var calls: [CommitOrder.Call] = []
  /// The operations with the storage calls that their threads made meanwhile, cut where another thread made one.
  private(set) var steps: [Recording.Step] = []
  /// The call of the workload that each thread is in.
  private var present: [Int: Int] = [:]
  /// The call and the thread of the last step.
  private var last: (call: Int?, thread: Int)?
  private var storageCalls = 0
  private var moments = 0

  init(_ disk: FaultDisk, _ scheduler: Scheduler) {
    self.disk = disk
    self.scheduler = scheduler
  }

  /// Notes that the thread that runs calls an operation of the workload; the call's number.
  func noteCall(of operation: Operation, at place: Int) -> Int {
    if operation.isJudged { scheduler.markStorage() }
    moments += 1
    present[scheduler.currentThread] = calls.count
    calls.append(
      CommitOrder.Call(place: place, operation: operation, called: moments, start: disk.operationCount))
    return calls.count - 1
  }

  /// Notes that it has returned.
  ///
  /// - Parameters:
  ///   - number: what the store said of a commit.
  ///   - failure: what it failed with.
  func noteReturn(of call: Int, _ number: UInt64, failure: String? = nil) {
    if calls[call].operation.isJudged { scheduler.changeStorage() }
    moments += 1
    calls[call].number = number
    calls[call].returned = moments
    calls[call].end = disk.operationCount
    if last?.call != call || steps[steps.count - 1].end < disk.operationCount { addStep() }
    steps[steps.count - 1].isReturned = true
    steps[steps.count - 1].failure = failure
    calls[call].hasFailed = failure != nil
    present[scheduler.currentThread] = nil
  }

  /// Notes that the storage calls that are new were made by the thread that runs.
  func noteStorageCalls() {
    guard storageCalls < disk.operationCount else { return }
    scheduler.changeStorage()
    let thread = scheduler.currentThread
    if last == nil || last?.thread != thread || last?.call != present[thread]
      || steps[steps.count - 1].end < storageCalls
    {
      addStep(at: storageCalls)
    }
    storageCalls = disk.operationCount
    steps[steps.count - 1].end = storageCalls
  }

  private func addStep(at start: Int? = nil) {
    let thread = scheduler.currentThread
    let call = present[thread]
    // The store's own threads truncate.
    let operation = call.map { calls[$0].operation } ?? .truncateStep
    let isContinued = call.map { call in began.contains(call) } ?? false
    if let call { began.insert(call) }
    steps.append(
      Recording.Step(
        operation: operation, start: start ?? disk.operationCount, end: disk.operationCount,
        thread: scheduler.name(of: thread), isContinued: isContinued, isReturned: call == nil))
    last = (call, thread)
  }

  /// The calls that have a step.
  private var began: Set<Int> = []
}

extension Operation {
  /// Whether what is legal after a crash depends on when it was called and had returned.
  fileprivate var isJudged: Bool { isCommit || promises }
}
