public import Storage
internal import SystemPackage

/// A disk in memory that remembers everything that a crash could lose.
///
/// Reads show what a page cache would: the newest bytes. Meanwhile each call that changes the disk appends
/// versions to the cells that it touches, and each sync is noted (`timeline`). From that one recording a
/// `CrashWindow` derives what every crash point may leave behind.
///
/// Directories need not be made: one exists as long as a file lies in it, and can always be listed and synced.
///
/// A disk is done for when a `CrashWindow` takes it over, or when the body that it was handed to returns; using it
/// after that traps. Files left open by then may only be closed or dropped.
///
/// Threading: one thread at a time.
public final class FaultDisk: Storage, @unchecked Sendable {
  private let core: DiskCore
  private let generation: Int

  /// An empty disk.
  ///
  /// - Parameter profile: what a crash may do to it; traps where it has a `flaw`.
  public convenience init(profile: Profile = .posix) {
    if let flaw = profile.flaw { fatalError("profile '\(profile.name)': \(flaw)") }
    let core = DiskCore(images: ImageStore(sectorLength: profile.sectorLength), profile: profile)
    core.begin()
    self.init(core)
  }

  /// The view in force of `core`.
  init(_ core: DiskCore) {
    self.core = core
    generation = core.generation
  }

  public var profile: Profile { core.profile }
  public var sectorLength: Int { core.profile.sectorLength }

  /// Called at each operation, once it has succeeded; its result is kept as the operation's `witness`. A caller may
  /// capture a call stack here and return its number.
  public var witness: (() -> Int)? {
    get { liveCore.witness }
    set { liveCore.witness = newValue }
  }

  /// Called while a sync of a file or a directory is under way: other threads may make calls meanwhile, one at a time, and the sync
  /// covers none of them. The disk must still be in use when it returns.
  public var whileSyncing: (() -> Void)? {
    get { liveCore.whileSyncing }
    set { liveCore.whileSyncing = newValue }
  }

  /// Makes faults strike the calls from here on; they replace those injected before. Their counts begin at this call.
  ///
  /// A disk that shows a crash state begins without faults, except for the sectors that could not be read when it crashed.
  ///
  /// - Parameter faults: traps where one has a `flaw`. Where several want the same call, the first one strikes.
  public func inject(_ faults: [Fault]) {
    for fault in faults {
      if let flaw = fault.flaw { fatalError("fault \(fault.kind.rawValue) on '\(fault.file)': \(flaw)") }
    }
    let core = liveCore
    if faults.isEmpty && core.faults == nil { return }
    core.checkKeepsVersions("inject faults into")
    core.faultStateForChange.injector = faults.isEmpty ? nil : FaultInjector(faults)
  }

