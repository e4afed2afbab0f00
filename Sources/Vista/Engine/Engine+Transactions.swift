internal import Storage
internal import Synchronization

extension Engine {
  // MARK: Begin

  /// Opens a slot and returns its number.
  func begin() throws(VistaError) -> Int {
    if !isRunning.value { throw stopped }
    guard let number = slotBits.take() else { throw .tooManyTransactions(max: LogLayout.slotCount) }
    let generation = slots[number].generation + 1
    slots[number] = Slot(
      generation: generation, cursor: LogLayout.undoOffset + number * LogLayout.chunkLength,
      chunkEnd: LogLayout.undoOffset + (number + 1) * LogLayout.chunkLength)
    let place = SlotLayout.offset(number)
    // A head of the same low half, 2^32 transactions ago, must not be taken for this transaction's.
    if generation & 0xffff_ffff == 0 { log.store(0, at: place + SlotLayout.headOffset) }
    log.store(SlotLayout.state(generation, .open), at: place + SlotLayout.stateOffset)
    return number
  }

  // MARK: Set range

  func setRange(_ slot: Int, _ region: Region, _ offset: Int, _ length: Int) throws(VistaError) {
    guard offset >= 0, length >= 0, offset <= region.length - length else {
      throw .rangeOutsideRegion(
        segment: region.segment, offset: offset, length: length, regionLength: region.length)
    }
    guard region.isMapped, region.owner == ObjectIdentifier(self) else {
      throw .regionNotMapped(segment: region.segment, offset: region.offset)
    }
    if options.isChecked {
      try checking.withLock { (_) throws(VistaError) in
        try keep(slot, region.file, region.offset + offset, length)
      }
    } else {
      try keep(slot, region.file, region.offset + offset, length)
    }
  }

  /// Keeps the present bytes of a range, in records that each fit a chunk.
  @inline(__always)
  private func keep(_ slot: Int, _ segment: MappedSegment, _ start: Int, _ length: Int) throws(VistaError) {
    var place = start
    let end = start + length
    while place < end {
      let part = min(end - place, UndoRecord.lengthMax)
      try append(slot, .bytes, segment, place: place, length: part)
      place += part
    }
  }

  /// Appends the record of an allocation or of a free.
  func appendHeapRecord(
    _ slot: Int, _ kind: UndoRecord.Kind, _ segment: MappedSegment, place: Int, bit: Int
  ) throws(VistaError) {
    if options.isChecked {
      try checking.withLock { (_) throws(VistaError) in
        try append(slot, kind, segment, place: place, length: bit)
      }
    } else {
      try append(slot, kind, segment, place: place, length: bit)
    }
  }

  /// Appends a record to a transaction's list; it exists when this returns.
  private func append(
    _ number: Int, _ kind: UndoRecord.Kind, _ segment: MappedSegment, place: Int, length: Int
  ) throws(VistaError) {
    let extent = UndoRecord.extent(byteCount: kind == .bytes ? length : 0)
    if slots[number].cursor + extent > slots[number].chunkEnd { try takeChunk(number, extent) }
    let (generation, at) = (slots[number].generation, slots[number].cursor)
    if kind == .bytes {
      log.copy(length, from: segment.memory, at: place, to: at + UndoRecord.headerLength)
    }
    let words = UndoRecord(
      kind: kind, previous: slots[number].head, generation: generation, segment: segment.number,
      length: length, place: place
    ).words
    log.store(words.link, at: at)
    log.store(words.owner, at: at + 8)
    log.store(words.place, at: at + 16)
    let slotPlace = SlotLayout.offset(number)
    do throws(StorageError) {
      try log.persist(at, extent)
      log.store(SlotLayout.head(generation, at), at: slotPlace + SlotLayout.headOffset)
      // The state, stored before it, is in the same line.
      try log.persist(slotPlace + SlotLayout.headOffset, 8)
    } catch {
      throw fail(error, "keeping the old bytes")
    }
    slots[number].head = at
    slots[number].recordCount += 1
    slots[number].cursor = at + extent
    slots[number].segments |= 1 << UInt64(segment.number)
  }

  private func takeChunk(_ number: Int, _ extent: Int) throws(VistaError) {
    guard let chunk = chunks.take(before: slots[number].extraChunk) else {
      throw .logFull(log: logName, bytes: extent)
    }
    slots[number].extraChunk = chunk
    slots[number].cursor = LogLayout.undoOffset + Int(chunk) * LogLayout.chunkLength
    slots[number].chunkEnd = slots[number].cursor + LogLayout.chunkLength
  }

  // MARK: Commit

  /// Commits. The slot is the caller's until it ends it, whatever is thrown.
  func commit(_ number: Int) throws(VistaError) {
    log.order()
    // The slot stays open in the log, and recovery undoes the transaction.
    if !isRunning.value { throw stopped }
    if options.isChecked { try checkDeclared(number) }
    do throws(StorageError) {
      if try makePermanent(number) {
        if slots[number].hasHeapRecords { endHeapRecords(number, isCommitted: true) }
        return
      }
    } catch {
      throw fail(error, "committing")
    }
    throw stopped
  }

