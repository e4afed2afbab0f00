import CProcessor
import Glibc
import Storage
import Synchronization

/// A part of a segment that is mapped into memory: what `RVM.map` returns.
///
/// The application reads and writes the memory directly; before it writes, it declares the bytes to a transaction
/// (`Transaction.setRange`). Memory that the RVM allocated is freed when the region is unmapped and the last
/// reference to it has gone. A region that was unmapped shows nothing any more: reading it traps.
///
/// Threading: the memory is the application's to share; the RVM reads a declared range when its transaction commits.
@safe public final class Region: @unchecked Sendable {
  /// The segment's name.
  public let segment: String
  /// Where the region begins in the segment, in bytes.
  public let offset: Int
  /// The region's length in bytes.
  public let length: Int

  let segmentIndex: Int
  let base: UnsafeMutableRawPointer
  private let ownsMemory: Bool
  /// What the memory belongs to, where it shows a file.
  private let mapping: (any PrivateMapping)?
  /// Whether the memory shows the segment's file where it was never written to, rather than a copy.
  public var isMappedOnDemand: Bool { mapping != nil }

  /// How much of it may be read: its length, and nothing once it is unmapped. So one comparison refuses both what lies outside and
  /// what is gone.
  private let readableLength: Atomic<Int>

  private let mapped = Atomic(true)
  /// Whether transactions may declare ranges in it. Changed with the engine's `state` and all lanes held: so who has either finds it
  /// as it stays until that is let go.
  var isMapped: Bool {
    get { mapped.load(ordering: .relaxed) }
    set { mapped.store(newValue, ordering: .relaxed) }
  }

  /// The engine that mapped it.
  let owner: ObjectIdentifier
  /// Reached through the engine's `RegionTable`.
  let books = Cell(RegionBooks())

  init(
    segment: String, segmentIndex: Int, offset: Int, length: Int, memory: UnsafeMutableRawPointer?,
    mapping: (any PrivateMapping)? = nil, owner: ObjectIdentifier
  ) throws(RVMError) {
    // Memory of its own: ranges at random in a large region otherwise cost more in address translation than in copying.
    let start =
      unsafe memory ?? mapping?.bytes.baseAddress ?? HugePages.allocate(length, alignment: RVM.pageLength)
    guard let start = unsafe start else { throw .noMemory(segment: segment, bytes: length) }
    self.owner = owner
    self.mapping = mapping
    self.segment = segment
    self.segmentIndex = segmentIndex
    self.offset = offset
    self.length = length
    readableLength = Atomic(length)
    ownsMemory = unsafe memory == nil && mapping == nil
    unsafe base = start
  }

  deinit {
    if ownsMemory { unsafe free(base) }
  }

  /// The mapped memory.
  ///
  /// - Safety: valid until the region is unmapped and released. Declare a range before you write to it.
  public var bytes: UnsafeMutableRawBufferPointer {
    @unsafe get {
      checkRead(length, at: 0)
      return unsafe UnsafeMutableRawBufferPointer(start: base, count: length)
    }
  }

  /// Calls `body` with the mapped memory for reading; the region must stay mapped until it returns.
  public func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    checkRead(length, at: 0)
    return try body(span(0, length))
  }

  /// The value at `offset` bytes from the region's start, which must lie inside the region.
  public func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    checkRead(MemoryLayout<Value>.size, at: offset)
    noteRead(offset, MemoryLayout<Value>.size)
    return unsafe base.loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// Stops the program where these bytes cannot be read: they lie outside the region, or it was unmapped.
  @inline(__always)
  private func checkRead(_ count: Int, at offset: Int) {
    let readable = readableLength.load(ordering: .relaxed)
    if offset < 0 || offset > readable - count { refuseRead(count, at: offset) }
  }

  @inline(never)
  private func refuseRead(_ count: Int, at place: Int) -> Never {
    let reason =
      readableLength.load(ordering: .relaxed) == length ? "outside it" : "of a region that was unmapped"
    fatalError(
      "\(count) bytes at \(place) of the region at byte \(offset) of segment '\(segment)', which has \(length) bytes, were "
        + "read: they lie \(reason)")
  }

  /// It was unmapped, so nobody may read it any more.
  func end() { readableLength.store(0, ordering: .relaxed) }

  func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
    noteWrite(offset, MemoryLayout<Value>.size)
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }

  /// Lets ThreadSanitizer see that bytes are read or written, in a debug build.
  @inline(__always)
  private func noteRead(_ offset: Int, _ count: Int) {
    #if DEBUG
      unsafe cprocessor_note_read(base + offset, count)
    #endif
  }

  @inline(__always)
  private func noteWrite(_ offset: Int, _ count: Int) {
    #if DEBUG
      unsafe cprocessor_note_write(base + offset, count)
    #endif
  }

  /// A copy of `count` bytes from `offset` on, which must lie inside the region.
  public func read(_ count: Int, at offset: Int) -> [UInt8] {
    invariant(count >= 0, "\(count) bytes were read at \(offset) of a region of \(length)")
    checkRead(count, at: offset)
    noteRead(offset, count)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { copy, filled in
      if let start = copy.baseAddress, count > 0 { unsafe memcpy(start, base + offset, count) }
      filled = count
    }
  }

  /// The text in `count` bytes from `offset` on, which must lie inside the region; nil where they are not UTF-8.
  public func readString(_ count: Int, at offset: Int) -> String? {
    String(validating: read(count, at: offset), as: UTF8.self)
  }

  /// Has the processor fetch bytes that are about to be declared or read, while the caller goes on.
  ///
  /// A transaction that knows its places at its beginning then waits for memory once, not for each of them. It changes
  /// nothing else, and does nothing for what lies outside the region.
  /// - Parameters:
  ///   - offset: from the start of the region, in bytes.
  ///   - length: in bytes.
  public func prefetch(offset: Int, length: Int) {
    guard offset >= 0, length > 0, offset <= readableLength.load(ordering: .relaxed) - length else { return }
    let cacheLineLength = 64
    for place in stride(from: offset, to: offset + length, by: cacheLineLength) {
      unsafe cprocessor_prefetch(base.advanced(by: place))
    }
  }

  @_lifetime(borrow self)
  func span(_ start: Int, _ count: Int) -> RawSpan {
    let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base).advanced(by: start), byteCount: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// The whole region, to be filled when it is mapped.
  var mutableSpan: MutableRawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: length)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  func replace(at start: Int, with bytes: RawSpan) {
    guard bytes.byteCount > 0 else { return }
    noteWrite(start, bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      unsafe _ = memmove(base + start, source.baseAddress.unsafelyUnwrapped, source.count)
    }
  }

  func replace(at start: Int, with buffer: borrowing ByteBuffer, _ range: Range<Int>) {
    replace(at: start, with: buffer.bytes.extracting(range))
  }

  func overlaps(segmentIndex: Int, offset: Int, length: Int) -> Bool {
    segmentIndex == self.segmentIndex && offset < self.offset + self.length && self.offset < offset + length
  }

  func overlapsInMemory(_ other: Region) -> Bool {
    let start = unsafe UInt(bitPattern: base)
    let otherStart = unsafe UInt(bitPattern: other.base)
    return start < otherStart + UInt(other.length) && otherStart < start + UInt(length)
  }

  func contains(_ range: Record.Range) -> Bool {
    range.segment == segmentIndex && range.offset >= offset && range.end <= offset + length
  }
}
