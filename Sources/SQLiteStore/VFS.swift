internal import CSQLite
import SeededRandom
internal import Storage
internal import Synchronization
internal import SystemPackage

/// SQLite's door to the disk: an implementation of its VFS interface on a `Storage`, registered once.
///
/// What the unix VFS of SQLite does, this one does too, as far as a crash can tell: a new journal's directory is synced
/// with the journal's first sync, a removal syncs the directory where SQLite asks for it, and a file of no bytes counts
/// as absent. Beyond that
///
/// - what the disk can do (`xDeviceCharacteristics`, `xSectorSize`) is what the scenario says of it, and nothing more;
/// - there is no shared memory, so a write-ahead log needs `locking_mode=EXCLUSIVE`;
/// - there is no clock and no entropy: the time is always the same, and random numbers follow from what the database's
///   files begin with.
///
/// All that is unsafe about it is here and in `Connection`.
enum VFS {
  static let name = "storage"

  /// Configures SQLite and registers the VFS as the default one, once in a process.
  ///
  /// - Returns: SQLite's error code.
  static let registration: Int32 = {
    var error = csqlite_configure()
    if error == SQLITE_OK { error = sqlite3_initialize() }
    guard error == SQLITE_OK else { return error }
    // Never freed: SQLite keeps the pointer.
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe vfs.initialize(to: make())
    return unsafe sqlite3_vfs_register(vfs, 1)
  }()

  /// Reads the random numbers of SQLite anew from `xRandomness` when next one is needed. They are the process's own, so
  /// results can be repeated only where one connection at a time is used.
  static func restartRandomNumbers(_ seed: UInt64) {
    Randomness.stream.withLock { $0 = SplitMix64(seed: seed) }
    sqlite3_randomness(0, nil)
  }

  private static func make() -> sqlite3_vfs {
    var vfs = unsafe sqlite3_vfs()
    unsafe vfs.iVersion = 2
    unsafe vfs.szOsFile = Int32(MemoryLayout<FileRecord>.size)
    unsafe vfs.mxPathname = 64
    unsafe vfs.zName = UnsafePointer(staticName)
    unsafe vfs.xOpen = { _, path, file, flags, outFlags in
      guard let file = unsafe file, let place = unsafe Place(path) else { return SQLITE_CANTOPEN }
      return unsafe VFS.open(place, file, flags, outFlags)
    }
    unsafe vfs.xDelete = { _, path, syncDirectory in
      guard let place = unsafe Place(path) else { return ResultCode.delete }
      return place.delete(syncDirectory: syncDirectory != 0)
    }
    unsafe vfs.xAccess = { _, path, flags, answer in
      guard let place = unsafe Place(path) else { return ResultCode.access }
      return place.attempt(ResultCode.access) { storage throws(StorageError) in
        unsafe answer?.pointee = try place.exists(on: storage) ? 1 : 0
      }
    }
    unsafe vfs.xFullPathname = { _, path, count, out in
      guard let path = unsafe path, let out = unsafe out else { return SQLITE_CANTOPEN }
      var index = 0
      while index < count {
        unsafe out[index] = path[index]
        if unsafe path[index] == 0 { return SQLITE_OK }
        index += 1
      }
      return SQLITE_CANTOPEN
    }
    unsafe vfs.xRandomness = { _, count, out in
      guard let out = unsafe out else { return 0 }
      Randomness.stream.withLock { stream in
        for index in 0..<Int(count) { unsafe out[index] = CChar(truncatingIfNeeded: stream.next()) }
      }
      return count
    }
    unsafe vfs.xSleep = { _, microseconds in microseconds }
    unsafe vfs.xCurrentTime = { _, out in
      unsafe out?.pointee = VFS.noonOfTheFirstOfJanuary2000
      return SQLITE_OK
    }
    unsafe vfs.xCurrentTimeInt64 = { _, out in
      unsafe out?.pointee = sqlite3_int64(VFS.noonOfTheFirstOfJanuary2000 * 86_400_000)
      return SQLITE_OK
    }
    unsafe vfs.xGetLastError = { _, _, _ in 0 }
    return unsafe vfs
  }

  /// In days, as SQLite counts them: the Julian day.
  private static let noonOfTheFirstOfJanuary2000 = 2_451_545.0

  private nonisolated(unsafe) static let staticName: UnsafeMutablePointer<CChar> = {
    let bytes = Array(name.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { unsafe copy[index] = byte }
    return unsafe copy
  }()

  // MARK: Opening

  private static func open(
    _ place: Place, _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    unsafe file.pointee.pMethods = nil
    let creates = flags & SQLITE_OPEN_CREATE != 0
    let isReadOnly = flags & SQLITE_OPEN_READONLY != 0
    return place.attempt(SQLITE_CANTOPEN) { storage throws(StorageError) in
      let mode: OpenMode = isReadOnly ? .readOnly : creates ? .createOrOpen : .readWrite
      let opened = OpenFile(try storage.open(place.name, mode), place.session)
      opened.isDatabase = flags & SQLITE_OPEN_MAIN_DB != 0
      opened.directoryNeedsSync = creates && !opened.isDatabase
      unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: FileRecord.self).pointee.file =
        Unmanaged.passRetained(opened)
      unsafe file.pointee.pMethods = UnsafePointer(FileMethods.pointer)
      unsafe outFlags?.pointee = flags
    }
  }
}

/// A file that SQLite names, and the session that the name belongs to.
struct Place {
  let session: Session
  let name: String

  /// Nil where SQLite wants a temporary file, or the session is over.
  init?(_ path: UnsafePointer<CChar>?) {
    guard let path = unsafe path else { return nil }
    var number = 0
    var index = 0
    while unsafe path[index] != CChar(UInt8(ascii: "/")) {
      if unsafe path[index] == 0 { return nil }
      number = unsafe number * 10 + Int(path[index] - CChar(UInt8(ascii: "0")))
      index += 1
    }
    guard let session = Session.numbered(number) else { return nil }
    self.session = session
    name = unsafe String(cString: path + index + 1)
  }

  /// Does `body`, and answers with `error` where the disk refuses.
  func attempt(
    _ error: Int32, _ body: (any Storage) throws(StorageError) -> Void
  ) -> Int32 {
    guard let storage = session.storage else { return error }
    do {
      try body(storage)
      return SQLITE_OK
    } catch {
      session.refusal = error
      return error.isFullDisk ? SQLITE_FULL : error.isLocked ? SQLITE_BUSY : code(error)
    }
    func code(_: StorageError) -> Int32 { error }
  }

  func delete(syncDirectory: Bool) -> Int32 {
    guard let storage = session.storage else { return ResultCode.delete }
    do {
      try storage.remove(name)
    } catch {
      session.refusal = error
      return error.isAbsence ? ResultCode.deleteOfNothing : ResultCode.delete
    }
    guard syncDirectory else { return SQLITE_OK }
    return attempt(ResultCode.syncDirectory) { storage throws(StorageError) in
      try storage.syncDirectory(containing: name)
    }
  }

  /// Whether the file is there and holds a byte.
  func exists(on storage: any Storage) throws(StorageError) -> Bool {
    do {
      return try storage.open(name, .readOnly).size() > 0
    } catch {
      if error.isAbsence { return false }
      throw error
    }
  }
}

extension StorageError {
  fileprivate var isAbsence: Bool { cause == .errno(.noSuchFileOrDirectory) }
  var isFullDisk: Bool { cause == .errno(.noSpace) }
  fileprivate var isLocked: Bool { cause == .locked }
}
