internal import CFuse
internal import FaultFS
internal import SystemPackage

/// Answers the kernel's calls from a volume.
///
/// The kernel knows an inode by the volume's serial number, in the upper half, and the inode's number in the volume, in the
/// lower: so an inode of a volume that is gone is answered by ESTALE, and never taken for another.
///
/// Threading: one thread at a time.
@safe
final class VolumeServer {
  /// What the root of the mount is.
  enum Root {
    /// The root of the volume.
    case volume
    /// A directory whose entries are volumes, named for their serial numbers; only the one that is shown is found.
    case volumesByNumber
  }

  /// The kernel's number of the mount's root (FUSE_ROOT_ID).
  static let rootNode: UInt64 = 1
  /// O_DSYNC, and O_SYNC, which holds it.
  private static let dataSyncFlag: UInt32 = 0o10000
  private static let syncFlags: UInt32 = 0o4_010_000
  /// The longest answer to a read: what libfuse lets the kernel ask for.
  private static let readBytesMax = 1 << 20

  let root: Root
  private(set) var serial: UInt64 = 0
  private var volume: FaultVolume?
  /// Directories that are open, as they were when the first part of their list was asked for.
  private var listings: [UInt64: [VolumeAnswer.ListedEntry]] = [:]
  private var listingCount: UInt64 = 0
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: VolumeServer.readBytesMax, alignment: 4096)
  /// How many calls were served, without those that let go of something.
  private(set) var callCount = 0

  init(root: Root) {
    self.root = root
  }

  deinit {
    unsafe buffer.deallocate()
  }

  /// Shows another volume.
  ///
  /// - Returns: its entry in the root, where that lists volumes.
  func show(_ volume: FaultVolume) -> String {
    serial += 1
    self.volume = volume
    listings.removeAll()
    listingCount = 0
    return "\(serial)"
  }

  /// Shows none: its disk may be done for.
  func hide() {
    volume = nil
  }

  /// Whether a call is about the volume, and somebody waits for its answer.
  func concernsVolume(_ call: FuseCall) -> Bool {
    !letsGo(call) && !(root == .volumesByNumber && call.node == Self.rootNode)
  }

  /// Nobody waits for these, so when they come depends on the kernel's own time.
  private func letsGo(_ call: FuseCall) -> Bool {
    call.kind == CFUSE_RELEASE || call.kind == CFUSE_RELEASE_DIRECTORY
  }

  /// Does what a call asks for.
  func answer(to call: FuseCall) -> VolumeAnswer {
    if letsGo(call) { return letGo(call) }
    callCount += 1
    do {
      if root == .volumesByNumber && call.node == Self.rootNode { return try answerInRoot(call) }
      guard let volume, let inode = inode(call.node) else { return .failed(.staleNFSFileHandle) }
      return try answer(call, volume, inode)
    } catch {
      return .failed(error.errno)
    }
  }

  /// The inode of the present volume that the kernel calls `node`.
  private func inode(_ node: UInt64) -> FaultVolume.Inode? {
    if node == Self.rootNode && root == .volume { return FaultVolume.root }
    return node >> 32 == serial ? FaultVolume.Inode(node & 0xffff_ffff) : nil
  }

  private func letGo(_ call: FuseCall) -> VolumeAnswer {
    if call.kind == CFUSE_RELEASE_DIRECTORY {
      listings[call.handle] = nil
    } else if let volume, inode(call.node) != nil {
      volume.close(FaultVolume.Handle(call.handle))
    }
    return .done
  }

  /// Shows a watcher what a call has read or changed.
  func show(_ call: FuseCall, _ answer: VolumeAnswer, to watcher: any DataWatcher) {
    guard concernsVolume(call), let inode = inode(call.node) else { return }
    switch call.kind {
    case CFUSE_READ:
      if case .bytes(let bytes) = answer { watcher.read(inode, at: call.offset, bytes) }
    case CFUSE_WRITE, CFUSE_ALLOCATE:
      watcher.changed(inode, call.offset..<max(call.offset, call.offset &+ call.size))
    case CFUSE_SET_ATTRIBUTES where call.sets(CFUSE_SET_SIZE): watcher.changed(inode, call.size..<Int.max)
    default: break
    }
  }

  // MARK: The directory of volumes

  private func answerInRoot(_ call: FuseCall) throws(VolumeError) -> VolumeAnswer {
    switch call.kind {
    case CFUSE_LOOKUP:
      guard let volume, call.name == FileName("\(serial)") else { return .failed(.noSuchFileOrDirectory) }
      return .entry(try attributes(of: FaultVolume.root, volume))
    case CFUSE_GET_ATTRIBUTES:
      return .attributes(
        cfuse_attributes(
          node: Self.rootNode, number: 1, size: 0, blocks: 0, mode: FileKind.directory.modeBits | 0o555,
          links: 1,
          user: 0, group: 0, device: 0, access_time: 0, modification_time: 0, change_time: 0))
    case CFUSE_STATISTICS:
      guard let volume else { return .failed(.staleNFSFileHandle) }
      return .statistics(volume.statistics.door)
    default: return .failed(.notPermitted)
    }
  }

  // MARK: Calls of the volume

  private func answer(
    _ call: FuseCall, _ volume: FaultVolume, _ inode: FaultVolume.Inode
  ) throws(VolumeError) -> VolumeAnswer {
    switch call.kind {
    case CFUSE_LOOKUP: return .entry(try attributes(of: volume.lookUp(call.name, in: inode), volume))
    case CFUSE_GET_ATTRIBUTES: return .attributes(try attributes(of: inode, volume))
    case CFUSE_SET_ATTRIBUTES: return try setAttributes(call, volume, inode)
    case CFUSE_STATISTICS: return .statistics(volume.statistics.door)
    case CFUSE_READ_LINK: return .linkText(try volume.readSymbolicLink(inode))
    case CFUSE_MAKE_NODE, CFUSE_MAKE_DIRECTORY, CFUSE_MAKE_SYMBOLIC_LINK, CFUSE_CREATE,
      CFUSE_MAKE_NAMELESS_FILE:
      return try make(call, volume, inode)
    case CFUSE_REMOVE_FILE:
      try volume.remove(call.name, in: inode)
      return .done
    case CFUSE_REMOVE_DIRECTORY:
      try volume.removeDirectory(call.name, in: inode)
      return .done
    case CFUSE_RENAME: return try rename(call, volume, inode)
    case CFUSE_LINK:
      guard let parent = self.inode(call.newNode) else { return .failed(.staleNFSFileHandle) }
      try volume.link(inode, to: call.newName, in: parent)
      return .entry(try attributes(of: inode, volume))
    case CFUSE_OPEN: return .opened(try volume.open(inode).number)
    case CFUSE_READ: return try read(call, volume)
    case CFUSE_WRITE: return try write(call, volume)
    case CFUSE_ALLOCATE: return try allocate(call, volume)
    case CFUSE_COPY_RANGE:
      return .count(
        try volume.copyRange(
          from: FaultVolume.Handle(call.handle), at: call.offset, to: FaultVolume.Handle(call.newHandle),
          at: call.newOffset, length: call.size))
    case CFUSE_SYNC_FILE:
      try volume.synchronize(FaultVolume.Handle(call.handle), dataOnly: call.flags != 0)
      return .done
    case CFUSE_SYNC_DIRECTORY:
      try volume.synchronizeDirectory(inode)
      return .done
    case CFUSE_OPEN_DIRECTORY:
      listingCount += 1
      return .opened(listingCount)
    case CFUSE_READ_DIRECTORY: return try list(call, volume, inode)
    case CFUSE_GET_XATTR: return .value(try volume.extendedAttribute(call.name, of: inode))
    case CFUSE_LIST_XATTR:
      return .value(try volume.extendedAttributes(of: inode).flatMap { $0.bytes + [0] })
    case CFUSE_SET_XATTR: return try setExtendedAttribute(call, volume, inode)
    case CFUSE_REMOVE_XATTR:
      try volume.removeExtendedAttribute(call.name, of: inode)
      return .done
    default: return .failed(.noFunction)
    }
  }

  private func make(
    _ call: FuseCall, _ volume: FaultVolume, _ parent: FaultVolume.Inode
  ) throws(VolumeError) -> VolumeAnswer {
    let permissions = UInt16(call.mode & 0o7777)
    let made: FaultVolume.Inode
    switch call.kind {
    case CFUSE_MAKE_DIRECTORY:
      made = try volume.makeDirectory(
        call.name, in: parent, permissions: permissions, owner: call.user, group: call.group)
    case CFUSE_MAKE_SYMBOLIC_LINK:
      made = try volume.makeSymbolicLink(
        call.name, in: parent, text: call.linkText, owner: call.user, group: call.group)
    case CFUSE_MAKE_NAMELESS_FILE:
      made = try volume.createUnnamed(
        in: parent, permissions: permissions, owner: call.user, group: call.group)
    default:
      guard let kind = FileKind(modeBits: call.mode) else { return .failed(.invalidArgument) }
      made = try volume.create(
        call.name, in: parent, kind: kind, permissions: permissions, owner: call.user, group: call.group,
        device: call.device)
    }
    if call.kind == CFUSE_CREATE || call.kind == CFUSE_MAKE_NAMELESS_FILE {
      return .created(try attributes(of: made, volume), handle: try volume.open(made).number)
    }
    return .entry(try attributes(of: made, volume))
  }

  private func rename(
    _ call: FuseCall, _ volume: FaultVolume, _ parent: FaultVolume.Inode
  ) throws(VolumeError) -> VolumeAnswer {
    guard let newParent = inode(call.newNode) else { return .failed(.staleNFSFileHandle) }
    // RENAME_NOREPLACE, RENAME_EXCHANGE.
    let renaming: FaultVolume.Renaming
    switch call.flags {
    case 0: renaming = .replacing
    case 1: renaming = .withoutReplacing
    case 2: renaming = .exchanging
    default: return .failed(.invalidArgument)
    }
    try volume.rename(call.name, in: parent, to: call.newName, in: newParent, renaming)
    return .done
  }

  // MARK: Bytes

  private func read(_ call: FuseCall, _ volume: FaultVolume) throws(VolumeError) -> VolumeAnswer {
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(call.size, buffer.count)])
    var span = unsafe part.mutableBytes
    let count = try volume.read(into: &span, from: FaultVolume.Handle(call.handle), at: call.offset)
    return .bytes(unsafe [UInt8](UnsafeRawBufferPointer(rebasing: part[..<count])))
  }

  private func write(_ call: FuseCall, _ volume: FaultVolume) throws(VolumeError) -> VolumeAnswer {
    try call.withBytes { bytes throws(VolumeError) in
      try volume.write(bytes, to: FaultVolume.Handle(call.handle), at: call.offset)
    }
    // Past the kernel's cache nobody else does what O_SYNC and O_DSYNC ask for.
    if call.flags & Self.dataSyncFlag != 0 {
      try volume.synchronize(
        FaultVolume.Handle(call.handle), dataOnly: call.flags & Self.syncFlags != Self.syncFlags)
    }
    return .count(call.size)
  }

  private func allocate(_ call: FuseCall, _ volume: FaultVolume) throws(VolumeError) -> VolumeAnswer {
    // FALLOC_FL_KEEP_SIZE 1, FALLOC_FL_PUNCH_HOLE 2, FALLOC_FL_ZERO_RANGE 16.
    let allocation: FaultVolume.Allocation
    switch call.flags {
    case 0: allocation = .growing
    case 1: allocation = .keepingSize
    case 3: allocation = .punchingHole
    case 16: allocation = .zeroing
    case 17: allocation = .zeroingKeepingSize
    default: return .failed(.notSupportedOnSocket)
    }
    try volume.allocate(FaultVolume.Handle(call.handle), allocation, at: call.offset, length: call.size)
    return .done
  }

  // MARK: Directories

  private func list(
    _ call: FuseCall, _ volume: FaultVolume, _ inode: FaultVolume.Inode
  ) throws(VolumeError) -> VolumeAnswer {
    if call.offset == 0 || listings[call.handle] == nil {
      var entries = [".", ".."].map { (name: FileName) in
        VolumeAnswer.ListedEntry(name: name, number: inode.number, mode: FileKind.directory.modeBits)
      }
      for entry in try volume.readDirectory(inode) {
        entries.append(
          VolumeAnswer.ListedEntry(name: entry.name, number: entry.inode.number, mode: entry.kind.modeBits))
      }
      listings[call.handle] = entries
    }
    return .entries(listings[call.handle] ?? [], from: call.offset)
  }
}
