public import Storage

/// Memory that survives: the bytes of a file, mapped, to which a program stores.
///
/// When a store is permanent depends on the memory, and there are three kinds.
///
/// - *Stores are permanent when they are made* (`needsFlush` is false): memory with a battery (Rio), processors whose
///   caches are flushed when power fails (eADR), and, for a process that dies, any memory that the system keeps. Stores
///   survive in the order in which they were made.
/// - *Lines are permanent once they were flushed*: a cache line of 64 bytes may reach memory at any time, and has surely
///   reached it after `flush` and then `fence`. Within one line stores survive in order; between lines there is none.
/// - *Pages are permanent once they were written to the disk*: as lines; the fence is what takes time.
///
/// A program that calls `flush` and `fence` where lines need them is right on all three.
///
/// The real memory (`MappedMemory`) and the memory that can lie (FaultFS) both conform, and both pass one suite
/// (`PersistentMemoryConformance`). Places outside the memory, and stores that are not aligned, trap.
///
/// Threading: loads and stores are the processor's own, from any thread. A fence covers the flushes of the thread that
/// calls it.
public protocol PersistentMemory: AnyObject, Sendable {
  /// The file's name; errors name it.
  var name: String { get }
  /// In bytes.
  var length: Int { get }

  /// Whether a store needs a flush and a fence to be permanent.
  var needsFlush: Bool { get }

  /// Where the memory may be read directly; nil where each load has to be seen.
  ///
  /// - Safety: valid while the memory is referenced.
  @unsafe var loadableBytes: UnsafeRawPointer? { get }

  /// Where the memory may be written to directly; nil where each store has to be seen, or the memory is protected.
  ///
  /// - Safety: valid while the memory is referenced.
  @unsafe var storableBytes: UnsafeMutableRawPointer? { get }

  /// Loads a number of 1, 2, 4 or 8 bytes, in the machine's byte order, aligned to its length.
  func load(byteCount: Int, at offset: Int) -> UInt64

  /// Loads bytes from any place.
  func load(into buffer: inout MutableRawSpan, at offset: Int)

  /// Stores a number of 1, 2, 4 or 8 bytes, in the machine's byte order, aligned to its length: it survives wholly
  /// or not at all.
  func store(_ value: UInt64, byteCount: Int, at offset: Int)

  /// Stores bytes at any place, in ascending order, as stores of at most 8 bytes: any number of them may survive.
  func copy(_ bytes: RawSpan, to offset: Int)

  /// Has the lines of a range written to memory by the next fence.
  func flush(_ offset: Int, length: Int)

  /// Returns once what was flushed before is permanent.
  ///
  /// - Throws: where pages could not be written to the disk; what is permanent is unknown then.
  func fence() throws(StorageError)

  /// Makes sure that a range can be loaded: loading a line that the memory has lost ends the program.
  ///
  /// - Throws: `.errno` where a part of it cannot.
  func checkReadable(_ offset: Int, length: Int) throws(StorageError)

  /// Lets the file's lock go. The memory may still be loaded from.
  func close()
}

/// How long a cache line is, in bytes.
public let cacheLineLength = 64

extension PersistentMemory {
  /// The number at `offset`, a multiple of its length.
  public func load<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
    Value(truncatingIfNeeded: load(byteCount: MemoryLayout<Value>.size, at: offset))
  }

  /// Stores a number at `offset`, a multiple of its length: it survives wholly or not at all.
  public func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    store(UInt64(truncatingIfNeeded: value), byteCount: MemoryLayout<Value>.size, at: offset)
  }

  /// Traps where a range does not lie in the memory.
  public func checkPlace(_ offset: Int, _ length: Int) {
    guard offset >= 0, length >= 0, offset <= self.length - length else {
      fatalError("\(length) bytes at \(offset) lie outside the memory '\(name)' of \(self.length)")
    }
  }

  /// Traps where a number of `byteCount` bytes is not one that is loaded or stored at once.
  public func checkAligned(_ byteCount: Int, at offset: Int) {
    checkPlace(offset, byteCount)
    guard byteCount > 0, byteCount <= 8, byteCount & (byteCount - 1) == 0, offset & (byteCount - 1) == 0
    else {
      fatalError("\(byteCount) bytes at \(offset) of '\(name)' are not loaded or stored at once")
    }
  }
}
