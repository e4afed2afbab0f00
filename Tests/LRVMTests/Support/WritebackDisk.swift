import Storage
import SystemPackage

/// A disk in memory behind a cache that forgets: after a failed sync the cache keeps the new bytes and takes them for
/// written, as ext4 and XFS do (Rebello et al., Can Applications Recover from fsync Failures?, ATC '20).
///
/// Names and sizes are durable at once: what is tested with it creates its files first. One thread at a time.
final class WritebackDisk: Storage, @unchecked Sendable {
  enum Fault {
    /// The call does nothing and fails.
    case refused(Errno)
    /// A write that changes the first bytes only, and fails.
    case short(Errno)
    /// Power is lost during the call: it fails, and so do all after it, until `restart`.
    case powerLoss
  }

  struct Call {
    var operation: StorageError.Operation
    var file: String
  }

  final class Contents {
    var cache: [UInt8] = []
    var disk: [UInt8] = []
    var dirty: Set<Int> = []
    var isLocked = false
  }

  private static let sector = 512
  private var files: [String: Contents] = [:]
  private(set) var hasPower = true
  /// The bytes that were being written when power was lost: in one sector they may be anything afterwards.
  private var interrupted: (contents: Contents, bytes: Range<Int>)?
  private var random = Random(seed: 7)
  /// Which dirty sectors reach the disk when a sync fails or power is lost.
  enum Writeback: CaseIterable { case none, all, some }
  var writeback = Writeback.some
  /// Asked at each call that may fail.
  var fault: (Call) -> Fault? = { _ in nil }

  /// The same files, with the caches, and no fault.
  func copy(seed: UInt64) -> WritebackDisk {
    let copy = WritebackDisk()
    copy.random = Random(seed: seed)
    copy.writeback = writeback
    for (name, contents) in files {
      let other = Contents()
      (other.cache, other.disk, other.dirty) = (contents.cache, contents.disk, contents.dirty)
      copy.files[name] = other
    }
    return copy
  }

  /// Power comes back after a loss: the caches are gone.
  func restart() {
    for name in files.keys.sorted() {
      guard let contents = files[name] else { continue }
      writeBackSome(contents)
      if let interrupted, interrupted.contents === contents, writeback == .some {
        let start = interrupted.bytes.lowerBound + random.below(interrupted.bytes.count)
        for byte in start..<min((start / 512 + 1) * 512, interrupted.bytes.upperBound) {
          contents.disk[byte] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      contents.cache = contents.disk
      contents.isLocked = false
    }
    interrupted = nil
    hasPower = true
    fault = { _ in nil }
  }

  fileprivate func writeBackSome(_ contents: Contents) {
    for sector in contents.dirty.sorted() {
      switch writeback {
      case .none: continue
      case .some where random.below(2) == 0: continue
      case .all, .some: write(sector, of: contents)
      }
    }
    contents.dirty = []
  }

  fileprivate func write(_ sector: Int, of contents: Contents) {
    let range = sector * Self.sector..<min((sector + 1) * Self.sector, contents.cache.count)
    if contents.disk.count < range.upperBound {
      contents.disk += Array(repeating: 0, count: range.upperBound - contents.disk.count)
    }
    contents.disk.replaceSubrange(range, with: contents.cache[range])
  }

  fileprivate enum Part { case nothing, half, whole }

  /// What becomes of a call: nil where it goes through; otherwise the error, and how much of a write is done.
  fileprivate func outcome(_ operation: StorageError.Operation, _ name: String) -> (StorageError, Part)? {
    guard hasPower else { return (StorageError(operation, name, .errno(.ioError)), .nothing) }
    switch fault(Call(operation: operation, file: name)) {
    case nil: return nil
    case .refused(let errno): return (StorageError(operation, name, .errno(errno)), .nothing)
    case .short(let errno): return (StorageError(operation, name, .errno(errno)), .half)
    case .powerLoss:
      hasPower = false
      return (StorageError(operation, name, .errno(.ioError)), .whole)
    }
  }

  fileprivate func interrupt(_ contents: Contents, _ bytes: Range<Int>) {
    if !hasPower { interrupted = (contents, bytes) }
  }

  var sectorLength: Int { 512 }

  func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    if let (error, _) = outcome(.open, name) { throw error }
    if let contents = files[name] { return WritebackFile(self, name, contents) }
    guard mode == .createNew || mode == .createOrOpen else {
      throw StorageError(.open, name, .errno(.noSuchFileOrDirectory))
    }
    let contents = Contents()
    files[name] = contents
    return WritebackFile(self, name, contents)
  }

  func rename(_ name: String, to newName: String) throws(StorageError) {
    files[newName] = files[name]
    files[name] = nil
  }

  func remove(_ name: String) throws(StorageError) { files[name] = nil }

  func list(_ directory: String) throws(StorageError) -> [String] { files.keys.sorted() }

  func syncDirectory(_ directory: String) throws(StorageError) {}
}

private final class WritebackFile: StorageFile, @unchecked Sendable {
  let name: String
  private let disk: WritebackDisk
  private let contents: WritebackDisk.Contents
  private var holdsLock = false

