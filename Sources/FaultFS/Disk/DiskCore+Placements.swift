internal import Storage

/// Writing many parts in one call, each stretch of them as an operation of its own.
extension DiskCore {
  func write(
    _ placements: Span<Placement>, of bytes: RawSpan, to file: Int32, name: Int32
  ) throws(StorageError) {
    let end = placements[placements.count - 1].end
    let isPlain =
      !keepsVersions && images.courseTrace == nil && !images.isWatched(file) && end <= images.size(file)
    var start = 0
    while start < placements.count {
      let end = placements.stretchEnd(from: start)
      let stretch = placements.extracting(start..<end)
      if isPlain {
        overwrite(stretch, of: bytes, file, name)
      } else {
        try write(stretch: stretch, of: bytes, to: file, name: name)
      }
      start = end
    }
  }

  private func write(
    stretch: Span<Placement>, of bytes: RawSpan, to file: Int32, name: Int32
  ) throws(StorageError) {
    let offset = stretch[0].offset
    try unsafe write(file, name: name, at: offset, length: stretch[stretch.count - 1].end - offset) {
      target in
      for index in stretch.indices {
        let part = stretch[index]
        unsafe bytes.extracting(part.source).withUnsafeBytes { source in
          unsafe UnsafeMutableRawBufferPointer(rebasing: target[(part.offset - offset)...]).copyMemory(
            from: source)
        }
      }
    }
  }

  /// Writes over bytes that the file has, nothing of them unsettled, and keeps no versions.
  private func overwrite(_ stretch: Span<Placement>, of bytes: RawSpan, _ file: Int32, _ name: Int32) {
    let range = stretch[0].offset..<stretch[stretch.count - 1].end
    images.reserve(file, range.upperBound)
    let sectors = range.lowerBound / sectorLength...(range.upperBound - 1) / sectorLength
    for sector in sectors { _ = touchSector(file, Int32(sector), name: name) }
    images.noteChange(file, range)
    for index in stretch.indices {
      let part = stretch[index]
      unsafe bytes.extracting(part.source).withUnsafeBytes { source in
        unsafe images.bytes(file, at: part.offset, count: part.length).copyMemory(from: source)
      }
    }
    record(
      .write, file: file, name: name, offset: range.lowerBound, length: range.count,
      firstVersion: versions.count, isForced: forcesUnitAccess(name))
  }
}
