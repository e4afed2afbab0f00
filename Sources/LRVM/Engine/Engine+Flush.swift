import Storage

/// Writing batches to the log.
extension Engine {
  var sectorsUsed: Int { Int(tail.position - head.position) }

  func flush() throws(RVMError) {
    try checkProcess()
    state.lock()
    defer { state.unlock() }
    try checkUsable()
    try flushLocked(upTo: commits.taken)
  }

  /// Returns once the tickets up to this one are durable. Under `state`, which it lets go while it sleeps or writes.
  func flushLocked(upTo ticket: UInt64) throws(RVMError) {
    while commits.durable < ticket {
      if isTerminated { throw .terminated }
      switch try commits.turn(of: ticket) {
      case .sleep(let event): state.wait(for: event)
      case .lead(let takesSpool): try lead(takesSpool: takesSpool)
      }
    }
  }

  /// Writes the batch and makes it durable, and wakes those who waited for that. Under `state`.
  private func lead(takesSpool: Bool) throws(RVMError) {
    if takesSpool { swap(&spool, &batch) }
    do throws(RVMError) {
      try writeAndSync()
    } catch {
      commits.leaveBatch()
      state.signalAll()
      throw error
    }
    let (done, next) = commits.endBatch()
    let wakesTruncation = wantsTruncation && !isPacing || isThreadIdle
    // Without the lock, which those who wake need at once.
    state.unlock()
    state.signal(done)
    if let next { state.signalOne(next) }
    if wakesTruncation { state.signal(.work) }
    state.lock()
  }

  /// Writes the batch to the log and makes it durable. Under `state`, which it lets go meanwhile: the batch is the leader's.
  private func writeAndSync() throws(RVMError) {
    let sectors = packer.sectorCount(bytes: batch.liveBytes)
    try waitForSpace(sectors)
    let (start, generation) = (tail, generation)

    state.unlock()
    let stopwatch = Stopwatch()
    batch.seal(firstSequence: start.sequence)
    packer.pack(batch, position: start.position, generation: generation)
    do {
      // The batch may be on the disk or not, in part or whole, if this fails; only a new opening can tell.
      if writesDurably {
        try whileNoneSyncs(during: "flushing the log") { () throws(StorageError) in
          try packer.writeDurably(to: log.file, position: start.position)
        }
      } else {
        try writeBatch(position: start.position)
        try syncLog(during: "flushing the log")
      }
      if !shape.isMovable(sectors: sectors) { try vouch(for: start.position + UInt64(sectors)) }
      state.lock()
    } catch {
      state.lock()
      throw error
    }
    tail = LogPlace(
      position: start.position + UInt64(sectors), sequence: start.sequence + UInt64(batch.liveCount))
    latencies.value.batches.add(nanoseconds: stopwatch.nanoseconds)
    count(sectors, from: start)
    if tracksPages { markDirtyPages(since: start) }
    batch.removeAll()
  }

  private func writeBatch(position: UInt64) throws(RVMError) {
    do {
      try packer.write(to: log.file, position: position)
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
    state.lock()
    statistics.batchesVouchedFor += 1
    state.unlock()
  }

  /// Returns once `sectors` fit the record area. Under `state`.
  private func waitForSpace(_ sectors: Int) throws(RVMError) {
    guard sectorsUsed + sectors > shape.recordSectors else { return }
    statistics.logFullWaits += 1
    if isTruncating { statistics.logFullWaitsWhileTruncating += 1 }
    isLogFull = true
    truncationError = nil
    let stopwatch = Stopwatch()
    defer {
      isLogFull = false
      latencies.value.logFullWaits.add(nanoseconds: stopwatch.nanoseconds)
    }
    while sectorsUsed + sectors > shape.recordSectors {
      try checkUsable()
      switch truncationDriver {
      case .stepped:
        state.unlock()
        defer { state.lock() }
        try truncationStep()
      case .background:
        state.signalAll()
        state.wait(for: .change)
        if let truncationError { throw truncationError }
      }
    }
  }

  private func count(_ sectors: Int, from start: LogPlace) {
    statistics.logFlushes += 1
    statistics.recordsWritten += Int(batch.liveCount)
    statistics.recordBytesWritten += batch.liveBytes
    statistics.logBytesWritten += sectors * shape.sectorLength
    let ring = UInt64(shape.recordSectors)
    let wraps = Int(tail.position / ring - start.position / ring)
    statistics.logWraps += wraps
    if wraps > 0 {
      countWrappedRecords(bytesBeforeWrap: Int(ring - start.position % ring) * shape.payloadLength)
    }
  }

  /// What the ring's end cuts in two.
  private func countWrappedRecords(bytesBeforeWrap: Int) {
    var recordStart = 0
    for index in batch.entries.indices where batch.entries[index].isLive {
      let entry = batch.entries[index]
      let cut = bytesBeforeWrap - recordStart
      if cut > 0 && cut < Record.headerLength { statistics.logWrapsInRecordHeader += 1 }
      if cut > 0 && cut < entry.length { statistics.logWrapsInRecord += 1 }
      recordStart += entry.length
    }
  }

  /// The pages that the batch changed may be written to their segments from now on.
  private func markDirtyPages(since start: LogPlace) {
    for index in batch.entries.indices where batch.entries[index].isLive {
      let entry = batch.entries[index]
      batch.forEachRange(of: entry) { range in
        guard let region = regions.first(where: { $0.contains(range) }), region.pages != nil else {
          // Unmapped since, and perhaps about to be mapped again: only the log has these bytes.
          dirtyPages.needEpoch(until: tail.position)
          return
        }
        let offset = range.offset - region.offset
        region.pages?.unpin(offset, range.length)
        region.pages?.markDirty(offset, range.length, since: start, until: tail.position) { page in
          dirtyPages.append(region, page, since: start)
        }
      }
    }
  }
}
