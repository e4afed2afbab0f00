public import Storage

/// A storage that passes its calls on, and lets somebody decide about them: leave one out, or do something after it.
///
/// Threading: one thread at a time.
public final class HookedStorage: Storage, @unchecked Sendable {
  /// What is asked about the calls that change a disk or make it durable. Reads, removals and locks are passed on.
  public struct Hook {
    /// Whether a call is left out: it returns and does nothing. The names are those that it is about; only a sync has a
    /// kind.
    public var drops: (_ call: SabotageRule.Call, _ names: [String], _ kind: SyncKind?) -> Bool
    /// Called after each call that was passed on and succeeded, before it returns; an opening counts as one, and so does a
    /// removal.
    public var after: () throws(StorageError) -> Void
    /// Called before each call that only looks: reads, questions, sizes and lists.
    public var looks: () -> Void

    public init(
      drops: @escaping (_ call: SabotageRule.Call, _ names: [String], _ kind: SyncKind?) -> Bool = {
        _, _, _ in
        false
      },
      after: @escaping () throws(StorageError) -> Void = {},
      looks: @escaping () -> Void = {}
    ) {
      self.drops = drops
      self.after = after
      self.looks = looks
    }
  }

  let base: any Storage
  let hook: Hook

  /// - Parameter base: where calls go that are not left out.
  public init(_ base: any Storage, hook: Hook) {
    self.base = base
    self.hook = hook
  }

  /// Passes a call on unless it is left out.
  func pass(
    _ call: SabotageRule.Call, _ names: [String], _ kind: SyncKind? = nil,
    _ body: () throws(StorageError) -> Void
  ) throws(StorageError) {
    if hook.drops(call, names, kind) { return }
    try body()
    try hook.after()
  }

  public var sectorLength: Int { base.sectorLength }

  public func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    let file = HookedFile(try base.open(name, mode), self)
    try hook.after()
    return file
  }

  public func rename(_ name: String, to newName: String) throws(StorageError) {
    try pass(.rename, [name, newName]) { () throws(StorageError) in try base.rename(name, to: newName) }
  }

  public func remove(_ name: String) throws(StorageError) {
    try base.remove(name)
    try hook.after()
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    hook.looks()
    return try base.list(directory)
  }

  public func syncDirectory(_ directory: String) throws(StorageError) {
    try pass(.syncDirectory, [directory]) { () throws(StorageError) in try base.syncDirectory(directory) }
  }
}

/// An open file of a hooked storage.
private final class HookedFile: StorageFile {
  private let base: any StorageFile
  private let storage: HookedStorage

  init(_ base: any StorageFile, _ storage: HookedStorage) {
    self.base = base
    self.storage = storage
  }

  var name: String { base.name }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    storage.hook.looks()
    return try base.read(into: &buffer, at: offset)
  }

  func examine<Answer: Hashable>(
    _ length: Int, at offset: Int, _ question: (RawSpan) -> Answer
  ) throws(StorageError) -> Answer {
    storage.hook.looks()
    return try base.examine(length, at: offset, question)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    if storage.hook.drops(.write, [name], nil) { return }
    try base.write(bytes, at: offset)
    try storage.hook.after()
  }

  @unsafe
  func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    if storage.hook.drops(.write, [name], nil) { return }
    try unsafe base.write(gathering: parts, at: offset)
    try storage.hook.after()
  }

  func writeDurably(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    if storage.hook.drops(.write, [name], nil) { return }
    try base.writeDurably(bytes, at: offset)
    try storage.hook.after()
  }

  var durableWriteAlignment: Int { base.durableWriteAlignment }

  func size() throws(StorageError) -> Int {
    storage.hook.looks()
    return try base.size()
  }

  func truncate(to size: Int) throws(StorageError) {
    try storage.pass(.truncate, [name]) { () throws(StorageError) in try base.truncate(to: size) }
  }

  func allocate(_ size: Int) throws(StorageError) {
    try storage.pass(.allocate, [name]) { () throws(StorageError) in try base.allocate(size) }
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    try storage.pass(.sync, [name], kind) { () throws(StorageError) in try base.sync(kind) }
  }

  func lockExclusively() throws(StorageError) { try base.lockExclusively() }

  func close() { base.close() }
}
