internal import Storage
internal import SystemPackage

/// A whole file system on a `FaultDisk`: directories, links, files without names, all by their inodes, as a server of
/// FUSE requests needs it.
///
/// It is one more way to use the disk, beside the paths of `Storage`, and records in the same timeline. The two do not see
/// each other's files; a disk is used in one way.
///
/// What a crash may leave of a tree is said with `CrashWindow`. The times that calls leave behind by themselves (a write's,
/// a read's) are the page cache's alone: after a crash an object shows those that it was made with, or that were set
/// last. So a check that reads them takes the same course at every crash point.
///
/// Permissions are kept and not checked; symbolic links are not followed; there is no limit but memory, or `keptBytesMax`. Objects are
/// numbered in the order in which they were made; `root` is the first. An inode that was never made is answered by ESTALE.
///
/// A volume is one view of its disk and is done for when that is. Make one for each disk, and only one: what it remembers
/// besides (handles, paths, times of use) is its own.
///
/// Threading: one thread at a time.
public final class FaultVolume {
  /// The number of an object: one more than that of its file in the timeline.
  public struct Inode: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public var number: UInt64

    public init(_ number: UInt64) {
      self.number = number
    }

    init(file: Int32) {
      number = UInt64(file) + 1
    }

    public static func < (left: Inode, right: Inode) -> Bool { left.number < right.number }

    public var description: String { "inode \(number)" }
  }

  /// An open file, until it is closed.
  public struct Handle: Hashable, Sendable, BitwiseCopyable {
    public var number: UInt64

    public init(_ number: UInt64) {
      self.number = number
    }
  }

  public static let root = Inode(1)

  /// The disk below, for its faults, its timeline and its witness, and for a `CrashWindow` over it.
  public let disk: FaultDisk

  /// What time it is, where a call leaves a time behind. By default a millisecond for each recorded operation,
  /// so that equal calls leave equal times.
  public var clock: (() -> Timestamp)?

  /// How many bytes all contents that its sectors had may take before each write fails with ENOSPC; nil: as many as memory holds.
  public var keptBytesMax: Int?
  /// Whether a write failed for that.
  public internal(set) var isFull = false

  /// Times that calls left behind by themselves.
  var times: [Int32: Times] = [:]
  var openFiles: [UInt64: FaultFile] = [:]
  private var handleCount: UInt64 = 0
  /// For each object, the entry by which it was last found or made.
  var homes: [Int32: Int32] = [:]
  /// The paths of objects as numbers in the table of names, until an entry changes.
  private var labels: [Int32: Int32] = [:]

  struct Times {
    var accessed: Timestamp
    var modified: Timestamp
    var changed: Timestamp
  }

  /// The file system on `disk`, which is made, with an empty root, where there is none.
  ///
  /// - Parameters:
  ///   - disk: traps where it holds files that were made by their paths.
  ///   - permissions: the root's, where it is made; so with its owner and group.
  public init(on disk: FaultDisk, permissions: UInt16 = 0o755, owner: UInt32 = 0, group: UInt32 = 0) {
    self.disk = disk
    let core = disk.liveCore
    if core.images.fileCount == 0 {
      let attributes = FileAttributes(
        .directory, permissions: permissions, owner: owner, group: group, time: core.logicalTime)
      core.makeRoot(attributes)
    } else if core.images.attributes.number(of: 0) < 0 {
      fatalError("a volume on a disk of \(core.images.fileCount) files that were made by their paths")
    }
  }

  var core: DiskCore { disk.liveCore }

  var now: Timestamp { clock?() ?? core.logicalTime }

  // MARK: Objects

  /// The file of an inode.
  ///
  /// - Throws: ESTALE where there is none.
  func file(_ inode: Inode, _ operation: VolumeError.Operation) throws(VolumeError) -> Int32 {
    guard inode.number >= 1, inode.number <= UInt64(core.images.fileCount) else {
      throw VolumeError(operation, "\(inode)", .staleNFSFileHandle)
    }
    return Int32(inode.number - 1)
  }

  /// The file of an inode that is a directory.
  ///
  /// - Throws: ENOTDIR where it is none.
  func directory(_ inode: Inode, _ operation: VolumeError.Operation) throws(VolumeError) -> Int32 {
    let file = try file(inode, operation)
    if kind(of: file) != .directory { throw VolumeError(operation, path(of: file), .notDirectory) }
    return file
  }

  func kind(of file: Int32) -> FileKind { attributes(of: file).kind }

  func attributes(of file: Int32) -> FileAttributes {
    core.images.attributes.state(core.images.attributes.number(of: file))
  }

  // MARK: Paths

  /// The path of an object as it was last found, for messages; as a number in the table of names.
  func label(of file: Int32) -> Int32 {
    if let label = labels[file] { return label }
    let path = path(of: file)
    let label = intern(path)
    labels[file] = label
    return label
  }

  /// The path of a place that may be empty.
  func label(of place: NameTable.Place) -> Int32 {
    intern(path(of: place))
  }

  func path(of file: Int32) -> String {
    if file == 0 { return "" }
    guard let home = homes[file], let place = core.images.names.place(home) else {
      return "\(Inode(file: file))"
    }
    return path(of: place)
  }

  func path(of place: NameTable.Place) -> String {
    var path = "\(place.name)"
    for directory in ancestry(of: place.directory) where directory != 0 {
      let name = homes[directory].flatMap { core.images.names.place($0) }?.name
      path = "\(name?.description ?? "\(Inode(file: directory))")/\(path)"
    }
    return path
  }

  /// A directory and those above it, as they were last found. Ends at the root, at a directory that was not found yet, or
  /// where a directory was found below itself.
  func ancestry(of directory: Int32) -> [Int32] {
    var ancestry = [directory]
    while let last = ancestry.last, let home = homes[last], let place = core.images.names.place(home),
      !ancestry.contains(place.directory)
    {
      ancestry.append(place.directory)
    }
    return ancestry
  }

  private func intern(_ path: String) -> Int32 {
    core.images.names.intern(path, inDirectory: FaultDisk.directory(of: path))
  }

  /// Notes that an object was found, or is now, at an entry.
  func noteHome(of file: Int32, at name: Int32) {
    if homes[file] == name { return }
    homes[file] = name
    if kind(of: file) == .directory { labels.removeAll() } else { labels[file] = nil }
  }

  // MARK: Handles

  func handle(for file: FaultFile) -> Handle {
    handleCount += 1
    openFiles[handleCount] = file
    return Handle(handleCount)
  }

  func openFile(_ handle: Handle, _ operation: VolumeError.Operation) throws(VolumeError) -> FaultFile {
    guard let file = openFiles[handle.number] else {
      throw VolumeError(operation, "handle \(handle.number)", .badFileDescriptor)
    }
    return file
  }
}
