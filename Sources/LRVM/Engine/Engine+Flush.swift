import Storage

/// Writing batches to the log.
extension Engine {
  func flush() throws(RVMError) {
    try checkProcess()
    var held = lock()
    try checkUsable(held)
    try flush(upTo: tickets.newest, &held)
  }

  /// Returns once the tickets up to this one are durable.
  func flush(upTo ticket: UInt64, _ held: inout Held<EngineState>) throws(RVMError) {
    while !held.examine({ $0.commits.durable >= ticket }) {
      if held.examine({ $0.isTerminated }) { throw .terminated }
      if let event = held.examine({ $0.commits.sleep(for: ticket) }) {
        held.wait(for: event)
        continue
      }
      switch try held.value.commits.turn(of: ticket) {
      case .sleep(let event): held.wait(for: event)
      case .lead(let hasBatch): try lead(hasBatch: hasBatch, &held)
      }
    }
  }

  /// Writes the batch and makes it durable, and wakes those who waited for that.
  private func lead(hasBatch: Bool, _ held: inout Held<EngineState>) throws(RVMError) {
    var writer = held.value.takeWriter()
    if !hasBatch { held.value.commits.takeBatch(upTo: takeSpools(&writer.batch)) }
    do throws(RVMError) {
      try write(&writer, &held)
    } catch {
      held.value.writer = consume writer
      held.value.commits.leaveBatch()
      held.signalAll()
      throw error
    }
    held.value.writer = consume writer
    let (done, next) = held.value.commits.endBatch()
    let wakesTruncation =
      held.value.wantsTruncation && !held.value.isPacing || held.value.isThreadIdle
    // Without the lock, which those who wake need at once.
    held.letGo {
      state.signal(done)
      if let next { state.signalOne(next) }
      if wakesTruncation { state.signal(.work) }
    }
  }

  /// Moves what all lanes have spooled to the batch; the newest ticket, whose record is among it.
  private func takeSpools(_ batch: inout Batch) -> UInt64 {
    var newest: UInt64 = 0
    lanes.holdAll { index, lane in
      batch.take(&lane.spool, ofLane: index)
    } last: {
      newest = tickets.takeBatch()
    }
    return newest
  }

  /// Writes the batch to the log and makes it durable.
  private func write(_ writer: inout BatchWriter, _ held: inout Held<EngineState>) throws(RVMError) {
    let sectors = writer.sectors
    try waitForSpace(sectors, &held)
    let (start, generation) = (held.value.tail, held.value.generation)
    let end = LogPlace(
      position: start.position + UInt64(sectors), sequence: start.sequence + UInt64(writer.batch.liveCount))
    let stopwatch = Stopwatch()
    try held.letGo { () throws(RVMError) in
      writer.pack(at: start, generation: generation)
      try makeDurable(writer, at: start)
      if !shape.isMovable(sectors: sectors) { try vouch(for: end.position) }
    }
    held.value.finish(writer.batch, from: start, to: end, nanoseconds: stopwatch.nanoseconds)
    writer.batch.removeAll()
  }

  /// The batch may be on the disk or not, in part or whole, if this fails; only a new opening can tell.
  private func makeDurable(_ writer: borrowing BatchWriter, at start: LogPlace) throws(RVMError) {
    if writesDurably {
      try whileNoneSyncs(during: "flushing the log") { () throws(StorageError) in
        try writer.writeDurably(to: log.file, at: start)
      }
      return
    }
    try writeBatch(writer, at: start)
    try syncLog(during: "flushing the log")
  }

  private func writeBatch(_ writer: borrowing BatchWriter, at start: LogPlace) throws(RVMError) {
    do {
      try writer.write(to: log.file, at: start)
    } catch {
      throw poisoned(by: .storage(during: "flushing the log", error))
    }
  }

  /// Makes a status block durable that says that the log is, up to `end`.
  ///
  /// Recovery copies the last batch before it believes it. One that is too long for that it believes only where a
  /// status block vouches for it: so such a commit takes a second sync. And a third: the second may have failed and be
  /// reported by the next one only, when truncation would have begun to write to segments what recovery would leave out.
  private func vouch(for end: UInt64) throws(RVMError) {
    maintenance.lock()
    defer { maintenance.unlock() }
    try finishStatusInFlight()
    try commitStatus(try writeStatus { $0.durableEnd = end })
    if !writesDurably { try syncLog(during: "syncing the status block") }
    lock().tally { $0.statistics.batchesVouchedFor += 1 }
  }

  /// Returns once `sectors` fit the record area.
  private func waitForSpace(_ sectors: Int, _ held: inout Held<EngineState>) throws(RVMError) {
    guard held.value.sectorsUsed + sectors > shape.recordSectors else { return }
    held.value.tally.statistics.logFullWaits += 1
    if held.value.isTruncating { held.value.tally.statistics.logFullWaitsWhileTruncating += 1 }
    held.value.isLogFull = true
    held.value.truncationError = nil
    let stopwatch = Stopwatch()
    defer {
      held.value.isLogFull = false
      held.value.tally.latencies.logFullWaits.add(nanoseconds: stopwatch.nanoseconds)
    }
    while held.value.sectorsUsed + sectors > shape.recordSectors {
      try held.value.checkUsable()
      switch truncationDriver {
      case .stepped:
        _ = try held.letGo { () throws(RVMError) in try truncationStep() }
      case .background:
        held.signalAll()
        held.wait(for: .change)
        if let error = held.value.truncationError { throw error }
      }
    }
  }
}

extension EngineState {
  /// Lends the writer to a flush leader.
  fileprivate mutating func takeWriter() -> BatchWriter {
    guard let lent = writer.take() else { fatalError("two threads lead a flush at once") }
    return lent
  }
}
