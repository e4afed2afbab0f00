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
      try checkUsable()
      if hasUnapplied(region.segmentIndex, lock()) { try truncateWhole() }
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
    guard let newest = newestToFlush(of: segmentIndex, lock()) else { return }
    maintenance.unlock()
    defer { maintenance.lock() }
    var held = lock()
    try flush(upTo: newest, &held)
  }

  /// Takes the region's bytes in the segment and its place in memory, if no other region has them.
  private func claim(_ region: Region) throws(RVMError) {
    var held = lock()
    try held.value.checkUsable()
    for other in held.value.regions.mapped {
      if other.overlaps(segmentIndex: region.segmentIndex, offset: region.offset, length: region.length)
        || other.overlapsInMemory(region)
      {
        throw .regionOverlaps(segment: region.segment, offset: region.offset, length: region.length)
      }
    }
    held.value.regions.append(region)
  }

  private func release(_ region: Region) {
    var held = lock()
    held.value.regions.remove(region)
  }

  /// The newest commit that changed a segment; nil where it is durable.
  private func newestToFlush(of segment: Int, _ held: borrowing Held<EngineState>) -> UInt64? {
    let newest = lanes.newestCommit(of: segment)
    return newest <= held.value.commits.durable ? nil : newest
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
    var held = lock()
    if isChecked {
      var shadow = ByteBuffer()
      shadow.append(region.span(0, region.length))
      held.value.regions[region].shadow = consume shadow
    }
    if tracksPages { held.value.regions[region].pages = PageTable(regionLength: region.length) }
  }

  func unmap(_ region: Region) throws(RVMError) {
    try checkProcess()
    maintenance.lock()
    defer { maintenance.unlock() }
    try forget(region)
    closeUnneededSegments()
  }

  private func forget(_ region: Region) throws(RVMError) {
    var held = lock()
    if held.value.isTerminated { throw .terminated }
    guard held.value.regions.contains(region) else {
      throw .regionNotMapped(segment: region.segment, offset: region.offset)
    }
    let openTransactions = end(of: region, &held)
    guard openTransactions == 0 else {
      throw .regionInUse(segment: region.segment, offset: region.offset, transactions: openTransactions)
    }
  }

  /// Ends a region's mapping, unless transactions are open that declared a range in it: how many there are.
  private func end(of region: Region, _ held: inout Held<EngineState>) -> Int {
    var openTransactions = 0
    lanes.holdAll { _, lane in
      openTransactions += lane.openTransactions(in: region)
    } last: {
      guard openTransactions == 0 else { return }
      if held.value.regions[region].pages?.isClean == false {
        held.value.dirtyPages.needEpoch(until: held.value.tail.position)
      }
      held.value.regions.remove(region)
    }
    return openTransactions
  }
}
