import FaultFS

extension SyncChange {
  /// The change, as what is to be done after each call that a program makes; nil where it cannot be made to a program.
  func onVolume() -> ((FaultVolume) -> Void)? {
    guard case .added(let barriers) = self else { return nil }
    var schedule: AddedSyncs?
    return { volume in
      if schedule == nil { schedule = AddedSyncs(barriers, on: volume.disk) }
      while let subject = schedule?.nextDue(on: volume.disk) {
        // Where there is nothing of the name there is nothing to sync.
        volume.disk.withoutStrikes { try? subject.sync(on: volume) }
      }
    }
  }
}

extension Barrier.Subject {
  fileprivate func sync(on volume: FaultVolume) throws(VolumeError) {
    switch self {
    case .file(let path):
      let handle = try volume.open(volume.lookUp(path: path))
      defer { volume.close(handle) }
      try volume.synchronize(handle, dataOnly: true)
    case .directory(let path): try volume.synchronizeDirectory(volume.lookUp(path: path))
    }
  }
}

extension FaultVolume {
  /// The object at a path from the root, without links on the way; the root's is empty.
  fileprivate func lookUp(path: String) throws(VolumeError) -> Inode {
    var inode = FaultVolume.root
    for name in path.split(separator: "/") { inode = try lookUp(FileName(String(name)), in: inode) }
    return inode
  }
}
