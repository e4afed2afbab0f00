import Storage

/// The segments that the log names, and their files.
extension Engine {
  /// The segment's index and file, and the region's length in it.
  ///
  /// A segment that the log does not name yet, or that has grown, is written to the status block first.
  func register(
    _ name: String, _ offset: Int, _ length: Int?
  ) throws(RVMError) -> (index: Int, file: any StorageFile, length: Int) {
    try checkUsable()
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
      try keepName(of: name)
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
    let held = lock()
    return segments.entries.indices.filter { segments.entries[$0] != .hole && !needs($0, held) }
  }

  /// Whether a segment is mapped, or its file lacks something that was committed.
  private func needs(_ segment: Int, _ held: borrowing Held<EngineState>) -> Bool {
    held.examine { $0.regions.mapped.contains { $0.segmentIndex == segment } } || hasUnapplied(segment, held)
  }

  /// Whether the file of a segment lacks something that was committed.
  func hasUnapplied(_ segment: Int, _ held: borrowing Held<EngineState>) -> Bool {
    let newest = lanes.newestCommit(of: segment)
    return held.examine { newest > $0.applied }
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
}
