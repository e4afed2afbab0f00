import Glibc

/// Beginning, declaring, committing and aborting.
extension Engine {
  func begin(_ mode: BeginMode) throws(RVMError) -> Uncounted<OpenTransaction> {
    try checkProcess()
    state.lock()
    defer { state.unlock() }
    if !hasStartedLife {
      state.unlock()
      defer { state.lock() }
      try startLife()
    }
    try checkUsable()
    if isEnding { throw .terminated }
    let transaction = addOpenTransaction()
    transaction.with {
      $0.mode = mode
      $0.thread = pthread_self()
    }
    statistics.transactionsBegun += 1
    return transaction
  }

  private var isLifeStarted: Bool {
    state.lock()
    defer { state.unlock() }
    return hasStartedLife
  }

  /// Gives the log a new generation before its first record of this life.
  private func startLife() throws(RVMError) {
    maintenance.lock()
    defer { maintenance.unlock() }
    if isLifeStarted { return }
    try checkUsableLocking()
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
      state.lock()
      defer { state.unlock() }
      region.pages?.pin(offset, length)
      transaction.declare(index, offset, length)
    } else {
      transaction.declare(index, offset, length)
    }
  }

  /// The transaction's first range in a region keeps the region mapped until the transaction ends.
  private func join(_ transaction: OpenTransaction, _ region: Region) throws(RVMError) -> Int {
    state.lock()
    defer { state.unlock() }
    guard region.isMapped, region.owner == ObjectIdentifier(self) else {
      throw .regionNotMapped(segment: region.segment, offset: region.offset)
    }
    region.openTransactions += 1
    return transaction.add(region)
  }

  /// - Parameter number: is set to the newest ticket there is then: the transaction's own, where it changed something.
  func commit(
    _ transaction: OpenTransaction, _ mode: CommitMode, number: inout UInt64
  ) throws(RVMError) {
    try checkProcess()
    let stopwatch = mode == .flush ? Stopwatch() : nil
    state.lock()
    defer { state.unlock() }
    do {
      try checkUsable()
      if isChecked { try checkStores() }
      try spoolRecord(of: transaction)
    } catch {
      end(transaction, isCommitted: false)
      throw error
    }
    end(transaction, isCommitted: true)
    number = commits.taken
    switch mode {
    case .flush:
      statistics.commitsFlushed += 1
      try flushLocked(upTo: commits.taken)
      if let stopwatch { latencies.value.commits.add(nanoseconds: stopwatch.nanoseconds) }
    case .noFlush:
      statistics.commitsUnflushed += 1
      if spool.liveBytes > min(options.spoolBytesMax, shape.batchBytesMax) {
        statistics.spoolOverflows += 1
        try flushLocked(upTo: commits.taken)
      }
    }
  }

  func abort(_ transaction: OpenTransaction) {
    state.lock()
    end(transaction, isCommitted: false)
    state.unlock()
  }

  /// Encodes the transaction's changes as one record at the end of the spool. Under `state`.
  private func spoolRecord(of transaction: OpenTransaction) throws(RVMError) {
    var length = try measure(transaction)
    if coalesced.ranges.isEmpty { return }
    while spool.liveBytes + length > shape.batchBytesMax {
      // A batch never exceeds the log: what does not fit together goes in two.
      try flushLocked(upTo: commits.taken)
      length = try measure(transaction)
    }
    if options.interTransactionOptimization {
      statistics.bytesSavedInterTransaction += spool.dropCovered(by: coalesced) { unpin($0) }
    }
    let declaredBytes = transaction.declaredBytes
    statistics.bytesDeclared += declaredBytes
    statistics.bytesSavedIntraTransaction += declaredBytes - coalesced.valueBytes
    spool.append(length: length, coalesced, of: transaction)
    let ticket = commits.takeTicket()
    for index in coalesced.ranges.indices {
      lastCommitOfSegment.value[coalesced.ranges[index].segment] = ticket
    }
    if tracksPages {
      for index in coalesced.ranges.indices {
        let range = coalesced.ranges[index]
        let region = transaction.region(range.region)
        region.pages?.pin(range.offset - region.offset, range.length)
      }
    }
  }

  /// Puts what the transaction changed into `coalesced`; the length of its record.
  private func measure(_ transaction: OpenTransaction) throws(RVMError) -> Int {
    transaction.collect(into: &coalesced)
    if options.intraTransactionOptimization { coalesced.coalesce() }
    let length = coalesced.recordLength
    guard length <= min(shape.batchBytesMax, Int(UInt32.max)) else {
      throw .transactionTooLarge(bytes: length, bytesMax: shape.batchBytesMax)
    }
    return length
  }

  /// Takes the transaction off the books. Under `state`.
  private func end(_ transaction: OpenTransaction, isCommitted: Bool) {
    if !isCommitted {
      statistics.aborts += 1
      if transaction.mode == .restore { transaction.restore() }
    }
    if isChecked || tracksPages {
      // The pages of changes that were abandoned in memory stay pinned.
      let keepsPins = !isCommitted && transaction.mode == .noRestore
      transaction.forEachDeclared { range in
        let region = transaction.region(range.region)
        if !keepsPins { region.pages?.unpin(range.offset, range.length) }
        if isCommitted || transaction.mode == .noRestore {
          region.shadow?.replace(at: range.offset, with: region.span(range.offset, range.length))
        }
      }
    }
    removeOpenTransaction(transaction)
  }

  /// A record that was pinned for its way to the log needs it no more. Under `state`.
  func unpin(_ range: Record.Range) {
    for region in regions where region.contains(range) {
      region.pages?.unpin(range.offset - region.offset, range.length)
    }
  }

  /// Looks for stores outside every declared range of every open transaction. Under `state`.
  private func checkStores() throws(RVMError) {
    for region in regions {
      var declared = CoalescedRanges()
      forEachOpenTransaction { transaction in
        transaction.forEachDeclared { range in
          guard transaction.region(range.region) === region else { return }
          declared.append(
            .init(segment: 0, offset: range.offset, length: range.length, region: 0))
        }
      }
      declared.coalesce()
      var start = 0
      for index in declared.ranges.indices {
        let range = declared.ranges[index]
        try checkUnchanged(region, start..<range.offset)
        start = range.end
      }
      try checkUnchanged(region, start..<region.length)
    }
  }

  private func checkUnchanged(_ region: Region, _ range: Range<Int>) throws(RVMError) {
    guard let difference = region.firstDifference(in: range) else { return }
    throw .undeclaredStore(
      segment: region.segment, offset: region.offset + difference.lowerBound, length: difference.count)
  }
}
