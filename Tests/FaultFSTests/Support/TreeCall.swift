import FaultFS
import SystemPackage

/// A call on a tree, in terms that a `FaultVolume` and a `NaiveTree` both know: paths, and open files by their place in
/// the order in which they were opened.
enum TreeCall: Hashable {
  case create(String)
  case createUnnamed(String)
  case makeDirectory(String)
  case makeSymbolicLink(String, text: String)
  case link(String, to: String)
  case linkOpen(Int, to: String)
  case rename(String, to: String, FaultVolume.Renaming)
  case remove(String)
  case removeDirectory(String)
  case setPermissions(String, UInt16)
  case open(String)
  case write(Int, at: Int, [UInt8])
  case truncate(String, to: Int)
  case allocate(Int, FaultVolume.Allocation, at: Int, length: Int)
  case copy(from: Int, at: Int, to: Int, newOffset: Int, length: Int)
  case synchronize(Int, dataOnly: Bool)
  case synchronizeDirectory(String)

  case lookUp(String)
  case list(String)
  case status(String)
  case read(Int, at: Int, length: Int)
  case readSymbolicLink(String)

  /// Whether it only looks.
  var isObservation: Bool {
    switch self {
    case .lookUp, .list, .status, .read, .readSymbolicLink: true
    default: false
    }
  }
}

/// A tree that calls are made on.
protocol Tree: AnyObject {
  /// Makes a call; what it showed, in words.
  func make(_ call: TreeCall) throws(Errno) -> [UInt64]
}

extension Tree {
  /// Makes a call; what it showed, or its error, in words.
  func outcome(of call: TreeCall) -> [UInt64] {
    do {
      return try make(call)
    } catch {
      return [1000 + UInt64(error.rawValue)]
    }
  }
}

func words(_ bytes: some Sequence<UInt8>) -> [UInt64] {
  [bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }]
}

/// A `FaultVolume` with the files that calls have opened.
final class VolumeTree: Tree {
  let volume: FaultVolume
  private var handles: [FaultVolume.Handle] = []

  init(_ disk: FaultDisk) {
    volume = FaultVolume(on: disk)
  }

  func make(_ call: TreeCall) throws(Errno) -> [UInt64] {
    do throws(VolumeError) {
      return try answer(call)
    } catch {
      throw error.errno
    }
  }

  private func answer(_ call: TreeCall) throws(VolumeError) -> [UInt64] {
    switch call {
    case .create(let path):
      let (name, parent) = try place(path)
      return [try volume.create(name, in: parent, permissions: 0o644).number]
    case .createUnnamed(let path):
      let inode = try volume.createUnnamed(in: inode(path), permissions: 0o600)
      handles.append(try volume.open(inode))
    case .makeDirectory(let path):
      let (name, parent) = try place(path)
      return [try volume.makeDirectory(name, in: parent, permissions: 0o755).number]
    case .makeSymbolicLink(let path, let text):
      let (name, parent) = try place(path)
      return [try volume.makeSymbolicLink(name, in: parent, text: Array(text.utf8)).number]
    case .link(let path, let newPath):
      let inode = try inode(path)
      let (name, parent) = try place(newPath)
      try volume.link(inode, to: name, in: parent)
    case .linkOpen(let slot, let path):
      let (name, parent) = try place(path)
      try volume.link(try volume.inode(of: handle(slot)), to: name, in: parent)
    case .rename(let path, let newPath, let renaming):
      let (name, parent) = try place(path)
      let (newName, newParent) = try place(newPath)
      try volume.rename(name, in: parent, to: newName, in: newParent, renaming)
    case .remove(let path):
      let (name, parent) = try place(path)
      try volume.remove(name, in: parent)
    case .removeDirectory(let path):
      let (name, parent) = try place(path)
      try volume.removeDirectory(name, in: parent)
    case .setPermissions(let path, let permissions):
      try volume.setAttributes(inode(path), .init(permissions: permissions))
    case .open(let path): handles.append(try volume.open(inode(path)))
    case .write(let slot, let offset, let bytes):
      try unsafe volume.write(bytes.span.bytes, to: handle(slot), at: offset)
    case .truncate(let path, let size): try volume.truncate(inode(path), to: size)
    case .allocate(let slot, let allocation, let offset, let length):
      try volume.allocate(handle(slot), allocation, at: offset, length: length)
    case .copy(let source, let offset, let target, let targetOffset, let length):
      let count = try volume.copyRange(
        from: handle(source), at: offset, to: handle(target), at: targetOffset, length: length)
      return [UInt64(count)]
    case .synchronize(let slot, let dataOnly): try volume.synchronize(handle(slot), dataOnly: dataOnly)
    case .synchronizeDirectory(let path): try volume.synchronizeDirectory(inode(path))
    case .lookUp(let path): return [try inode(path).number]
    case .list(let path):
      return try volume.readDirectory(inode(path)).flatMap {
        words($0.name.bytes) + [$0.inode.number, UInt64($0.kind.rawValue)]
      }
    case .status(let path):
      let status = try volume.status(of: inode(path))
      return [
        UInt64(status.attributes.kind.rawValue), UInt64(status.attributes.permissions), UInt64(status.size),
        UInt64(status.linkCount),
      ]
    case .read(let slot, let offset, let length):
      return words(try volume.bytes(of: handle(slot), length, at: offset))
    case .readSymbolicLink(let path): return words(try volume.readSymbolicLink(inode(path)))
    }
    return []
  }

  private func handle(_ slot: Int) throws(VolumeError) -> FaultVolume.Handle {
    if slot >= handles.count { throw VolumeError(.open, "file \(slot)", .badFileDescriptor) }
    return handles[slot]
  }

  private func inode(_ path: String) throws(VolumeError) -> FaultVolume.Inode {
    var inode = FaultVolume.root
    for name in path.split(separator: "/") { inode = try volume.lookUp(FileName(String(name)), in: inode) }
    return inode
  }

  private func place(_ path: String) throws(VolumeError) -> (name: FileName, parent: FaultVolume.Inode) {
    let names = path.split(separator: "/")
    return (FileName(String(names.last ?? "")), try inode(names.dropLast().joined(separator: "/")))
  }
}
