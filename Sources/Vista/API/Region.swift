internal import CProcessor
internal import PersistentMemory

/// A part of a segment that is mapped: what `Vista.map` returns.
///
/// Its bytes are the segment's own: what is stored is stored for good, on memory whose stores are permanent. The application
/// declares the bytes to a transaction before it writes them (`Transaction.setRange`).
///
/// Threading: the memory is the application's to share.
public final class Region: Sendable {
  /// The segment's name.
  public let segment: String
  /// Where the region begins in the segment, in bytes.
  public let offset: Int
  /// The region's length in bytes.
  public let length: Int

  let file: MappedSegment
  /// The engine that mapped it.
  let owner: ObjectIdentifier
  private let mapped = SharedFlag(true)

  /// Whether the region was not unmapped yet.
  var isMapped: Bool {
    @inline(__always) get { mapped.value }
    set { mapped.value = newValue }
  }

  init(_ file: MappedSegment, offset: Int, length: Int, owner: ObjectIdentifier) {
    self.file = file
    segment = file.name
    self.offset = offset
    self.length = length
    self.owner = owner
  }

  /// The mapped memory. Traps where the memory has no address: one of FaultFS has none.
  ///
  /// - Safety: valid while the region is referenced. Declare a range before you write to it; protected memory cannot be
  ///   written to here.
  public var bytes: UnsafeMutableRawBufferPointer {
    @unsafe get {
      guard let address = unsafe file.memory.address else {
        fatalError("the memory of segment '\(segment)' has no address: use load and store")
      }
      return unsafe UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(mutating: address) + offset, count: length)
    }
  }

  /// The value at `offset` bytes from the region's start, which must lie inside the region.
  public func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    check(offset, MemoryLayout<Value>.size)
    return file.memory.loadValue(type, at: self.offset + offset)
  }

  /// Copies bytes from `offset` of the region, which must lie inside it.
  public func load(into buffer: inout MutableRawSpan, at offset: Int) {
    check(offset, buffer.byteCount)
    file.memory.load(into: &buffer, at: self.offset + offset)
  }

  /// Has the processor fetch bytes that are about to be declared or read, while the caller goes on.
  ///
  /// It changes nothing else, and does nothing for what lies outside the region.
  public func prefetch(offset: Int, length: Int) {
    guard offset >= 0, length > 0, offset <= self.length - length, let address = unsafe file.memory.address
    else {
      return
    }
    for place in stride(from: offset, to: offset + length, by: cacheLineLength) {
      unsafe cprocessor_prefetch(address + self.offset + place)
    }
  }

  @inline(__always)
  private func check(_ offset: Int, _ length: Int) {
    if offset < 0 || offset > self.length - length {
      fatalError("\(length) bytes at \(offset) lie outside a region of \(self.length)")
    }
  }
}
