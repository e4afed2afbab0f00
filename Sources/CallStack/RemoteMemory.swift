import CTracer

/// The memory of another process, read without stopping it.
struct RemoteMemory {
  /// A thread of it, as this process sees it.
  let thread: Int32

  /// Nil where not all of it is there.
  func bytes(at address: UInt, count: Int) -> [UInt8]? {
    var isWhole = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      isWhole = unsafe ctracer_read(thread, address, buffer.baseAddress, count) == 1
      initialized = isWhole ? count : 0
    }
    return isWhole ? bytes : nil
  }

  /// A number of 8 bytes, or a pointer.
  func word(at address: UInt) -> UInt? {
    bytes(at: address, count: 8).map { $0.reversed().reduce(0) { $0 << 8 | UInt($1) } }
  }

  func word32(at address: UInt) -> Int? {
    bytes(at: address, count: 4).map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
  }
}
