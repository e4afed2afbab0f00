internal import SystemPackage

/// Whole transfers out of system calls that may be interrupted or move fewer bytes than asked.
///
/// The kernel may return early for a signal, for a file that reached a limit half way, and past 2 GiB in one call.
/// A short write is therefore continued: either the rest goes in, or the call that carries the rest
/// says what is wrong.
extension Descriptor {
  /// How many bytes were read: fewer than the buffer holds only at the file's end.
  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(Errno) -> Int {
    var done = 0
    while done < buffer.byteCount {
      let count: Int
      do {
        var rest = buffer._mutatingExtracting(done..<buffer.byteCount)
        count = callOnce { $0.read($1, &rest, offset + done) }
      }
      if count == 0 { break }
      if count > 0 { done += count } else { try Self.throwUnlessInterrupted(count) }
    }
    return done
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(Errno) {
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done..<bytes.byteCount)
      done += try Self.progress(callOnce { $0.write($1, rest, offset + done) })
    }
  }

  /// - Safety: the parts must stay valid until the call returns.
  @unsafe func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(Errno) {
    var rest = unsafe GatheredParts(parts)
    var done = 0
    while unsafe !rest.isEmpty {
      let batch = unsafe rest.batch(SystemCalls.partsMax)
      let count = try Self.progress(callOnce { unsafe $0.writeGathering($1, batch, offset + done) })
      unsafe rest.drop(count)
      done += count
    }
  }

  /// Grows the file to `size` bytes, all of them reserved.
  ///
  /// A file system without fallocate gets zeros written from the file's end on: these blocks are reserved then, holes
  /// below the end are not, and a write beyond the end by another thread at the same time may be overwritten.
  func allocate(_ size: Int) throws(Errno) {
    if size == 0 { return }
    do {
      _ = try call { $0.allocate($1, size) }
    } catch .notSupported {
      try writeZeros(to: size)
    }
  }

  private func writeZeros(to size: Int) throws(Errno) {
    let zeros = [UInt8](repeating: 0, count: 65_536)
    var end = try call { $0.size($1) }
    while end < size {
      let count = min(zeros.count, size - end)
      try unsafe write(zeros.span.bytes.extracting(0..<count), at: end)
      end += count
    }
  }

  /// The bytes that a write moved; none where it was interrupted before the first.
  private static func progress(_ result: Int) throws(Errno) -> Int {
    // No file does this; a device that takes nothing and says nothing must not be asked for ever.
    if result == 0 { throw .ioError }
    if result < 0 { try throwUnlessInterrupted(result) }
    return max(result, 0)
  }

  private static func throwUnlessInterrupted(_ result: Int) throws(Errno) {
    let errno = Errno(rawValue: CInt(-result))
    if errno != .interrupted { throw errno }
  }
}
