public import PersistentMemory
public import Storage
internal import SystemPackage

/// A file of a `FaultDisk` as memory that survives as far as the disk's profile says.
///
/// A load observes the bytes that it returns, as a read does. Each store is an operation, and so is a flush and a fence.
///
/// Threading: one thread at a time, as its disk.
public final class FaultMemory: PersistentMemory, @unchecked Sendable {
  public let name: String
  public let length: Int
  private let disk: FaultDisk
  private let file: Int32
  private let nameNumber: Int32
  private let rules: Profile.Memory
  /// Holds the file's lock.
  private let lock: any StorageFile

  init(_ disk: FaultDisk, _ name: String, _ rules: Profile.Memory) throws(StorageError) {
    lock = try disk.open(name, .readWrite)
    let core = disk.liveCore
    guard let nameNumber = core.images.names.find(name) else {
      throw StorageError(.map, name, .errno(.noSuchFileOrDirectory))
    }
    do throws(StorageError) {
      try lock.lockExclusively()
    } catch {
      throw StorageError(.map, name, error.cause)
    }
    self.disk = disk
    self.name = name
    self.nameNumber = nameNumber
    self.rules = rules
    file = core.images.entry(nameNumber)
    length = core.observedSize(file)
    if length == 0 { throw StorageError(.map, name, .errno(.invalidArgument)) }
  }

  public var needsFlush: Bool { disk.profile.sectors == .free }
  public var loadableBytes: UnsafeRawPointer? { @unsafe get { nil } }
  public var storableBytes: UnsafeMutableRawPointer? { @unsafe get { nil } }

  // MARK: Loads

  public func load(byteCount: Int, at offset: Int) -> UInt64 {
    checkAligned(byteCount, at: offset)
    var value: UInt64 = 0
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      unsafe load(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount]), at: offset)
    }
    return UInt64(littleEndian: value)
  }

  public func load(into buffer: inout MutableRawSpan, at offset: Int) {
    checkPlace(offset, buffer.byteCount)
    unsafe buffer.withUnsafeMutableBytes { unsafe load(into: $0, at: offset) }
  }

  @unsafe
  private func load(into target: UnsafeMutableRawBufferPointer, at offset: Int) {
    if unsafe target.isEmpty { return }
    let core = disk.liveCore
    let range = offset..<offset + target.count
    if let bad = core.faults?.latentErrors.first(file, core.lines(range)) {
      fatalError("line \(bad) of the memory '\(name)' was loaded, and is poisoned")
    }
    if core.images.isWatched(file) { core.settleBytes(file, range) }
    core.images.courseTrace?.observeBytes(file, range)
    unsafe core.images.read(file, at: offset, into: target)
  }

  /// Faults that strike a read of a file strike here: a latent sector error poisons a line.
  public func checkReadable(_ offset: Int, length: Int) throws(StorageError) {
    checkPlace(offset, length)
    let core = disk.liveCore
    if core.faults != nil {
      _ = try core.beforeRead(file, name: nameNumber, at: offset, count: length)
    }
  }

  // MARK: Stores

  public func store(_ value: UInt64, byteCount: Int, at offset: Int) {
    checkAligned(byteCount, at: offset)
    unsafe withUnsafeBytes(of: value.littleEndian) { bytes in
      unsafe store(UnsafeRawBufferPointer(rebasing: bytes[..<byteCount]), at: offset)
    }
  }

  public func copy(_ bytes: RawSpan, to offset: Int) {
    checkPlace(offset, bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      var done = 0
      while done < source.count {
        let place = offset + done
        let end = (place / rules.storeBytesMax + 1) * rules.storeBytesMax
        let count = min(end - place, source.count - done)
        unsafe store(UnsafeRawBufferPointer(rebasing: source[done..<done + count]), at: place)
        done += count
      }
    }
  }

  @unsafe
  private func store(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    let core = disk.liveCore
    unsafe core.store(file, name: nameNumber, at: offset, length: bytes.count) { target in
      unsafe target.copyMemory(from: bytes)
    }
    if core.faults != nil {
      core.strikeStore(file, name: nameNumber, at: offset, length: bytes.count, fileLength: length)
    }
  }

  // MARK: Permanence

  public func flush(_ offset: Int, length: Int) {
    checkPlace(offset, length)
    if length == 0 { return }
    let core = disk.liveCore
    if core.faults == nil {
      core.flush(file, name: nameNumber, at: offset, length: length)
    } else {
      core.faultyFlush(file, name: nameNumber, at: offset, length: length)
    }
  }

  public func fence() throws(StorageError) { disk.liveCore.fence(file, name: nameNumber) }

  public func close() { lock.close() }
}

extension FaultDisk: PersistentStorage {
  /// Maps a file; see `PersistentStorage.map`.
  ///
  /// - Throws: also `.errno(.notSupported)` under a profile without memory.
  public func map(_ name: String) throws(StorageError) -> any PersistentMemory {
    guard let rules = profile.memory else { throw StorageError(.map, name, .errno(.notSupported)) }
    return try FaultMemory(self, name, rules)
  }
}

extension DiskCore {
  /// The lines that a range touches.
  fileprivate func lines(_ range: Range<Int>) -> ClosedRange<Int> {
    range.lowerBound / sectorLength...(range.upperBound - 1) / sectorLength
  }
}
