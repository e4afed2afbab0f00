internal import CMemory
public import Storage
internal import Synchronization
internal import SystemPackage

/// The real memory: a file, mapped.
///
/// On tmpfs a store is permanent when it is made, as far as the system lives; with a battery and a system that leaves memory
/// alone when it starts (Rio), beyond that. On a file system with direct access (DAX) lines are flushed. On any other a
/// fence writes pages to the disk (`msync`).
///
/// Threading: any call from any thread. With `pages` a fence covers the flushes of all threads; protected memory makes
/// one store after the other.
@safe public final class MappedMemory: PersistentMemory, @unchecked Sendable {
  /// What makes a store permanent.
  public enum Permanence: String, Hashable, Sendable {
    case stores, lines, pages
  }

  public let name: String
  public let permanence: Permanence
  /// Whether the memory can be written to only during a store: a store through a wrong pointer then ends the program.
  public let isProtected: Bool
  private let mapping: PosixSharedMapping
  private let memory: UnsafeMutableRawPointer
  /// The pages that the next fence writes.
  private let flushed = Mutex(FlushedPages())
  /// Held while protected memory can be written to.
  private let writing = Mutex(())

  init(
    _ name: String, _ mapping: PosixSharedMapping, permanence: Permanence?, isProtected: Bool
  ) throws(StorageError) {
    self.name = name
    self.mapping = mapping
    self.isProtected = isProtected
    unsafe memory = mapping.memory
    let own: Permanence =
      switch mapping.kind {
      case .stores: .stores
      case .lines: .lines
      case .pages: .pages
      }
    self.permanence = permanence ?? own
    if self.permanence == .lines && cmemory_can_flush() == 0 {
      throw StorageError(.map, name, .errno(.notSupported))
    }
    if isProtected { setWritable(0..<mapping.length, false) }
  }

  public var length: Int { mapping.length }
  public var needsFlush: Bool { permanence != .stores }
  public var loadableBytes: UnsafeRawPointer? { @unsafe get { unsafe UnsafeRawPointer(memory) } }
  public var storableBytes: UnsafeMutableRawPointer? { @unsafe get { unsafe isProtected ? nil : memory } }

  public func load(byteCount: Int, at offset: Int) -> UInt64 {
    checkAligned(byteCount, at: offset)
    let place = unsafe memory + offset
    return switch byteCount {
    case 1: unsafe UInt64(place.load(as: UInt8.self))
    case 2: unsafe UInt64(place.load(as: UInt16.self))
    case 4: unsafe UInt64(place.load(as: UInt32.self))
    default: unsafe place.load(as: UInt64.self)
    }
  }

  public func load(into buffer: inout MutableRawSpan, at offset: Int) {
    let count = buffer.byteCount
    checkPlace(offset, count)
    if count == 0 { return }
    unsafe buffer.withUnsafeMutableBytes { target in
      unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: memory + offset, count: count))
    }
  }

  public func store(_ value: UInt64, byteCount: Int, at offset: Int) {
    checkAligned(byteCount, at: offset)
    writing(offset..<offset + byteCount) {
      let place = unsafe memory + offset
      switch byteCount {
      case 1: unsafe cmemory_store8(place, UInt8(truncatingIfNeeded: value))
      case 2: unsafe cmemory_store16(place, UInt16(truncatingIfNeeded: value))
      case 4: unsafe cmemory_store32(place, UInt32(truncatingIfNeeded: value))
      default: unsafe cmemory_store64(place, value)
      }
    }
  }

  public func copy(_ bytes: RawSpan, to offset: Int) {
    checkPlace(offset, bytes.byteCount)
    if bytes.byteCount == 0 { return }
    writing(offset..<offset + bytes.byteCount) {
      unsafe bytes.withUnsafeBytes { source in
        unsafe cmemory_copy(memory + offset, source.baseAddress.unsafelyUnwrapped, source.count)
      }
    }
  }

  public func flush(_ offset: Int, length: Int) {
    checkPlace(offset, length)
    if length == 0 { return }
    switch permanence {
    case .stores: break
    case .lines:
      for line in offset / cacheLineLength...(offset + length - 1) / cacheLineLength {
        unsafe cmemory_flush(memory + line * cacheLineLength)
      }
    case .pages: flushed.withLock { $0.add(offset..<offset + length) }
    }
  }

  public func fence() throws(StorageError) {
    switch permanence {
    case .stores: cmemory_order()
    case .lines: cmemory_fence()
    case .pages:
      do throws(Errno) {
        // Held while the pages are written: who finds none left to write must not return before they are.
        try flushed.withLock { (pages) throws(Errno) in
          for range in pages.takeAll() { try mapping.sync(range) }
        }
      } catch {
        throw StorageError(.sync, name, .errno(error))
      }
    }
  }

  public func checkReadable(_ offset: Int, length: Int) throws(StorageError) {
    checkPlace(offset, length)
    do {
      try mapping.checkReadable(offset..<offset + length)
    } catch {
      throw StorageError(.read, name, .errno(error))
    }
  }

  public func close() { mapping.unlock() }

  /// Stores to a range, which can be written to meanwhile.
  private func writing(_ range: Range<Int>, _ body: () -> Void) {
    if !isProtected { return body() }
    writing.withLock { _ in
      setWritable(range, true)
      body()
      setWritable(range, false)
    }
  }

  private func setWritable(_ range: Range<Int>, _ isWritable: Bool) {
    do {
      try mapping.setWritable(range, isWritable)
    } catch {
      fatalError("cannot \(isWritable ? "unprotect" : "protect") bytes \(range) of '\(name)': \(error)")
    }
  }
}

/// The pages that were flushed since the last fence, as few ranges.
struct FlushedPages {
  private static let rangesMax = 64
  private var ranges: [Range<Int>] = []

  mutating func add(_ range: Range<Int>) {
    let pageLength = PosixSharedMapping.pageLength
    let start = range.lowerBound / pageLength * pageLength
    let pages = start..<(range.upperBound + pageLength - 1) / pageLength * pageLength
    if let last = ranges.last, last.lowerBound <= pages.lowerBound, pages.upperBound <= last.upperBound {
      return
    }
    ranges.append(pages)
    if ranges.count == Self.rangesMax { ranges = Self.joined(ranges) }
    // Still many: they lie far apart, and one range over all of them costs one call.
    if ranges.count == Self.rangesMax {
      ranges = [ranges[0].lowerBound..<ranges[ranges.count - 1].upperBound]
    }
  }

  /// What is to be written, in ascending order, none touching another.
  mutating func takeAll() -> [Range<Int>] {
    defer { ranges.removeAll(keepingCapacity: true) }
    return Self.joined(ranges)
  }

  private static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var joined: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    return joined
  }
}
