import Glibc
import Storage
import Threads

/// Terminating and closing.
extension Engine {
  func terminate() throws(RVMError) {
    try checkProcess()
    do {
      try flushForEnd()
    } catch .transactionsOpen(let count) {
      throw .transactionsOpen(count)
    } catch .terminated {
      throw .terminated
    } catch {
      stop()
      throw error
    }
    try close(isClean: true)
  }

  /// From now on no transaction begins; those that are open are waited for, and all is flushed.
  private func flushForEnd() throws(RVMError) {
    var held = lock()
    if held.value.isTerminated || held.value.isEnding { throw .terminated }
    try waitForOpenTransactions(&held)
    if let failure = held.value.commits.failure { throw failure }
    try flush(upTo: tickets.newest, &held)
    held.value.isTerminated = true
    tellLanes(held)
    held.signalAll()
  }

  private func waitForOpenTransactions(_ held: inout Held<EngineState>) throws(RVMError) {
    held.value.isEnding = true
    tellLanes(held)
    let start = nanoseconds
    while true {
      let (count, isOwn) = openTransactions
      if count == 0 { return }
      let left = Self.terminateWaitNanoseconds - (nanoseconds - start)
      guard !isOwn, left > 0 else {
        held.value.isEnding = false
        tellLanes(held)
        throw .transactionsOpen(count)
      }
      held.wait(for: .change, nanosecondsMax: left)
    }
  }

  /// How many there are, and whether the calling thread began one. With `state` held.
  private var openTransactions: (count: Int, hasOwn: Bool) {
    var (count, hasOwn) = (0, false)
    lanes.holdAll { _, lane in
      count += lane.open.count
      lane.open.forEach { if $0.thread == pthread_self() { hasOwn = true } }
    }
    return (count, hasOwn)
  }

  /// The time by which waiting is decided.
  private var nanoseconds: Int { scheduler?.time() ?? Stopwatch.now() }

  private static let terminateWaitNanoseconds = 10_000_000_000

  /// Closes without flushing.
  func stop() {
    // A forked child has neither the thread nor the right to write.
    guard isOwnProcess, becomesTerminated() else { return }
    try? close(isClean: false)
  }

  /// False where it was terminated before.
  private func becomesTerminated() -> Bool {
    var held = lock()
    let wasTerminated = held.value.isTerminated
    held.value.isTerminated = true
    tellLanes(held)
    held.signalAll()
    return !wasTerminated
  }

  /// The thread ends, the files and the log's lock go.
  ///
  /// - Parameter isClean: leaves a status block that knows that all is durable: damage of the log's end is then never taken for
  ///   a tail that a crash tore.
  private func close(isClean: Bool) throws(RVMError) {
    truncationThread?.join()
    maintenance.lock()
    defer {
      closeFiles()
      maintenance.unlock()
    }
    if isClean { try vouchForEnd() }
  }

  private func closeFiles() {
    log.voidStatusInFlight()
    log.file.close()
    segments.closeAll()
    var held = lock()
    var open = 0
    lanes.holdAll { _, lane in
      open += lane.open.count
    } last: {
      held.value.regions.close(keepsMemory: open > 0)
    }
  }

  /// Whoever opened it is done with it: from here on only open transactions keep it.
  func letGo() {
    // A forked child cannot know who had the locks.
    guard isOwnProcess else { return }
    // One lane may be the last that keeps this.
    withExtendedLifetime(self) {
      lanes.holdAll { _, lane in lane.letGoOfEngine() }
    }
  }
}
