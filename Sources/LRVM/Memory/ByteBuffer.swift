import CXXHash
import Glibc
import Storage

/// Bytes on the heap that grow and are reused: records, sectors and old values live in these.
///
/// Growing keeps the capacity for the next use, so that a path that has run once allocates nothing.
/// Integers are stored little-endian, at any alignment.
@safe struct ByteBuffer: ~Copyable, @unchecked Sendable {
  private var memory: UnsafeMutableRawBufferPointer
  private(set) var count: Int
  /// Of the memory, in bytes, where more than the system's usual one is needed; else 0.
  private let alignment: Int

  /// An empty buffer; it allocates nothing before it is used.
  init(alignment: Int = 0) {
    unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    count = 0
    self.alignment = alignment
  }

  deinit {
    unsafe free(memory.baseAddress)
  }

  /// The bytes in use.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[..<count]))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes in use, to be written over.
  var mutableBytes: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableRawSpan(_unsafeBytes: .init(rebasing: memory[..<count]))
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  mutating func removeAll() { count = 0 }

  /// Takes the first `removed` bytes away.
  mutating func removeFirst(_ removed: Int) {
    checkRange(0, removed)
    guard removed > 0, let base = unsafe memory.baseAddress else { return }
    count -= removed
    unsafe memmove(base, base.advanced(by: removed), count)
  }

  /// Makes `count` exactly `newCount`; bytes that come in have no particular value.
  @inline(__always)
  mutating func resize(to newCount: Int) {
    if unsafe newCount > memory.count { grow(to: newCount) }
    count = newCount
  }

  /// Makes room, so that the buffer allocates nothing until it holds more than `capacity` bytes.
  mutating func reserve(_ capacity: Int) {
    if unsafe capacity > memory.count { grow(to: capacity) }
  }

  @inline(never)
  private mutating func grow(to capacity: Int) {
    var byteCount = unsafe max(capacity, 2 * memory.count, 512)
    var larger: UnsafeMutableRawPointer?
    // The system finds the pages of a direct write one by one: so few large ones for a large buffer.
    if alignment > 0 && byteCount >= HugePages.length / 2 { byteCount = max(byteCount, HugePages.length) }
    if alignment > 0 || byteCount >= HugePages.length {
      unsafe larger = HugePages.allocate(byteCount, alignment: max(alignment, MemoryLayout<Int>.alignment))
      if let old = unsafe memory.baseAddress, let new = unsafe larger {
        unsafe new.copyMemory(from: old, byteCount: count)
        unsafe free(old)
      }
    } else {
      unsafe larger = realloc(memory.baseAddress, byteCount)
    }
    invariant(unsafe larger != nil, "no memory for a buffer of \(byteCount) bytes")
    unsafe memory = UnsafeMutableRawBufferPointer(start: larger, count: byteCount)
  }

  /// Appends `length` bytes that the caller will fill in, and returns where they begin.
  @discardableResult
  @inline(__always)
  mutating func extend(by length: Int) -> Int {
    let start = count
    resize(to: count + length)
    return start
  }

  @inline(__always)
  mutating func append(_ bytes: RawSpan) { append(bytes.byteCount) { $0.append(bytes) } }

  /// Appends `length` bytes, which `body` writes one after the other.
  @inline(__always)
  mutating func append(_ length: Int, _ body: (inout ByteWriter) -> Void) {
    let start = extend(by: length)
    // A buffer that never held anything has no memory.
    guard length > 0, let base = unsafe memory.baseAddress else { return }
    var writer = unsafe ByteWriter(next: base.advanced(by: start), end: base.advanced(by: count))
    body(&writer)
    writer.checkDone()
  }

