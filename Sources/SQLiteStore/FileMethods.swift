internal import CSQLite
internal import Storage

/// What SQLite keeps for an open file, in memory that it allocates itself.
@unsafe struct FileRecord {
  var base: sqlite3_file
  var file: Unmanaged<OpenFile>?
}

/// An open file of a database.
final class OpenFile {
  private let file: any StorageFile
  private let session: Session
  var isDatabase = false
  /// Whether the file may be new, so that its first sync has to make its name durable too.
  var directoryNeedsSync = false
  private var lockLevel = SQLITE_LOCK_NONE

  init(_ file: any StorageFile, _ session: Session) {
    self.file = file
    self.session = session
  }

  func close() { file.close() }

  /// Does `body`, and answers with `error` where the disk refuses, or the session is over.
  private func attempt(_ error: Int32, _ body: (any Storage) throws(StorageError) -> Int32) -> Int32 {
    guard let storage = session.storage else { return error }
    do {
      return try body(storage)
    } catch let refusal {
      session.refusal = refusal
      return refusal.isFullDisk ? SQLITE_FULL : error
    }
  }

  func read(into buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int) -> Int32 {
    attempt(ResultCode.read) { _ throws(StorageError) in
      var span = unsafe MutableRawSpan(_unsafeStart: buffer, byteCount: count)
      let found = try file.read(into: &span, at: offset)
      if found == count { return SQLITE_OK }
      unsafe (buffer + found).initializeMemory(as: UInt8.self, repeating: 0, count: count - found)
      return ResultCode.shortRead
    }
  }

  func write(_ bytes: UnsafeRawPointer, _ count: Int, at offset: Int) -> Int32 {
    attempt(ResultCode.write) { _ throws(StorageError) in
      if isDatabase { session.counts.databaseWrites += 1 }
      try file.write(unsafe RawSpan(_unsafeStart: bytes, byteCount: count), at: offset)
      return SQLITE_OK
    }
  }

  func truncate(to size: Int) -> Int32 {
    attempt(ResultCode.truncate) { _ throws(StorageError) in
      try file.truncate(to: size)
      return SQLITE_OK
    }
  }

  func sync(_ flags: Int32) -> Int32 {
    attempt(ResultCode.sync) { storage throws(StorageError) in
      if isDatabase { session.counts.databaseSyncs += 1 } else { session.counts.journalSyncs += 1 }
      try file.sync(flags & SQLITE_SYNC_DATAONLY != 0 ? .data : .full)
      if directoryNeedsSync {
        try storage.syncDirectory(containing: file.name)
        directoryNeedsSync = false
      }
      return SQLITE_OK
    }
  }

  func size(_ answer: UnsafeMutablePointer<sqlite3_int64>) -> Int32 {
    attempt(ResultCode.size) { _ throws(StorageError) in
      unsafe answer.pointee = sqlite3_int64(try file.size())
      return SQLITE_OK
    }
  }

  /// One connection has the database for itself, from its first lock on.
  func lock(_ level: Int32) -> Int32 {
    attempt(SQLITE_BUSY) { _ throws(StorageError) in
      if lockLevel == SQLITE_LOCK_NONE { try file.lockExclusively() }
      lockLevel = max(lockLevel, level)
      return SQLITE_OK
    }
  }

  func unlock(_ level: Int32) -> Int32 {
    lockLevel = min(lockLevel, level)
    return SQLITE_OK
  }

  var isReserved: Bool { lockLevel >= SQLITE_LOCK_RESERVED }
  var sectorLength: Int32 { Int32(session.sectorLength) }
  var deviceCharacteristics: Int32 { session.powersafeOverwrite ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0 }
}

/// The table of functions by which SQLite uses an open file. Version 1: without shared memory.
enum FileMethods {
  nonisolated(unsafe) static let pointer: UnsafeMutablePointer<sqlite3_io_methods> = {
    let pointer = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    unsafe pointer.initialize(to: make())
    return unsafe pointer
  }()

  private static func make() -> sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 1
    unsafe methods.xClose = { pointer in
      guard let record = unsafe FileMethods.record(pointer) else { return SQLITE_OK }
      unsafe record.pointee.file?.takeRetainedValue().close()
      unsafe record.pointee.file = nil
      return SQLITE_OK
    }
    unsafe methods.xRead = { pointer, buffer, count, offset in
      guard let file = unsafe FileMethods.file(pointer), let buffer = unsafe buffer else {
        return ResultCode.read
      }
      return unsafe file.read(into: buffer, Int(count), at: Int(offset))
    }
    unsafe methods.xWrite = { pointer, bytes, count, offset in
      guard let file = unsafe FileMethods.file(pointer), let bytes = unsafe bytes else {
        return ResultCode.write
      }
      return unsafe file.write(bytes, Int(count), at: Int(offset))
    }
    unsafe methods.xTruncate = { pointer, size in
      unsafe FileMethods.file(pointer)?.truncate(to: Int(size)) ?? ResultCode.truncate
    }
    unsafe methods.xSync = { pointer, flags in
      unsafe FileMethods.file(pointer)?.sync(flags) ?? ResultCode.sync
    }
    unsafe methods.xFileSize = { pointer, answer in
      guard let file = unsafe FileMethods.file(pointer), let answer = unsafe answer else {
        return ResultCode.size
      }
      return unsafe file.size(answer)
    }
    unsafe methods.xLock = { pointer, level in
      unsafe FileMethods.file(pointer)?.lock(level) ?? ResultCode.lock
    }
    unsafe methods.xUnlock = { pointer, level in
      unsafe FileMethods.file(pointer)?.unlock(level) ?? ResultCode.unlock
    }
    unsafe methods.xCheckReservedLock = { pointer, answer in
      unsafe answer?.pointee = FileMethods.file(pointer)?.isReserved == true ? 1 : 0
      return SQLITE_OK
    }
    unsafe methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    unsafe methods.xSectorSize = { pointer in unsafe FileMethods.file(pointer)?.sectorLength ?? 0 }
    unsafe methods.xDeviceCharacteristics = { pointer in
      unsafe FileMethods.file(pointer)?.deviceCharacteristics ?? 0
    }
    return methods
  }

  private static func record(_ pointer: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<
    FileRecord
  >? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: FileRecord.self)
  }

  private static func file(_ pointer: UnsafeMutablePointer<sqlite3_file>?) -> OpenFile? {
    guard let record = unsafe FileMethods.record(pointer) else { return nil }
    return unsafe record.pointee.file?.takeUnretainedValue()
  }
}
