/// Bytes that only ever grow at the end: the contents of all sector versions of one timeline.
@safe
struct ByteArena: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 0
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: 0, alignment: 16)
  }

  deinit {
    unsafe base.deallocate()
  }

  /// Appends a copy of `bytes`.
  ///
  /// - Returns: the offset of the copy, by which `bytes(at:count:)` finds it.
  @unsafe
  mutating func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    if count + bytes.count > capacity { grow(to: count + bytes.count) }
    let offset = count
    unsafe UnsafeMutableRawBufferPointer(start: base + offset, count: bytes.count).copyMemory(from: bytes)
    count += bytes.count
    return offset
  }

  /// The `length` bytes at `offset`, valid until the arena next grows.
  @unsafe
  func bytes(at offset: Int, count length: Int) -> UnsafeRawBufferPointer {
    if offset < 0 || length < 0 || offset > count - length {
      fatalError("bytes \(offset)..<\(offset + length) of an arena of \(count) bytes")
    }
    return unsafe UnsafeRawBufferPointer(start: base + offset, count: length)
  }

  /// Empties the arena and keeps its memory.
  mutating func removeAll() {
    count = 0
  }

  private mutating func grow(to needed: Int) {
    let newCapacity = max(needed, capacity * 2, 4096)
    let newBase = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    unsafe newBase.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
  }
}
