public import Storage

/// A storage whose calls are broken on purpose, by rules: it stands for the bugs that storage code has.
///
/// A harness that finds nothing must be shown to find something: run the system under test on this, over any other
/// storage, and the campaign has to fail.
///
/// Threading: one thread at a time.
public final class SabotagedStorage: Storage, @unchecked Sendable {
  private let base: any Storage
  private let rules: [SabotageRule]
  private var matchCounts: [Int]

  /// Told of each call that a rule drops, with the name that it was about. A caller may capture a call stack here.
  public var onDrop: ((_ call: SabotageRule.Call, _ name: String) -> Void)?

  /// - Parameter base: where calls go that no rule drops.
  public init(_ base: any Storage, rules: [SabotageRule]) {
    self.base = base
    self.rules = rules
    matchCounts = [Int](repeating: 0, count: rules.count)
  }

  /// How many calls each rule was about so far, in the order of the rules: a rule that never matched sabotages nothing.
  public var matches: [Int] { matchCounts }

  /// Whether a rule drops this call. Every rule that is about it counts it.
  func drops(_ call: SabotageRule.Call, _ names: [String], _ kind: SyncKind? = nil) -> Bool {
    var isDropped = false
    for (number, rule) in rules.enumerated() where names.contains(where: { rule.matches(call, $0, kind) }) {
      matchCounts[number] += 1
      if rule.onlyCall == nil || rule.onlyCall == matchCounts[number] { isDropped = true }
    }
    if isDropped { onDrop?(call, names.first ?? "") }
    return isDropped
  }

  public func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    SabotagedFile(try base.open(name, mode), self)
  }

  public func rename(_ name: String, to newName: String) throws(StorageError) {
    if drops(.rename, [name, newName]) { return }
    try base.rename(name, to: newName)
  }

  public func remove(_ name: String) throws(StorageError) {
    try base.remove(name)
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    try base.list(directory)
  }

  public func syncDirectory(_ directory: String) throws(StorageError) {
    if drops(.syncDirectory, [directory]) { return }
    try base.syncDirectory(directory)
  }
}

/// An open file of a sabotaged storage.
private final class SabotagedFile: StorageFile {
  private let base: any StorageFile
  private let storage: SabotagedStorage

  init(_ base: any StorageFile, _ storage: SabotagedStorage) {
    self.base = base
    self.storage = storage
  }

  var name: String { base.name }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    try base.read(into: &buffer, at: offset)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    if storage.drops(.write, [name]) { return }
    try base.write(bytes, at: offset)
  }

  @unsafe
  func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    if storage.drops(.write, [name]) { return }
    try unsafe base.write(gathering: parts, at: offset)
  }

  func size() throws(StorageError) -> Int { try base.size() }

  func truncate(to size: Int) throws(StorageError) {
    if storage.drops(.truncate, [name]) { return }
    try base.truncate(to: size)
  }

  func allocate(_ size: Int) throws(StorageError) {
    if storage.drops(.allocate, [name]) { return }
    try base.allocate(size)
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    if storage.drops(.sync, [name], kind) { return }
    try base.sync(kind)
  }

  func lockExclusively() throws(StorageError) {
    try base.lockExclusively()
  }

  func close() {
    base.close()
  }
}
