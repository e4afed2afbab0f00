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
    try flush(upTo: held.value.commits.taken, &held)
    held.value.isTerminated = true
    held.signalAll()
  }

  private func waitForOpenTransactions(_ held: inout Held<EngineState>) throws(RVMError) {
    held.value.isEnding = true
    let start = nanoseconds
    while !held.value.open.isEmpty {
      var isOwn = false
      held.value.open.forEach { if $0.thread == pthread_self() { isOwn = true } }
      let left = Self.terminateWaitNanoseconds - (nanoseconds - start)
      guard !isOwn, left > 0 else {
        held.value.isEnding = false
        throw .transactionsOpen(held.value.open.count)
      }
      held.wait(for: .change, nanosecondsMax: left)
    }
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
    held.value.regions.close(keepsMemory: !held.value.open.isEmpty)
  }
}
