import Storage

/// Mapping and unmapping regions.
///
/// **On demand.** A private mapping shows the file in pages that were never written to, whenever they are read, and its
/// own copy in the others. So it may read a byte of the file at any time until the page is first written to. It is the
/// committed image all that time, since the file's bytes in such a page never change while the region is mapped:
///
/// - All that was committed to the segment before is in the file before the region is mapped: `map` flushes and truncates
///   where something is not. So truncation has nothing older to write there.
/// - Regions do not overlap and are whole pages, so no other region's commits are in its pages.
/// - What is committed through the region was in its memory. Where the page was written to, the mapping has its own copy and
///   looks at the file no more. Where it was not (a range that was declared, and nothing stored), the record has the file's own
///   bytes, and truncation writes them over themselves.
/// - Recovery runs before anything is mapped.
extension Engine {
  func map(
    _ name: String, _ offset: Int, _ length: Int?, memory: UnsafeMutableRawBufferPointer?,
    _ mapping: Mapping?
  ) throws(RVMError) -> Region {
    guard offset >= 0, offset % RVM.pageLength == 0, length ?? RVM.pageLength > 0,
      (length ?? 0) % RVM.pageLength == 0
    else {
      throw .invalidArgument(
        "cannot map segment '\(name)': offset \(offset) and length \(length ?? 0) must be multiples of "
          + "\(RVM.pageLength) bytes, the length not 0")
    }
    try checkProcess()
    maintenance.lock()
    defer { maintenance.unlock() }
    let (index, file, length) = try register(name, offset, length)
    let start = unsafe memory?.baseAddress
    if let memory = unsafe memory {
      guard unsafe start != nil, memory.count >= length, UInt(bitPattern: start) % UInt(RVM.pageLength) == 0
      else {
        throw .invalidArgument(
          "cannot map segment '\(name)': the memory must be page-aligned and hold \(length) bytes")
      }
    }
    let isOnDemand = (mapping ?? .automatic(length)) == .onDemand
    let region = try unsafe Region(
      segment: name, segmentIndex: index, offset: offset, length: length, memory: start,
      mapping: isOnDemand ? try privateMapping(of: file, offset, length) : nil,
      owner: ObjectIdentifier(self))
    do { try claim(region) } catch {
      closeUnneededSegments()
      throw error
    }
    do {
      try flushSegment(region.segmentIndex)
      try checkUsableLocking()
      if hasUnappliedCommits(region.segmentIndex) { try truncateWhole() }
      try fill(region, from: file)
    } catch {
      release(region)
      closeUnneededSegments()
      throw error
    }
    return region
  }

  /// Nil where the file cannot be mapped. Nothing is read of it before the region is in order.
  private func privateMapping(
    of file: any StorageFile, _ offset: Int, _ length: Int
  ) throws(RVMError) -> (any PrivateMapping)? {
    do { return try file.mapPrivately(offset: offset, length: length) } catch {
      throw .storage(during: "mapping a segment", error)
    }
  }

  /// What was committed to the region's bytes before they were unmapped may still be spooled.
  ///
  /// The region is claimed already, so that nothing is added to that. A flush may wait for a truncation, so
  /// `maintenance` is let go meanwhile.
  private func flushSegment(_ segmentIndex: Int) throws(RVMError) {
    state.lock()
    let newest = lastCommitOfSegment.value[segmentIndex]
    let isDurable = newest <= commits.durable
    state.unlock()
    if isDurable { return }
    maintenance.unlock()
    defer { maintenance.lock() }
    state.lock()
    defer { state.unlock() }
    try flushLocked(upTo: newest)
  }

  /// The segment's index and file, and the region's length in it.
  ///
  /// A segment that the log does not name yet, or that has grown, is written to the status block first.
  private func register(
    _ name: String, _ offset: Int, _ length: Int?
  ) throws(RVMError) -> (index: Int, file: any StorageFile, length: Int) {
    try checkUsableLocking()
    try finishStatusInFlight()
    guard name != log.name else {
      throw .invalidArgument("cannot map '\(name)': it is the log")
    }
    if let index = segments.index(of: name) {
      let file = try segments.file(index, on: storage, isToBeChecked: true)
      let segmentLength = try size(of: file)
      let length = try checkBounds(name, segmentLength, offset, length)
      if segmentLength > segments.entries[index].length {
        let next = try writeStatus { $0.segments[index].length = segmentLength }
        try commitStatus(next)
        segments.setLength(index, segmentLength)
      }
      return (index, file, length)
    }
    let (file, segmentLength) = try SegmentTable.open(name, on: storage)
    do throws(RVMError) {
      if try LogHeader.isThere(file) { throw .segmentUnusable(segment: name, reason: "it is a log") }
      let length = try checkBounds(name, segmentLength, offset, length)
      let segment = StatusBlock.Segment(name: name, length: segmentLength)
      let index = try makeRoom(for: segment)
      let next = try writeStatus { $0.setSegment(segment, at: index) }
      try commitStatus(next)
      segments.add(segment, file, at: index)
      return (index, file, length)
    } catch {
      file.close()
      throw error
    }
  }

