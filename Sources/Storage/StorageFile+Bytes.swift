extension StorageFile {
  /// Reads up to `count` bytes from byte `offset`; fewer only where the file ends.
  public func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    precondition(count >= 0, "cannot read \(count) bytes of '\(name)'")
    var bytes = [UInt8](repeating: 0, count: count)
    var elements = bytes.mutableSpan
    var buffer = unsafe elements.mutableBytes
    let readCount = try read(into: &buffer, at: offset)
    bytes.removeLast(count - readCount)
    return bytes
  }

  /// Writes all of `bytes` at byte `offset`; the file grows where it must, and a gap reads as zeros.
  public func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    try unsafe write(bytes.span.bytes, at: offset)
  }
}