  /// Commits in the log.
  ///
  /// - Returns: false where a record was written over; what the slot holds is recovery's then.
  @inline(__always)
  private func makePermanent(_ number: Int) throws(StorageError) -> Bool {
    let place = SlotLayout.offset(number)
    let generation = slots[number].generation
    if mustFlush.value, try !flushRanges(number) { return false }
    if slots[number].hasReleases {
      log.store(SlotLayout.state(generation, .committed), at: place + SlotLayout.stateOffset)
      try log.persist(place, LogLayout.slotLength)
      if !clearBits(number, of: .release) { return false }
      try fenceSegments(number)
    }
    log.store(SlotLayout.state(generation, .free), at: place + SlotLayout.stateOffset)
    try log.persist(place, LogLayout.slotLength)
    return true
  }

  /// Makes permanent what the transaction declared, and the bits that it set.
  private func flushRanges(_ number: Int) throws(StorageError) -> Bool {
    if slots[number].head == 0 { return true }
    let isWhole = forEachRecord(number) { _, record, segment in
      segment.memory.flush(record.place, record.kind == .bytes ? record.length : 8)
    }
    if isWhole { try fenceSegments(number) }
    return isWhole
  }

  private func fenceSegments(_ number: Int) throws(StorageError) {
    if !mustFlush.value { return }
    var left = slots[number].segments
    while left != 0 {
      try segment(left.trailingZeroBitCount)?.memory.fence()
      left &= left - 1
    }
  }

  // MARK: Abort

  /// Undoes. The slot is the caller's until it ends it.
  func abort(_ number: Int) {
    let place = SlotLayout.offset(number)
    var isWhole = forEachRecord(number) { at, record, segment in
      guard record.kind == .bytes else { return }
      segment.memory.copy(record.length, from: log, at: at + UndoRecord.headerLength, to: record.place)
      segment.memory.flush(record.place, record.length)
    }
    isWhole = isWhole && clearBits(number, of: .allocation)
    do throws(StorageError) {
      // Where a record was written over, the slot stays open, and recovery refuses the log.
      if isWhole {
        try fenceSegments(number)
        log.store(SlotLayout.state(slots[number].generation, .free), at: place + SlotLayout.stateOffset)
        try log.persist(place, LogLayout.slotLength)
      }
    } catch {
      // The slot stays open, and recovery undoes the transaction again.
      poison(.poisoned(cause: error))
    }
    if slots[number].hasHeapRecords { endHeapRecords(number, isCommitted: false) }
  }

  // MARK: The end

  /// Clears the heap's bits that records of a kind name.
  private func clearBits(_ number: Int, of kind: UndoRecord.Kind) -> Bool {
    if !slots[number].hasHeapRecords { return true }
    return forEachRecord(number) { _, record, segment in
      if record.kind == kind {
        segment.heap(at: record.place)?.clearBit(record.length, ofWordAt: record.place)
      }
    }
  }

  /// Tells the heaps that what the transaction allocated and freed has become so, or has not.
  private func endHeapRecords(_ number: Int, isCommitted: Bool) {
    forEachRecord(number) { _, record, segment in
      if record.kind == .bytes { return }
      segment.heap(at: record.place)?.settle(
        record.length, ofWordAt: record.place, isAllocation: record.kind == .allocation,
        isCommitted: isCommitted)
    }
  }

  /// Gives the slot back.
  ///
  /// - Returns: whether nobody uses the engine any more. It must not be touched after that.
  @inline(__always)
  func end(_ number: Int) -> Bool {
    if slots[number].hasRootClaims { releaseRootClaims(number) }
    if slots[number].extraChunk >= 0 { chunks.giveBack(slots[number].extraChunk) }
    return slotBits.giveBack(number)
  }

  private func releaseRootClaims(_ number: Int) {
    var left = slots[number].segments
    while left != 0 {
      segment(left.trailingZeroBitCount)?.heaps.withLock { heaps in
        for heap in heaps { heap.releaseRootClaims(of: number) }
      }
      left &= left - 1
    }
  }

  /// No transaction can end any more; the error to be thrown.
  private func fail(_ error: StorageError, _ during: String) -> VistaError {
    poison(.poisoned(cause: error))
    return .storage(during: during, error)
  }

  // MARK: Records

  /// Calls `body` with the records of a transaction that is open in this process, newest first, and where each is.
  ///
  /// - Returns: false where one is not as it was made: somebody's store has gone astray, and no transaction can end any more.
  @discardableResult
  func forEachRecord(_ number: Int, _ body: (_ at: Int, UndoRecord, MappedSegment) -> Void) -> Bool {
    var at = slots[number].head
    var count = 0
    var known: MappedSegment?
    while at != 0 {
      guard let record = UndoRecord(at, in: log),
        record.generation == UInt32(truncatingIfNeeded: slots[number].generation),
        let segment = known.flatMap({ $0.number == record.segment ? $0 : nil }) ?? segment(record.segment),
        record.fits(segment.memory.length), count < slots[number].recordCount
      else {
        return refuse(at)
      }
      body(at, record, segment)
      known = segment
      at = record.previous
      count += 1
    }
    return count == slots[number].recordCount ? true : refuse(at)
  }

  private func refuse(_ at: Int) -> Bool {
    poison(
      .logDamaged(
        log: logName, reason: "the record at \(at) was written over while its transaction was open"))
    return false
  }
}
