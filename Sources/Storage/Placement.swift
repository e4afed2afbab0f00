/// Where a part of a buffer goes in a file.
public struct Placement: BitwiseCopyable, Hashable, Sendable {
  /// In the file, in bytes.
  public var offset: Int
  /// In the buffer, in bytes.
  public var start: Int
  /// In bytes, not 0.
  public var length: Int

  public init(offset: Int, start: Int, length: Int) {
    self.offset = offset
    self.start = start
    self.length = length
  }

  /// In the file, in bytes.
  public var end: Int { offset + length }

  /// Where the part lies in the buffer, in bytes.
  @inlinable package var source: Range<Int> { start..<start + length }
}

extension StorageFile {
  public func write(_ placements: Span<Placement>, of bytes: RawSpan) throws(StorageError) {
    try writeStretches(placements, of: bytes)
  }

  /// Writes each placement by a call of `write`; what a file does that has no faster way.
  package func writeStretches(_ placements: Span<Placement>, of bytes: RawSpan) throws(StorageError) {
    if placements.isEmpty { try write(bytes.extracting(0..<0), at: 0) }
    var start = 0
    while start < placements.count {
      let end = placements.stretchEnd(from: start)
      let first = placements[start]
      if end == start + 1 {
        try write(bytes.extracting(first.source), at: first.offset)
      } else {
        try writeStretch(placements.extracting(start..<end), of: bytes)
      }
      start = end
    }
  }

  /// Writes placements that lie side by side, as one call.
  private func writeStretch(_ placements: Span<Placement>, of bytes: RawSpan) throws(StorageError) {
    try unsafe bytes.withUnsafeBytes { (bytes) throws(StorageError) in
      var parts: [UnsafeRawBufferPointer] = unsafe []
      for index in placements.indices {
        unsafe parts.append(UnsafeRawBufferPointer(rebasing: bytes[placements[index].source]))
      }
      try unsafe write(gathering: parts, at: placements[0].offset)
    }
  }
}

extension Span<Placement> {
  /// The end of the stretch that begins with the placement at `start`: those that follow it side by side in the file.
  ///
  /// Traps where they are not in ascending order and disjoint.
  package func stretchEnd(from start: Int) -> Int {
    var end = start + 1
    while end < count, self[end].offset == self[end - 1].end { end += 1 }
    if end < count, self[end].offset < self[end - 1].end {
      fatalError("the placement at \(self[end].offset) follows one that ends at \(self[end - 1].end)")
    }
    return end
  }
}
