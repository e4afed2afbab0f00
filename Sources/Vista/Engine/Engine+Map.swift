internal import PersistentMemory
internal import Storage
internal import Synchronization

extension Engine {
  func map(_ name: String, _ offset: Int, _ length: Int?) throws(VistaError) -> Region {
    guard offset >= 0, offset % Vista.pageLength == 0, (length ?? 1) > 0,
      (length ?? Vista.pageLength) % Vista.pageLength == 0
    else {
      throw .invalidArgument(
        "cannot map segment '\(name)': a region begins and ends on multiples of \(Vista.pageLength) bytes, not at "
          + "\(offset) with a length of \(length.map(String.init) ?? "all")")
    }
    guard name.utf8.count <= SegmentEntry.nameLengthMax else {
      throw .invalidArgument(
        "cannot map segment '\(name)': a log names segments in at most \(SegmentEntry.nameLengthMax) bytes")
    }
    if !isRunning.value { throw stopped }
    return try state.withLock { (state) throws(VistaError) in
      let file: MappedSegment
      let known = state.segments.first { $0?.name == name } ?? nil
      if let known { file = known } else { file = try open(name, &state) }
      do throws(VistaError) {
        let region = try region(of: file, offset, length, state.regions)
        state.regions.append(region)
        return region
      } catch {
        if known == nil { try close(file, &state) }
        throw error
      }
    }
  }

  private func region(
    of file: MappedSegment, _ offset: Int, _ length: Int?, _ regions: [Region]
  ) throws(VistaError) -> Region {
    let length = length ?? file.memory.length - offset
    guard length > 0, offset <= file.memory.length - length else {
      throw .invalidArgument(
        "cannot map \(length) bytes at byte \(offset) of segment '\(file.name)', which has \(file.memory.length)"
      )
    }
    for other in regions
    where other.file === file && offset < other.offset + other.length && other.offset < offset + length {
      throw .regionOverlaps(segment: file.name, offset: offset, length: length)
    }
    return Region(file, offset: offset, length: length, owner: ObjectIdentifier(self))
  }

  /// Maps a segment's file, and enters it into the log's table, so that recovery finds it.
  private func open(_ name: String, _ state: inout State) throws(VistaError) -> MappedSegment {
    guard let number = state.segments.firstIndex(where: { $0 == nil }) else {
      throw .segmentTableFull(log: logName, segmentsMax: LogLayout.segmentCount)
    }
    let memory = try Self.mapSegment(name, on: storage)
    guard memory.length % Vista.pageLength == 0 else {
      memory.close()
      throw .segmentUnusable(
        segment: name, reason: "it has \(memory.length) bytes, which is not a multiple of \(Vista.pageLength)"
      )
    }
    let segment = MappedSegment(
      name, number: number, AddressedMemory(memory), isChecked: options.isChecked)
    let entry = SegmentEntry.offset(number)
    do throws(StorageError) {
      log.store(UInt64(name.utf8.count), at: entry + SegmentEntry.countOffset)
      let text = Array(name.utf8)
      unsafe log.copy(text.span.bytes, to: entry + SegmentEntry.nameOffset)
      try log.persist(entry, LogLayout.segmentEntryLength)
      log.store(UInt64(memory.length), at: entry + SegmentEntry.lengthOffset)
      try log.persist(entry, 8)
    } catch {
      memory.close()
      throw .storage(during: "mapping segment '\(name)'", error)
    }
    if memory.needsFlush { mustFlush.value = true }
    state.segments[number] = segment
    return segment
  }

  /// Maps a segment's file, all of which can be read.
  static func mapSegment(
    _ name: String, on storage: any PersistentStorage
  ) throws(VistaError) -> any PersistentMemory {
    let memory: any PersistentMemory
    do throws(StorageError) {
      memory = try storage.map(name)
    } catch {
      throw .segmentUnusable(segment: name, reason: "\(error)")
    }
    do throws(StorageError) {
      try memory.checkReadable(0, length: memory.length)
    } catch {
      memory.close()
      throw .segmentUnusable(segment: name, reason: "\(error); restore it from a backup")
    }
    return memory
  }

  func unmap(_ region: Region) throws(VistaError) {
    try state.withLock { (state) throws(VistaError) in
      guard let place = state.regions.firstIndex(where: { $0 === region }) else {
        throw .regionNotMapped(segment: region.segment, offset: region.offset)
      }
      let open = slotBits.open
      for number in 0..<LogLayout.slotCount
      where open >> UInt64(number) & 1 == 1 && slots[number].segments >> UInt64(region.file.number) & 1 == 1 {
        throw .regionInUse(segment: region.segment, offset: region.offset)
      }
      state.regions.remove(at: place)
      region.isMapped = false
      if !state.regions.contains(where: { $0.file === region.file }) { try close(region.file, &state) }
    }
  }

  /// No region of the segment is left.
  private func close(_ segment: MappedSegment, _ state: inout State) throws(VistaError) {
    state.segments[segment.number] = nil
    defer { segment.memory.memory.close() }
    // Recovery needs the entry for the slots that are still open in the log.
    if state.poison != nil { return }
    let entry = SegmentEntry.offset(segment.number)
    log.store(0, at: entry + SegmentEntry.lengthOffset)
    do { try log.persist(entry, 8) } catch {
      throw .storage(during: "unmapping segment '\(segment.name)'", error)
    }
  }
}
