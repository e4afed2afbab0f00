/// Bytes that only ever grow at the end: the contents of all sector versions of one timeline.
///
/// A constant that points to what changes, as a `Column` is, and for the same reason.
@safe
struct ByteArena: ~Copyable {
  @safe
  private struct Header {
    var base: UnsafeMutableRawPointer
    var capacity = 0
    var count = 0
  }

  private let header: UnsafeMutablePointer<Header>

  init() {
    unsafe header = UnsafeMutablePointer<Header>.allocate(capacity: 1)
    unsafe header.initialize(to: Header(base: UnsafeMutableRawPointer.allocate(byteCount: 0, alignment: 16)))
  }

  deinit {
    unsafe header.pointee.base.deallocate()
    unsafe header.deallocate()
  }

  var count: Int { unsafe header.pointee.count }

  /// Appends a copy of `bytes`.
  ///
  /// - Returns: the offset of the copy, by which `bytes(at:count:)` finds it.
  @unsafe
  func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    let offset = count
    if unsafe offset + bytes.count > header.pointee.capacity { grow(to: offset + bytes.count) }
    unsafe UnsafeMutableRawBufferPointer(start: header.pointee.base + offset, count: bytes.count)
      .copyMemory(from: bytes)
    unsafe header.pointee.count = offset + bytes.count
    return offset
  }

  /// The `length` bytes at `offset`, valid until the arena next grows.
  @unsafe
  func bytes(at offset: Int, count length: Int) -> UnsafeRawBufferPointer {
    if offset < 0 || length < 0 || offset > count - length {
      fatalError("bytes \(offset)..<\(offset + length) of an arena of \(count) bytes")
    }
    return unsafe UnsafeRawBufferPointer(start: header.pointee.base + offset, count: length)
  }

  /// The same bytes, to be changed.
  @unsafe
  func mutableBytes(at offset: Int, count length: Int) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(mutating: bytes(at: offset, count: length))
  }

  /// Empties the arena and keeps its memory.
  func removeAll() {
    unsafe header.pointee.count = 0
  }

  private func grow(to needed: Int) {
    let newCapacity = unsafe max(needed, header.pointee.capacity * 2, 4096)
    let newBase = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    unsafe newBase.copyMemory(from: header.pointee.base, byteCount: count)
    unsafe header.pointee.base.deallocate()
    unsafe header.pointee.base = newBase
    unsafe header.pointee.capacity = newCapacity
  }
}