  init(_ disk: WritebackDisk, _ name: String, _ contents: WritebackDisk.Contents) {
    (self.disk, self.name, self.contents) = (disk, name, contents)
  }

  deinit { close() }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    if let (error, _) = disk.outcome(.read, name) { throw error }
    let count = max(0, min(buffer.byteCount, contents.cache.count - offset))
    if count > 0 {
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe bytes.copyBytes(from: contents.cache[offset..<offset + count])
      }
    }
    return count
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    let outcome = disk.outcome(.write, name)
    let count =
      switch outcome?.1 ?? .whole {
      case .whole: bytes.byteCount
      case .half: bytes.byteCount * 3 / 5
      case .nothing: 0
      }
    if contents.cache.count < offset + count {
      contents.cache += Array(repeating: 0, count: offset + count - contents.cache.count)
    }
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe contents.cache.replaceSubrange(offset..<offset + count, with: bytes[..<count])
    }
    if count > 0 {
      contents.dirty.formUnion(offset / 512...(offset + count - 1) / 512)
      if outcome != nil { disk.interrupt(contents, offset..<offset + count) }
    }
    if let outcome { throw outcome.0 }
  }

  @unsafe func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    var offset = offset
    for index in unsafe parts.indices {
      let part = unsafe RawSpan(_unsafeBytes: parts[index])
      try write(part, at: offset)
      offset += part.byteCount
    }
  }

  func size() throws(StorageError) -> Int { contents.cache.count }

  func truncate(to size: Int) throws(StorageError) {
    contents.cache = Array(contents.cache.prefix(size))
    contents.disk = Array(contents.disk.prefix(size))
    contents.dirty = contents.dirty.filter { $0 * 512 < size }
  }

  func allocate(_ size: Int) throws(StorageError) {
    let missing = Array(repeating: 0 as UInt8, count: max(0, size - contents.cache.count))
    contents.cache += missing
    contents.disk += Array(repeating: 0, count: contents.cache.count - contents.disk.count)
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    if let (error, _) = disk.outcome(.sync, name) {
      // Power that is lost is not a sync that fails: what is dirty stays so until then.
      if case .errno(.ioError) = error.cause, disk.hasPower { disk.writeBackSome(contents) }
      throw error
    }
    for sector in contents.dirty.sorted() { disk.write(sector, of: contents) }
    contents.dirty = []
  }

  func lockExclusively() throws(StorageError) {
    guard !contents.isLocked else { throw StorageError(.lock, name, .locked) }
    contents.isLocked = true
    holdsLock = true
  }

  func close() {
    if holdsLock { contents.isLocked = false }
    holdsLock = false
  }
}
