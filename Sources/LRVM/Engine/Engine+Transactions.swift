/// Beginning, declaring, committing and aborting, where a lane does not do it alone.
extension Engine {
  /// A transaction lives as long as its lane, and that as long as the engine.
  func begin(_ mode: BeginMode) throws(RVMError) -> (transaction: Uncounted<OpenTransaction>, Uncounted<Lane>)
  {
    try checkProcess()
    if let lane = lanes.ofThread(scheduler), let transaction = unsafe lane.with({ $0.begin(mode) }) {
      return (transaction, lane)
    }
    var held = lock()
    if !held.value.hasStartedLife { try held.letGo { () throws(RVMError) in try startLife() } }
    try held.value.checkUsable()
    if held.value.isEnding { throw .terminated }
    lanes.make(for: self, held.value.options)
    guard let lane = lanes.ofThread(scheduler) else { fatalError("no lanes were made") }
    let transaction = unsafe lane.with { lane in
      var own = lane.lock()
      return own.value.begin(mode)
    }
    return (transaction, lane)
  }

  /// Gives the log a new generation before its first record of this life.
  private func startLife() throws(RVMError) {
    maintenance.lock()
    defer { maintenance.unlock() }
    if lock().examine({ $0.hasStartedLife }) { return }
    try checkUsable()
    try commitStatus(try writeStatus { _ in })
  }

  func setRange(
    _ transaction: OpenTransaction, in lane: Lane, _ region: Region, _ offset: Int, _ length: Int
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
      index = try lane.join(transaction, region)
    }
    if looksAtMemory {
      // Others look at what this transaction declared.
      var held = lock()
      held.value.regions[region].pages?.pin(offset, length)
      transaction.declare(index, offset, length)
    } else {
      transaction.declare(index, offset, length)
    }
  }

  /// - Parameter number: is set to the newest ticket there is then: the transaction's own, where it changed something.
  func commit(
    _ transaction: OpenTransaction, in lane: Lane, _ mode: CommitMode, number: inout UInt64
  ) throws(RVMError) {
    try checkProcess()
    let stopwatch = mode == .flush ? Stopwatch() : nil
    var held = lock()
    do throws(RVMError) {
      try checkUsable(held)
      if isChecked { try checkStores(held) }
      number = try spoolRecord(of: transaction, in: lane, mode, &held)
    } catch {
      end(transaction, in: lane, .aborted, &held)
      throw error
    }
    switch mode {
    case .flush:
      try flush(upTo: number, &held)
      if let stopwatch { held.tally { $0.latencies.commits.add(nanoseconds: stopwatch.nanoseconds) } }
    case .noFlush:
      let spooledBytes = tickets.spooledBytes
      if held.examine({ spooledBytes > min($0.options.spoolBytesMax, shape.batchBytesMax) }) {
        held.tally { $0.statistics.spoolOverflows += 1 }
        try flush(upTo: number, &held)
      }
    }
  }

  func abort(_ transaction: OpenTransaction, in lane: Lane) {
    var held = lock()
    end(transaction, in: lane, .aborted, &held)
  }

  /// Encodes the transaction's changes as one record at the end of the lane's spool, and ends it; the newest ticket.
  private func spoolRecord(
    of transaction: OpenTransaction, in lane: Lane, _ mode: CommitMode, _ held: inout Held<EngineState>
  ) throws(RVMError) -> UInt64 {
    while true {
      var ended: UInt64?
      do {
        var own = lane.lock()
        let length = try own.value.measure(transaction, bytesMax: shape.batchBytesMax)
        if own.value.coalesced.ranges.isEmpty {
          ended = tickets.newest
        } else if let ticket = tickets.take(length) {
          ended = ticket
          let saved = own.value.spoolRecord(of: transaction, length: length, ticket) {
            held.value.regions.unpin($0)
          }
          if saved > 0 { tickets.giveBack(saved) }
          if tracksPages { held.value.pin(own.value.coalesced, of: transaction) }
        }
        if ended != nil { end(transaction, in: &own.value, .committed(mode), &held) }
      }
      if let ended {
        signalEnd(held)
        return ended
      }
      // A batch never exceeds the log: what does not fit together goes in two.
      try flush(upTo: tickets.newest, &held)
    }
  }

  private func end(
    _ transaction: OpenTransaction, in lane: Lane, _ outcome: Outcome, _ held: inout Held<EngineState>
  ) {
    do {
      var own = lane.lock()
      end(transaction, in: &own.value, outcome, &held)
    }
    signalEnd(held)
  }

  private func end(
    _ transaction: OpenTransaction, in lane: inout LaneState, _ outcome: Outcome,
    _ held: inout Held<EngineState>
  ) {
    if case .aborted = outcome { transaction.restore() }
    if looksAtMemory { held.value.note(transaction, outcome) }
    lane.end(transaction, outcome)
  }

  /// Wakes who waits for the end of all transactions.
  private func signalEnd(_ held: borrowing Held<EngineState>) {
    if held.examine({ $0.isEnding }) { held.signal(.change) }
  }
}

extension EngineState {
  /// A record of these ranges is on its way to the log.
  fileprivate mutating func pin(_ ranges: borrowing CoalescedRanges, of transaction: OpenTransaction) {
    for index in ranges.ranges.indices {
      let range = ranges.ranges[index]
      let region = transaction.region(range.region)
      regions[region].pages?.pin(range.offset - region.offset, range.length)
    }
  }

  /// Takes what the transaction declared off the books of its regions.
  fileprivate mutating func note(_ transaction: OpenTransaction, _ outcome: Outcome) {
    let isCommitted = if case .committed = outcome { true } else { false }
    // The pages of changes that were abandoned in memory stay pinned.
    let keepsPins = !isCommitted && transaction.mode == .noRestore
    transaction.forEachDeclared { range in
      let region = transaction.region(range.region)
      if !keepsPins { regions[region].pages?.unpin(range.offset, range.length) }
      if isCommitted || transaction.mode == .noRestore {
        regions[region].shadow?.replace(at: range.offset, with: region.span(range.offset, range.length))
      }
    }
  }
}
