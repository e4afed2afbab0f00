internal import Storage
internal import SystemPackage

/// An open file of a `FaultDisk`.
final class FaultFile: StorageFile, @unchecked Sendable {
  let name: String
  private let disk: FaultDisk
  let file: Int32
  private let nameNumber: Int32
  private let handle: Int32
  private let isWritable: Bool
  private var isClosed = false
  /// How many failed syncs of the file this descriptor knows of (`SyncErrors`).
  private var knownErrors: Int32

  init(
    _ disk: FaultDisk, name: String, nameNumber: Int32, file: Int32, handle: Int32, isWritable: Bool,
    knownErrors: Int32
  ) {
    self.disk = disk
    self.name = name
    self.nameNumber = nameNumber
    self.file = file
    self.handle = handle
    self.isWritable = isWritable
    self.knownErrors = knownErrors
  }

  deinit {
    close()
  }

  /// The core, where the handle may still be used for `operation`.
  private func core(for operation: StorageError.Operation) throws(StorageError) -> DiskCore {
    let core = disk.liveCore
    if isClosed { throw StorageError(operation, name, .closed) }
    return core
  }

  /// The core, where the handle may change `length` bytes from `offset`; checked in the order that
  /// `StorageFile` lays down.
  private func writableCore(
    for operation: StorageError.Operation, at offset: Int, length: Int
  ) throws(StorageError) -> DiskCore {
    let core = try core(for: operation)
    if offset < 0 || length < 0 || offset > Int.max - length {
      throw StorageError(operation, name, .invalidOffset)
    }
    if !isWritable { throw StorageError(operation, name, .errno(.badFileDescriptor)) }
    if length > 0 && offset + length > ImageStore.fileBytesMax {
      throw StorageError(operation, name, .errno(.fileTooLarge))
    }
    return core
  }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    let (core, count) = try readable(buffer.byteCount, at: offset)
    let images = core.images
    let stale =
      core.faults != nil ? try core.beforeRead(file, name: nameNumber, at: offset, count: count) : nil
    if count > 0 {
      if images.isWatched(file) { core.settleBytes(file, offset..<offset + count) }
      images.courseTrace?.observeBytes(file, offset..<offset + count)
      unsafe buffer.withUnsafeMutableBytes { bytes in
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
        unsafe images.read(file, at: offset, into: target)
        if let stale { unsafe core.makeStale(stale, file, at: offset, target) }
      }
    }
    return count
  }

  /// The core, and how many of `length` bytes from `offset` the file has.
  private func readable(_ length: Int, at offset: Int) throws(StorageError) -> (core: DiskCore, count: Int) {
    let core = try core(for: .read)
    let images = core.images
    if offset < 0 || length < 0 || offset > Int.max - length {
      throw StorageError(.read, name, .invalidOffset)
    }
    if images.isWatched(file) { core.settleSize(file, offset, offset + length) }
    images.courseTrace?.observeSize(core, file, offset, offset + length)
    return (core, max(0, min(length, images.size(file) - offset)))
  }

  func examine<Answer: Hashable>(
    _ length: Int, at offset: Int, _ question: (RawSpan) -> Answer
  ) throws(StorageError) -> Answer {
    let (core, count) = try readable(length, at: offset)
    // Of more than one sector every byte is observed; so it is where faults may change what is read.
    let range = offset..<offset + count
    if count == 0 || core.faults != nil
      || offset / core.sectorLength != (range.upperBound - 1) / core.sectorLength
      || range.upperBound > core.images.memoryBytes(file)
    {
      let bytes = try read(count, at: offset)
      return unsafe question(bytes.span.bytes)
    }
    return unsafe core.answer(file, range) { bytes in
      unsafe question(RawSpan(_unsafeBytes: bytes))
    }
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try write(bytes, at: offset, isDirect: false)
  }

  private func write(_ bytes: RawSpan, at offset: Int, isDirect: Bool) throws(StorageError) {
    let core = try writableCore(for: .write, at: offset, length: bytes.byteCount)
    if core.faults != nil {
      let bytes = unsafe bytes.withUnsafeBytes { source in unsafe [UInt8](source) }
      return try core.faultyWrite(file, name: nameNumber, at: offset, bytes, isDirect: isDirect)
    }
    try unsafe core.write(
      file, name: nameNumber, at: offset, length: bytes.byteCount, isDirect: isDirect
    ) { target in
      unsafe bytes.withUnsafeBytes { source in unsafe target.copyMemory(from: source) }
    }
  }

  var durableWriteAlignment: Int {
    guard let core = disk.coreIfLive, core.profile.hasDirectWrites else { return 0 }
    return core.sectorLength
  }

  func writeDurably(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    let core = try writableCore(for: .write, at: offset, length: bytes.byteCount)
    let end = offset + bytes.byteCount
    if core.profile.hasDirectWrites && bytes.byteCount > 0 && offset % core.sectorLength == 0
      && end % core.sectorLength == 0 && core.observedSize(file, upTo: end) >= end
    {
      try write(bytes, at: offset, isDirect: true)
    } else {
      try write(bytes, at: offset)
      try sync(.data)
    }
  }

  @unsafe
  func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    let length = unsafe parts.reduce(0) { length, part in length + part.count }
    let core = try writableCore(for: .write, at: offset, length: length)
    if core.faults != nil {
      let bytes = unsafe parts.flatMap { part in unsafe [UInt8](part) }
      return try core.faultyWrite(file, name: nameNumber, at: offset, bytes)
    }
    try unsafe core.write(file, name: nameNumber, at: offset, length: length) { target in
      var start = 0
      unsafe parts.forEach { part in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: part)
        start += part.count
      }
    }
  }

  func write(_ placements: Span<Placement>, of bytes: RawSpan) throws(StorageError) {
    if placements.isEmpty { return try writeStretches(placements, of: bytes) }
    let end = placements[placements.count - 1].end
    let core = try writableCore(for: .write, at: placements[0].offset, length: end - placements[0].offset)
    if core.faults != nil { return try writeStretches(placements, of: bytes) }
    try core.write(placements, of: bytes, to: file, name: nameNumber)
  }

  func size() throws(StorageError) -> Int {
    try core(for: .size).observedSize(file)
  }

  func truncate(to size: Int) throws(StorageError) {
    let core = try writableCore(for: .truncate, at: 0, length: size)
    if core.faults != nil { try core.failIfStruck(.truncate, [name], .truncate) }
    core.truncate(file, name: nameNumber, to: size)
  }

  func allocate(_ size: Int) throws(StorageError) {
    let core = try writableCore(for: .allocate, at: 0, length: size)
    if core.faults != nil { try core.failIfStruck(.allocate, [name], .allocate) }
    core.allocate(file, name: nameNumber, size)
  }

  /// Makes bytes of the file zero; it grows to `size` where that is longer.
  func zero(_ range: Range<Int>, growingTo size: Int) throws(StorageError) {
    let core = try writableCore(for: .allocate, at: range.lowerBound, length: range.count)
    if core.faults != nil { try core.failIfStruck(.allocate, [name], .allocate) }
    core.zero(file, label: nameNumber, range, growingTo: size)
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    let core = try core(for: .sync)
    let begun = core.beginSync()
    if core.faults != nil {
      return try core.faultySync(file, name: nameNumber, kind, begun: begun, known: &knownErrors)
    }
    core.sync(file, name: nameNumber, kind, begun: begun)
  }

  func lockExclusively() throws(StorageError) {
    let core = try core(for: .lock)
    let holder = core.lockHolder(file)
    if holder != 0 && holder != handle { throw StorageError(.lock, name, .locked) }
    core.setLockHolder(file, handle)
  }

  func close() {
    if isClosed { return }
    isClosed = true
    // After a crash there is nothing left to unlock.
    if let core = disk.coreIfLive, core.lockHolder(file) == handle { core.setLockHolder(file, 0) }
  }
}