  /// Runs `body`, whose calls no injected fault strikes or counts: for calls that are not the system's own.
  public func withoutStrikes<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    let faults = liveCore.faults
    let injector = faults?.injector
    faults?.injector = nil
    defer { faults?.injector = injector }
    try body()
  }

  /// Lets calls take place again after a fault killed the process that made them: those are the next one's.
  public func beginProcess() { liveCore.faults?.injector?.isKilled = false }

  /// Whether a fault killed the process that makes the calls.
  public var isProcessKilled: Bool { liveCore.faults?.injector?.isKilled ?? false }

  /// The faults that have struck since `inject`, in order.
  public var firedFaults: [FiredFault] { liveCore.faults?.injector?.fired ?? [] }

  /// How many calls each of the injected faults could have struck, by its kind, file and bytes.
  public var matchingCallCounts: [Int] { liveCore.faults?.injector?.matchCounts ?? [] }

  /// How many calls a fault could have struck since `inject` with at least one fault.
  public var strikableCallCount: Int { liveCore.faults?.injector?.callCount ?? 0 }

  /// Everything that was recorded so far.
  public var timeline: Timeline {
    liveCore.checkKeepsVersions("look at the timeline of")
    return Timeline(liveCore)
  }

  /// How many operations were recorded so far.
  public var operationCount: Int { liveCore.operations.count }

  /// Forgets how the disk came to be as it is: all of it is durable, and recording begins anew. Open files stay open.
  ///
  /// Only for a disk that no window lies around, and before faults are injected; traps otherwise.
  public func restartRecording() {
    liveCore.restart()
  }

  /// The core, while this disk is the view in force; traps when it no longer is.
  var liveCore: DiskCore {
    if generation != core.generation {
      fatalError(
        "a disk was used after a crash window took it over or its body returned "
          + "(its generation is \(generation), the present one \(core.generation))")
    }
    return core
  }

  var coreIfLive: DiskCore? { generation == core.generation ? core : nil }

  // MARK: Storage

  public func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    let core = liveCore
    let number: Int32
    let file: Int32
    if let known = core.lookedUp(name) {
      if mode == .createNew { throw StorageError(.open, name, .errno(.fileExists)) }
      if core.faults != nil { try core.failIfStruck(.open, [name], .open) }
      number = known
      file = core.images.entry(known)
    } else {
      number = try newName(name, .open, mayCreate: mode == .createNew || mode == .createOrOpen)
      if core.faults != nil { try core.failIfStruck(.open, [name], .open) }
      file = core.create(number)
    }
    core.handleCount += 1
    return FaultFile(
      self, name: name, nameNumber: number, file: file, handle: core.handleCount,
      isWritable: mode != .readOnly, knownErrors: core.faults?.syncErrors.knownAtOpen(file) ?? 0)
  }

  public func rename(_ name: String, to newName: String) throws(StorageError) {
    let core = liveCore
    try StorageName.check(name, .rename)
    try StorageName.check(newName, .rename)
    let number = try existing(name, .rename)
    let newNumber: Int32
    if let known = core.lookedUp(newName) {
      newNumber = known
    } else {
      newNumber = try self.newName(newName, .rename, mayCreate: true, blame: name)
    }
    if core.faults != nil { try core.failIfStruck(.rename, [name, newName], .rename) }
    core.rename(number, to: newNumber)
  }

  public func remove(_ name: String) throws(StorageError) {
    let number = try existing(name, .remove)
    let core = liveCore
    if core.faults != nil { try core.failIfStruck(.remove, [name], .remove) }
    core.remove(number)
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    let core = liveCore
    try checkDirectory(directory, .list)
    let prefix = directory.isEmpty ? "" : directory + "/"
    core.settleEntries(of: directory)
    var names: [String] = []
    for (number, name) in core.images.names.names.enumerated() where core.images.entry(Int32(number)) >= 0 {
      if core.images.names.isPath(Int32(number)) && Self.directory(of: name) == directory {
        names.append(String(name.dropFirst(prefix.count)))
      }
    }
    return names.sorted()
  }

  public func syncDirectory(_ directory: String) throws(StorageError) {
    let core = liveCore
    try checkDirectory(directory, .syncDirectory)
    let number = core.images.names.internDirectory(directory)
    let name = core.images.names.intern(directory, inDirectory: Self.directory(of: directory))
    try core.syncDirectory(number, file: -1, name: name)
  }

  // MARK: Looking without reading

  /// The size and the hash (see `BlockHash`) of a file's content; nil where there is no such file.
  ///
  /// Observes the whole file, and no fault strikes. Costs the blocks that changed since it was last asked for, on this disk or on those
  /// around it.
  public func content(of name: String, stream: Int) -> (size: Int, hash: UInt64)? {
    let core = liveCore
    guard let number = core.lookedUp(name) else { return nil }
    let file = core.images.entry(number)
    let size = core.observedSize(file)
    if core.images.isWatched(file) { core.settleBytes(file, 0..<size) }
    core.images.courseTrace?.observeBytes(file, 0..<size)
    return (size, core.images.contentHash(file, stream: stream))
  }

  /// All bytes of a file; nil where there is no such file. Observes them, and no fault strikes.
  public func bytes(of name: String) -> [UInt8]? {
    let core = liveCore
    guard let number = core.lookedUp(name) else { return nil }
    let file = core.images.entry(number)
    let size = core.observedSize(file)
    if core.images.isWatched(file) { core.settleBytes(file, 0..<size) }
    core.images.courseTrace?.observeBytes(file, 0..<size)
    var bytes = [UInt8](repeating: 0, count: size)
    unsafe bytes.withUnsafeMutableBytes { unsafe core.images.read(file, at: 0, into: $0) }
    return bytes
  }

  // MARK: Names

  /// The number of the name of a file that exists.
  private func existing(_ name: String, _ operation: StorageError.Operation) throws(StorageError) -> Int32 {
    if let number = liveCore.lookedUp(name) { return number }
    return try newName(name, operation, mayCreate: false)
  }

  /// The number of a name that no file has, where a file may be made there; errors carry the name `blame`.
  private func newName(
    _ name: String, _ operation: StorageError.Operation, mayCreate: Bool, blame: String? = nil
  ) throws(StorageError) -> Int32 {
    try StorageName.check(name, operation)
    let core = liveCore
    let blame = blame ?? name
    if core.isDirectory(name) { throw StorageError(operation, blame, .errno(.isDirectory)) }
    if core.fileOnTheWay(to: name) != nil { throw StorageError(operation, blame, .errno(.notDirectory)) }
    if !mayCreate { throw StorageError(operation, blame, .errno(.noSuchFileOrDirectory)) }
    return core.images.names.intern(name, inDirectory: Self.directory(of: name))
  }

  private func checkDirectory(
    _ directory: String, _ operation: StorageError.Operation
  ) throws(StorageError) {
    try StorageName.checkDirectory(directory, operation)
    if directory.isEmpty { return }
    if liveCore.fileOnTheWay(to: directory + "/") != nil {
      throw StorageError(operation, directory, .errno(.notDirectory))
    }
  }

}
