import Storage

/// Copying what is committed while the store is in use.
extension Engine {
  /// The segments' files change by truncation only, and none runs while `maintenance` is held: once all that is durable is
  /// applied to them they hold one state, however long it takes to copy them.
  func backUp(to target: any Storage) throws(RVMError) {
    try flush()
    maintenance.lock()
    defer { maintenance.unlock() }
    try truncateWhole()
    for (index, segment) in segments.entries.enumerated() where segment != .hole {
      let file = try segments.file(index, on: storage, isToBeChecked: true)
      try copy(file, segment, to: target)
    }
    closeUnneededSegments()
    // Last: without a log, an unfinished copy is none.
    try LogFile.create(log.name, shape, on: target)
  }

  private func copy(
    _ file: any StorageFile, _ segment: StatusBlock.Segment, to target: any Storage
  ) throws(RVMError) {
    try NewFile.create(segment.name, on: target, during: "copying a segment") { (copy) throws(StorageError) in
      var buffer = ByteBuffer()
      let length = try file.size()
      try copy.allocate(length)
      var offset = 0
      while offset < length {
        let count = try buffer.read(min(1 << 20, length - offset), from: file, at: offset)
        if count == 0 { break }
        try buffer.write(0..<count, to: copy, at: offset)
        offset += count
      }
    }
  }
}
