import FaultFS
internal import Storage

/// A sync that the program does not make, added to a run: what is said to be missing is tried out.
struct Barrier: Hashable, Sendable {
  /// What is made durable.
  enum Subject: Hashable, Sendable {
    /// The bytes and the size of the file with that name: the name that it has at that time.
    case file(String)
    /// The entries of the directory.
    case directory(String)
  }

  /// How many storage operations come before it.
  var position: Int
  var subject: Subject
}

/// A storage that adds one sync to the calls that go through it.
///
/// It lies below sabotage, which cannot leave the sync out. The sync comes as soon as the disk has made so many
/// operations, before the call that made the last of them returns.
///
/// Threading: one thread at a time.
final class BarrierStorage: Storage, @unchecked Sendable {
  private let disk: FaultDisk
  private let barrier: Barrier
  private var isDone = false

  init(_ disk: FaultDisk, _ barrier: Barrier) {
    self.disk = disk
    self.barrier = barrier
  }

  /// Adds the sync if it is time.
  fileprivate func addIfDue() throws(StorageError) {
    guard !isDone, disk.operationCount >= barrier.position else { return }
    isDone = true
    switch barrier.subject {
    case .file(let name): try disk.open(name, .readWrite).sync(.data)
    case .directory(let name): try disk.syncDirectory(name)
    }
  }

  func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    let file = BarrierFile(try disk.open(name, mode), self)
    try addIfDue()
    return file
  }

  func rename(_ name: String, to newName: String) throws(StorageError) {
    try disk.rename(name, to: newName)
    try addIfDue()
  }

  func remove(_ name: String) throws(StorageError) {
    try disk.remove(name)
    try addIfDue()
  }

  func list(_ directory: String) throws(StorageError) -> [String] { try disk.list(directory) }

  func syncDirectory(_ directory: String) throws(StorageError) {
    try disk.syncDirectory(directory)
    try addIfDue()
  }
}

private final class BarrierFile: StorageFile {
  private let base: any StorageFile
  private let storage: BarrierStorage

  init(_ base: any StorageFile, _ storage: BarrierStorage) {
    self.base = base
    self.storage = storage
  }

  var name: String { base.name }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    try base.read(into: &buffer, at: offset)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try base.write(bytes, at: offset)
    try storage.addIfDue()
  }

  @unsafe
  func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    try unsafe base.write(gathering: parts, at: offset)
    try storage.addIfDue()
  }

  func size() throws(StorageError) -> Int { try base.size() }

  func truncate(to size: Int) throws(StorageError) {
    try base.truncate(to: size)
    try storage.addIfDue()
  }

  func allocate(_ size: Int) throws(StorageError) {
    try base.allocate(size)
    try storage.addIfDue()
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    try base.sync(kind)
    try storage.addIfDue()
  }

  func lockExclusively() throws(StorageError) { try base.lockExclusively() }

  func close() { base.close() }
}