  mutating func append(_ other: borrowing ByteBuffer, _ range: Range<Int>) {
    append(other.bytes.extracting(range))
  }

  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    store(value, at: extend(by: MemoryLayout<Value>.size))
  }

  @inline(__always)
  mutating func replace(at offset: Int, with bytes: RawSpan) {
    checkRange(offset, bytes.byteCount)
    guard bytes.byteCount > 0 else { return }
    unsafe bytes.withUnsafeBytes { source in
      unsafe memory.baseAddress.unsafelyUnwrapped.advanced(by: offset)
        .copyMemory(from: source.baseAddress.unsafelyUnwrapped, byteCount: source.count)
    }
  }

  mutating func replace(at offset: Int, with other: borrowing ByteBuffer, _ range: Range<Int>) {
    replace(at: offset, with: other.bytes.extracting(range))
  }

  mutating func fill(_ range: Range<Int>, with byte: UInt8) {
    checkRange(range.lowerBound, range.count)
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range]).initializeMemory(
      as: UInt8.self, repeating: byte)
  }

  @inline(__always)
  mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
    checkRange(offset, MemoryLayout<Value>.size)
    unsafe memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
  }

  @inline(__always)
  func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    checkRange(offset, MemoryLayout<Value>.size)
    return unsafe Value(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Writes the bytes in `range` to a file.
  func write(_ range: Range<Int>, to file: any StorageFile, at offset: Int) throws(StorageError) {
    try file.write(bytes.extracting(range), at: offset)
  }

  /// Writes parts of the bytes to their places in a file.
  func write(_ placements: [Placement], to file: any StorageFile) throws(StorageError) {
    try file.write(placements.span, of: bytes)
  }

  /// Writes the bytes in `range` to a file, and returns once they are durable there.
  func writeDurably(_ range: Range<Int>, to file: any StorageFile, at offset: Int) throws(StorageError) {
    try file.writeDurably(bytes.extracting(range), at: offset)
  }

  /// Reads up to `count` bytes of a file, all of the buffer's content from then on; how many there were.
  @discardableResult
  mutating func read(_ count: Int, from file: any StorageFile, at offset: Int) throws(StorageError) -> Int {
    resize(to: count)
    var bytes = mutableBytes
    let found = try file.read(into: &bytes, at: offset)
    resize(to: found)
    return found
  }

  /// XXH3 (64 bits) of the bytes in `range`.
  func checksum(of range: Range<Int>, seed: UInt64) -> UInt64 {
    checkRange(range.lowerBound, range.count)
    return unsafe cxxhash_xxh3_64(
      memory.baseAddress.unsafelyUnwrapped.advanced(by: range.lowerBound), range.count, seed)
  }

  /// Whether the bytes in `range` are those of `other`.
  func isEqual(in range: Range<Int>, to other: RawSpan) -> Bool {
    checkRange(range.lowerBound, range.count)
    if range.isEmpty { return true }
    let start = unsafe memory.baseAddress.unsafelyUnwrapped.advanced(by: range.lowerBound)
    return unsafe other.withUnsafeBytes { bytes in
      unsafe memcmp(bytes.baseAddress.unsafelyUnwrapped, start, range.count) == 0
    }
  }

  /// Whether every byte in `range` is zero.
  func isZero(in range: Range<Int>) -> Bool {
    checkRange(range.lowerBound, range.count)
    return unsafe memory[range].allSatisfy { $0 == 0 }
  }

  @inline(__always)
  private func checkRange(_ offset: Int, _ length: Int) {
    invariant(
      offset >= 0 && length >= 0 && offset <= count - length,
      "bytes \(offset)..<\(offset + length) lie outside a buffer of \(count)")
  }
}

/// Writes bytes one after the other to the place that `ByteBuffer.append` has made for them.
@safe struct ByteWriter: ~Copyable {
  private var next: UnsafeMutableRawPointer
  private let end: UnsafeMutableRawPointer

  fileprivate init(next: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
    unsafe (self.next, self.end) = (next, end)
  }

  /// Little-endian.
  @inline(__always)
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    unsafe take(MemoryLayout<Value>.size).storeBytes(of: value.littleEndian, as: Value.self)
  }

  @inline(__always)
  mutating func append(_ bytes: RawSpan) {
    let place = unsafe take(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe place.copyMemory(from: start, byteCount: source.count)
    }
  }

  /// Leaves bytes as they are, to be written later.
  @inline(__always)
  mutating func skip(_ count: Int) { unsafe _ = take(count) }

  @unsafe @inline(__always)
  private mutating func take(_ count: Int) -> UnsafeMutableRawPointer {
    let place = unsafe next
    invariant(unsafe count <= end - next, "\(count) bytes do not fit where \(unsafe end - next) are left")
    unsafe next = next.advanced(by: count)
    return unsafe place
  }

  @inline(__always)
  fileprivate func checkDone() {
    invariant(unsafe next == end, "\(unsafe end - next) bytes were not written")
  }
}
