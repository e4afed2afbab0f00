import Glibc

/// Beginning, declaring, committing and aborting.
extension Engine {
  /// It lives until it has ended, and as long as the engine.
  func begin(_ mode: BeginMode) throws(RVMError) -> Uncounted<OpenTransaction> {
    try checkProcess()
    var held = lock()
    if !held.value.hasStartedLife { try held.letGo { () throws(RVMError) in try startLife() } }
    try held.value.checkUsable()
    if held.value.isEnding { throw .terminated }
    let transaction = held.value.open.add()
    unsafe transaction.with {
      $0.mode = mode
      $0.thread = pthread_self()
    }
    held.value.statistics.transactionsBegun += 1
    return transaction
  }

  /// Gives the log a new generation before its first record of this life.
  private func startLife() throws(RVMError) {
    maintenance.lock()
    defer { maintenance.unlock() }
    if lock().value.hasStartedLife { return }
    try checkUsable()
    try commitStatus(try writeStatus { _ in })
  }

  func setRange(
    _ transaction: OpenTransaction, _ region: Region, _ offset: Int, _ length: Int
  ) throws(RVMError) {
    guard offset >= 0, length >= 0, offset <= region.length - length else {
      throw .rangeOutsideRegion(
        segment: region.segment, offset: offset, length: length, regionLength: region.length)
    }
    if length == 0 { return }
    let index: Int
    if let known = transaction.index(of: region) {
      index = known
    } else {
      index = try join(transaction, region)
    }
    if isChecked || tracksPages {
      // Others look at what this transaction declared.
      var held = lock()
      held.value.regions[region].pages?.pin(offset, length)
      transaction.declare(index, offset, length)
    } else {
      transaction.declare(index, offset, length)
    }
  }

  /// The transaction's first range in a region keeps the region mapped until the transaction ends.
  private func join(_ transaction: OpenTransaction, _ region: Region) throws(RVMError) -> Int {
    var held = lock()
    guard region.owner == ObjectIdentifier(self), held.value.regions[region].isMapped else {
      throw .regionNotMapped(segment: region.segment, offset: region.offset)
    }
    held.value.regions[region].openTransactions += 1
    return transaction.add(region)
  }

  /// - Parameter number: is set to the newest ticket there is then: the transaction's own, where it changed something.
  func commit(
    _ transaction: OpenTransaction, _ mode: CommitMode, number: inout UInt64
  ) throws(RVMError) {
    try checkProcess()
    let stopwatch = mode == .flush ? Stopwatch() : nil
    var held = lock()
    do throws(RVMError) {
      try held.value.checkUsable()
      if isChecked { try held.value.checkStores() }
      try spoolRecord(of: transaction, &held)
    } catch {
      end(transaction, isCommitted: false, &held)
      throw error
    }
    end(transaction, isCommitted: true, &held)
    number = held.value.commits.taken
    switch mode {
    case .flush:
      held.value.statistics.commitsFlushed += 1
      try flush(upTo: number, &held)
      if let stopwatch { held.value.latencies.commits.add(nanoseconds: stopwatch.nanoseconds) }
    case .noFlush:
      held.value.statistics.commitsUnflushed += 1
      if held.value.spool.liveBytes > min(held.value.options.spoolBytesMax, shape.batchBytesMax) {
        held.value.statistics.spoolOverflows += 1
        try flush(upTo: number, &held)
      }
    }
  }

  func abort(_ transaction: OpenTransaction) {
    var held = lock()
    end(transaction, isCommitted: false, &held)
  }

  /// Encodes the transaction's changes as one record at the end of the spool.
  private func spoolRecord(
    of transaction: OpenTransaction, _ held: inout Held<EngineState>
  ) throws(RVMError) {
    var length = try held.value.measure(transaction)
    if held.value.coalesced.ranges.isEmpty { return }
    while !held.value.fits(length) {
      // A batch never exceeds the log: what does not fit together goes in two.
      try flush(upTo: held.value.commits.taken, &held)
      length = try held.value.measure(transaction)
    }
    held.value.spoolRecord(of: transaction, length: length)
  }

  private func end(
    _ transaction: OpenTransaction, isCommitted: Bool, _ held: inout Held<EngineState>
  ) {
    held.value.end(transaction, isCommitted: isCommitted)
    if held.value.isEnding, held.value.open.isEmpty { held.signal(.change) }
  }
}
