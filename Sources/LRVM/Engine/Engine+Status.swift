import Storage

/// Status blocks and syncs of the log, and what becomes of an engine whose log failed.
extension Engine {
  /// Writes the next status block. Under `maintenance`. A failure poisons: the log cannot be trusted any more.
  func writeStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) -> WrittenStatus {
    let (isFirst, durableEnd) = isFirstStatusAndTail()
    if isFirst && log.status.generation == 0 { try keepName(of: log.name) }
    if writesDurably { logSync.lock() }
    defer { if writesDurably { logSync.unlock() } }
    do {
      try log.checkName(on: storage)
      return try log.writeStatus {
        // No record of this life is written before this block is durable.
        if isFirst { $0.beginGeneration() }
        // Not less than before: a long batch is vouched for before it is counted.
        $0.durableEnd = max($0.durableEnd, durableEnd)
        change(&$0)
      }
    } catch {
      throw poisoned(by: error)
    }
  }

  /// Makes a file's name durable before anything is committed to it. Whoever created it may have been killed before that, and the file
  /// looks the same.
  func keepName(of name: String) throws(RVMError) {
    do { try storage.syncDirectory(containing: name) } catch {
      throw .storage(during: "keeping a file's name", error)
    }
  }

  private func isFirstStatusAndTail() -> (Bool, UInt64) {
    let held = lock()
    return (held.examine { !$0.hasStartedLife }, held.examine { $0.tail.position })
  }

  /// Makes it durable. Under `maintenance`. From then on the log has a generation of this life.
  @discardableResult
  func commitStatus(_ written: WrittenStatus) throws(RVMError) -> VouchedEnd {
    let vouched = try log.makeDurable(written) { () throws(RVMError) in
      try syncLog(during: "syncing the status block")
    }
    var held = lock()
    held.change { $0.noteStatus(of: log) }
    return vouched
  }

  /// Makes a status block durable that vouches for all that the log holds, unless one does. Under `maintenance`.
  func vouch() throws(RVMError) -> VouchedEnd {
    let end = lock().examine { $0.tail.position }
    if let vouched = log.vouchedEnd, vouched.position >= end { return vouched }
    return try commitStatus(try writeStatus { _ in })
  }

  /// The same, where anything was written to the log in this life. Under `maintenance`.
  func vouchForEnd() throws(RVMError) {
    try finishStatusInFlight()
    if log.vouchedEnd != nil { _ = try vouch() }
  }

  /// Syncs the log; a failure poisons, also one that another thread's sync met meanwhile.
  func syncLog(during: String) throws(RVMError) {
    try whileNoneSyncs(during: during) { () throws(StorageError) in try log.file.sync(.data) }
  }

  /// Makes writes durable one at a time; a failure poisons, also an earlier one, of whichever thread.
  func whileNoneSyncs(
    during: String, _ body: () throws(StorageError) -> Void
  ) throws(RVMError) {
    logSync.lock()
    defer { logSync.unlock() }
    if let earlier = lock().examine({ $0.commits.failure }) { throw earlier }
    do { try body() } catch { throw poisoned(by: .storage(during: during, error)) }
  }

  /// Keeps a failure for all later calls, where it leaves unknown what the log holds; returns it.
  ///
  /// A failed write or sync does, and so does damage that was found in the log: what is committed after it could not be
  /// recovered.
  func poisoned(by error: RVMError) -> RVMError {
    var held = lock()
    switch error {
    case .storage(_, let cause): held.value.commits.fail(with: .poisoned(cause: cause))
    case .logDamaged, .logReplaced: held.value.commits.fail(with: error)
    default: break
    }
    tellLanes(held)
    held.signalAll()
    return error
  }

  /// After each change of what decides whether a lane may go on alone.
  func tellLanes(_ held: borrowing Held<EngineState>) {
    let isOpen = held.value.isOpen
    lanes.holdAll { _, lane in lane.isOpen = isOpen }
  }
}