  /// A place in the table for another segment. Where it is full, those go that are not mapped, once all of the log is in the
  /// segments.
  private func makeRoom(for segment: StatusBlock.Segment) throws(RVMError) -> Int {
    for isRetried in [false, true] {
      var proposed = log.status
      let index = segments.freeIndex
      proposed.setSegment(segment, at: index)
      if proposed.usedLength <= shape.statusLength, proposed.segments.count <= Record.segmentsMax,
        segment.name.utf8.count <= StatusBlock.nameLengthMax
      {
        return index
      }
      if isRetried { break }
      try truncateWhole()
      let unneeded = unneededSegments()
      if unneeded.isEmpty { break }
      let next = try writeStatus { status in
        for index in unneeded { status.setSegment(.hole, at: index) }
      }
      try commitStatus(next)
      segments.forget(unneeded)
    }
    throw .segmentTableFull(log: log.name, segments: segments.entries.count { $0 != .hole })
  }

  /// The named segments that are not mapped, and of which the segments' files have all that was committed.
  func unneededSegments() -> [Int] {
    state.lock()
    defer { state.unlock() }
    return segments.entries.indices.filter { index in
      segments.entries[index] != .hole && !regions.contains { $0.segmentIndex == index }
        && (index >= lastCommitOfSegment.value.count || lastCommitOfSegment.value[index] <= applied)
    }
  }

  /// Closes the files that are not needed, so that descriptors do not run out. Under `maintenance`.
  func closeUnneededSegments() {
    for index in unneededSegments() where segments.isOpen(index) { segments.close(index) }
  }

  private func size(of file: any StorageFile) throws(RVMError) -> Int {
    do { return try file.size() } catch { throw .storage(during: "mapping a segment", error) }
  }

  /// The region's length, which is the rest of the segment where none is given.
  private func checkBounds(
    _ name: String, _ segmentLength: Int, _ offset: Int, _ length: Int?
  ) throws(RVMError) -> Int {
    let length = length ?? segmentLength - offset
    guard length > 0, length % RVM.pageLength == 0, offset <= segmentLength - length else {
      throw .invalidArgument(
        "cannot map \(length) bytes at byte \(offset) of segment '\(name)', which has \(segmentLength) bytes: "
          + "a region is whole pages of \(RVM.pageLength) bytes inside its segment")
    }
    return length
  }

  /// Takes the region's bytes in the segment and its place in memory, if no other region has them.
  private func claim(_ region: Region) throws(RVMError) {
    state.lock()
    defer { state.unlock() }
    try checkUsable()
    for other in regions {
      if other.overlaps(segmentIndex: region.segmentIndex, offset: region.offset, length: region.length)
        || other.overlapsInMemory(region)
      {
        throw .regionOverlaps(segment: region.segment, offset: region.offset, length: region.length)
      }
    }
    regions.append(region)
    while lastCommitOfSegment.value.count <= region.segmentIndex { lastCommitOfSegment.value.append(0) }
  }

  private func release(_ region: Region) {
    state.lock()
    region.end()
    regions.removeAll { $0 === region }
    state.unlock()
  }

  private func hasUnappliedCommits(_ segmentIndex: Int) -> Bool {
    state.lock()
    defer { state.unlock() }
    return lastCommitOfSegment.value[segmentIndex] > applied
  }

  private func fill(_ region: Region, from file: any StorageFile) throws(RVMError) {
    let count: Int
    do {
      if region.isMappedOnDemand {
        count = max(0, min(region.length, try file.size() - region.offset))
      } else {
        var memory = region.mutableSpan
        count = try file.read(into: &memory, at: region.offset)
      }
    } catch {
      throw .storage(during: "mapping a segment", error)
    }
    guard count == region.length else {
      throw .segmentUnusable(
        segment: region.segment, reason: "it ended at byte \(region.offset + count) while it was mapped")
    }
    state.lock()
    if isChecked {
      var shadow = ByteBuffer()
      shadow.append(region.span(0, region.length))
      region.shadow = consume shadow
    }
    if tracksPages { region.pages = PageTable(regionLength: region.length) }
    state.unlock()
  }

  func unmap(_ region: Region) throws(RVMError) {
    try checkProcess()
    maintenance.lock()
    defer { maintenance.unlock() }
    try forget(region)
    closeUnneededSegments()
  }

  private func forget(_ region: Region) throws(RVMError) {
    state.lock()
    defer { state.unlock() }
    if isTerminated { throw .terminated }
    guard region.isMapped, regions.contains(where: { $0 === region }) else {
      throw .regionNotMapped(segment: region.segment, offset: region.offset)
    }
    guard region.openTransactions == 0 else {
      throw .regionInUse(
        segment: region.segment, offset: region.offset, transactions: region.openTransactions)
    }
    if let pages = region.pages, !pages.isClean { dirtyPages.needEpoch(until: tail.position) }
    region.end()
    regions.removeAll { $0 === region }
  }
}
