import Storage
import SystemPackage

/// A disk whose calls can be watched and refused before they reach the disk behind it.
///
/// Threading: as the disk behind it, and `before` is called on the caller's thread; set it while no call
/// runs.
final class InterposedStorage: Storage, @unchecked Sendable {
  struct Call: Hashable {
    var operation: StorageError.Operation
    var file: String
    var offset = 0
  }

  let inner: any Storage
  var before: (Call) throws(StorageError) -> Void = { _ in }
  /// How many calls `failAfter` has refused.
  private(set) var refusals = 0
  /// What was asked to go to the disk before it is synced, in order.
  fileprivate(set) var startedWriting: [Range<Int>] = []

  init(_ inner: any Storage) { self.inner = inner }

  /// Lets the first `count` calls through and refuses the others; `isSticky` false: refuses only the next
  /// one.
  func failAfter(
    _ count: Int, _ errno: Errno, isSticky: Bool, where isConcerned: @escaping (Call) -> Bool = { _ in true }
  ) {
    var seen = 0
    before = { (call) throws(StorageError) in
      guard isConcerned(call) else { return }
      seen += 1
      if seen == count + 1 || (isSticky && seen > count) {
        self.refusals += 1
        throw StorageError(call.operation, call.file, .errno(errno))
      }
    }
  }

  var sectorLength: Int { inner.sectorLength }

  func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    try before(Call(operation: .open, file: name))
    return InterposedFile(self, try inner.open(name, mode))
  }

  func rename(_ name: String, to newName: String) throws(StorageError) {
    try before(Call(operation: .rename, file: name))
    try inner.rename(name, to: newName)
  }

  func remove(_ name: String) throws(StorageError) {
    try before(Call(operation: .remove, file: name))
    try inner.remove(name)
  }

  func list(_ directory: String) throws(StorageError) -> [String] {
    try before(Call(operation: .list, file: directory))
    return try inner.list(directory)
  }

  func syncDirectory(_ directory: String) throws(StorageError) {
    try before(Call(operation: .syncDirectory, file: directory))
    try inner.syncDirectory(directory)
  }
}

private final class InterposedFile: StorageFile, @unchecked Sendable {
  private let storage: InterposedStorage
  private let inner: any StorageFile

  init(_ storage: InterposedStorage, _ inner: any StorageFile) {
    (self.storage, self.inner) = (storage, inner)
  }

  var name: String { inner.name }

  private func before(_ operation: StorageError.Operation, _ offset: Int = 0) throws(StorageError) {
    try storage.before(.init(operation: operation, file: name, offset: offset))
  }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    try before(.read, offset)
    return try inner.read(into: &buffer, at: offset)
  }

  func examine<Answer: Hashable>(
    _ length: Int, at offset: Int, _ question: (RawSpan) -> Answer
  ) throws(StorageError) -> Answer {
    try before(.read, offset)
    return try inner.examine(length, at: offset, question)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try before(.write, offset)
    try inner.write(bytes, at: offset)
  }

  @unsafe func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    try before(.write, offset)
    try unsafe inner.write(gathering: parts, at: offset)
  }

  func size() throws(StorageError) -> Int {
    try before(.size)
    return try inner.size()
  }

  func truncate(to size: Int) throws(StorageError) {
    try before(.truncate)
    try inner.truncate(to: size)
  }

  func allocate(_ size: Int) throws(StorageError) {
    try before(.allocate)
    try inner.allocate(size)
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    try before(.sync)
    try inner.sync(kind)
  }

  func startWriting(_ length: Int, at offset: Int) throws(StorageError) {
    storage.startedWriting.append(offset..<offset + length)
    try inner.startWriting(length, at: offset)
  }

  func lockExclusively() throws(StorageError) {
    try before(.lock)
    try inner.lockExclusively()
  }

  func close() { inner.close() }
}
