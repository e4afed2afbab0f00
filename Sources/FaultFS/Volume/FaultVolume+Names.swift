internal import Storage
internal import SystemPackage

/// Finding, making, moving and removing names.
extension FaultVolume {
  /// How `rename` treats the new name (Linux, `renameat2`).
  public enum Renaming: Hashable, Sendable {
    /// An object that has it loses it.
    case replacing
    /// It must be free (`RENAME_NOREPLACE`).
    case withoutReplacing
    /// The two objects change places (`RENAME_EXCHANGE`).
    case exchanging
  }

  // MARK: Finding

  /// The object that a name in a directory stands for. Observes the entry.
  ///
  /// - Throws: ENOENT, ENOTDIR, ENAMETOOLONG.
  public func lookUp(_ name: FileName, in parent: Inode) throws(VolumeError) -> Inode {
    let place = try place(name, in: parent, .lookUp)
    return Inode(file: try existing(place, .lookUp).file)
  }

  /// One entry of a directory.
  public struct DirectoryEntry: Hashable, Sendable {
    public var name: FileName
    public var inode: Inode
    public var kind: FileKind
  }

  /// The entries of a directory, in ascending order of their names, without `.` and `..`. Observes all that it may have.
  ///
  /// A server that is asked for them in parts keeps the list from the first part on.
  public func readDirectory(_ inode: Inode) throws(VolumeError) -> [DirectoryEntry] {
    let file = try directory(inode, .readDirectory)
    let names = core.images.names
    return core.entries(ofDirectory: file).compactMap { number in
      guard let place = names.place(number) else { return nil }
      let file = core.images.entry(number)
      noteHome(of: file, at: number)
      return DirectoryEntry(name: place.name, inode: Inode(file: file), kind: kind(of: file))
    }
  }

  /// The text of a symbolic link.
  ///
  /// - Throws: EINVAL where the object is none.
  public func readSymbolicLink(_ inode: Inode) throws(VolumeError) -> [UInt8] {
    let file = try file(inode, .readSymbolicLink)
    let attributes = attributes(of: file)
    if attributes.kind != .symbolicLink {
      throw VolumeError(.readSymbolicLink, path(of: file), .invalidArgument)
    }
    return attributes.linkText
  }

  // MARK: Making

  /// Makes a file, a named pipe, a socket or a device.
  ///
  /// - Throws: EEXIST, ENOTDIR, ENAMETOOLONG, ENOENT in a directory that was removed, EINVAL for a directory or a
  ///   symbolic link, which have calls of their own.
  public func create(
    _ name: FileName, in parent: Inode, kind: FileKind = .regular, permissions: UInt16, owner: UInt32 = 0,
    group: UInt32 = 0, device: UInt64 = 0
  ) throws(VolumeError) -> Inode {
    let place = try freePlace(name, in: parent, .create)
    if kind == .directory || kind == .symbolicLink {
      throw VolumeError(.create, path(of: place), .invalidArgument)
    }
    let attributes = FileAttributes(
      kind, permissions: permissions, owner: owner, group: group, device: device, time: now)
    return try make(.create, attributes, at: place, .create)
  }

  /// Makes a file without a name (`O_TMPFILE`), which `link` can give one.
  ///
  /// - Parameter parent: the directory that it is asked for in.
  public func createUnnamed(
    in parent: Inode, permissions: UInt16, owner: UInt32 = 0, group: UInt32 = 0
  ) throws(VolumeError) -> Inode {
    let directory = try directory(parent, .create)
    try strike(.open, [path(of: directory)], .create)
    let attributes = FileAttributes(
      .regular, permissions: permissions, owner: owner, group: group, time: now)
    let label = label(of: NameTable.Place(directory: directory, name: "(unnamed)"))
    return Inode(file: core.makeObject(.create, attributes, at: nil, label: label))
  }

  /// Makes a directory.
  public func makeDirectory(
    _ name: FileName, in parent: Inode, permissions: UInt16, owner: UInt32 = 0, group: UInt32 = 0
  ) throws(VolumeError) -> Inode {
    let place = try freePlace(name, in: parent, .makeDirectory)
    let attributes = FileAttributes(
      .directory, permissions: permissions, owner: owner, group: group, time: now)
    return try make(.makeDirectory, attributes, at: place, .makeDirectory)
  }

  /// Makes a symbolic link.
  ///
  /// - Throws: besides the errors of `create`, ENOENT for an empty text and ENAMETOOLONG for one of more than 4095
  ///   bytes.
  public func makeSymbolicLink(
    _ name: FileName, in parent: Inode, text: [UInt8], owner: UInt32 = 0, group: UInt32 = 0
  ) throws(VolumeError) -> Inode {
    let place = try freePlace(name, in: parent, .makeSymbolicLink)
    if text.isEmpty {
      throw VolumeError(.makeSymbolicLink, path(of: place), .noSuchFileOrDirectory)
    }
    if text.count > 4095 { throw VolumeError(.makeSymbolicLink, path(of: place), .fileNameTooLong) }
    let attributes = FileAttributes(
      .symbolicLink, permissions: 0o777, owner: owner, group: group, time: now, linkText: text)
    return try make(.makeSymbolicLink, attributes, at: place, .makeSymbolicLink)
  }

  private func make(
    _ kind: Operation.Kind, _ attributes: FileAttributes, at place: NameTable.Place,
    _ operation: VolumeError.Operation
  ) throws(VolumeError) -> Inode {
    try strike(.open, [path(of: place)], operation)
    let name = core.images.names.intern(place)
    let file = core.makeObject(kind, attributes, at: name, label: label(of: place))
    noteHome(of: file, at: name)
    touch(place.directory)
    return Inode(file: file)
  }

  /// Gives an object one more name; a file without one, its first.
  ///
  /// - Throws: EPERM for a directory, EEXIST, ENOTDIR, ENAMETOOLONG.
  public func link(_ inode: Inode, to name: FileName, in parent: Inode) throws(VolumeError) {
    let file = try file(inode, .link)
    let place = try freePlace(name, in: parent, .link)
    if kind(of: file) == .directory { throw VolumeError(.link, path(of: file), .notPermitted) }
    try strike(.open, [path(of: place)], .link)
    let number = core.images.names.intern(place)
    core.link(file, at: number, label: label(of: place))
    noteHome(of: file, at: number)
    changeTimes(file, .changed)
    touch(place.directory)
  }

  // MARK: Removing

  /// Removes a name of an object that is no directory. Files that are open stay usable.
  ///
  /// - Throws: ENOENT, EISDIR.
  public func remove(_ name: FileName, in parent: Inode) throws(VolumeError) {
    let place = try place(name, in: parent, .remove)
    let found = try existing(place, .remove)
    if kind(of: found.file) == .directory { throw VolumeError(.remove, path(of: place), .isDirectory) }
    try strike(.remove, [path(of: place)], .remove)
    core.unlink(.remove, found.name, label: label(of: place))
    changeTimes(found.file, .changed)
    touch(place.directory)
  }

  /// Removes an empty directory.
  ///
  /// - Throws: ENOENT, ENOTDIR, ENOTEMPTY.
  public func removeDirectory(_ name: FileName, in parent: Inode) throws(VolumeError) {
    let place = try place(name, in: parent, .removeDirectory)
    let found = try existing(place, .removeDirectory)
    if kind(of: found.file) != .directory {
      throw VolumeError(.removeDirectory, path(of: place), .notDirectory)
    }
    if core.hasEntries(found.file) {
      throw VolumeError(.removeDirectory, path(of: place), .directoryNotEmpty)
    }
    try strike(.remove, [path(of: place)], .removeDirectory)
    core.unlink(.removeDirectory, found.name, label: label(of: place))
    touch(place.directory)
  }

  // MARK: Moving

  /// Gives an object another name, in the same directory or another. Two names of one object stay as they are.
  ///
  /// - Throws: ENOENT; EEXIST where the name is taken and nothing may be replaced; ENOTDIR, EISDIR, ENOTEMPTY where what
  ///   would be replaced does not fit; EINVAL for a directory that would come to lie in itself.
  public func rename(
    _ name: FileName, in parent: Inode, to newName: FileName, in newParent: Inode,
    _ renaming: Renaming = .replacing
  ) throws(VolumeError) {
    let place = try place(name, in: parent, .rename)
    let newPlace = try self.place(newName, in: newParent, .rename)
    let found = try existing(place, .rename)
    try checkIsPresent(newPlace, .rename)
    let replaced = core.lookedUp(newPlace)
    if renaming == .exchanging {
      return try exchange(found, place, with: try existing(newPlace, .rename), newPlace)
    }
    if replaced != nil && renaming == .withoutReplacing {
      throw VolumeError(.rename, path(of: newPlace), .fileExists)
    }
    if replaced?.file == found.file { return }
    try checkIsOutside(found.file, newPlace)
    if let replaced { try check(found.file, canReplace: replaced.file, at: newPlace) }
    let paths = [path(of: place), path(of: newPlace)]
    try strike(.rename, paths, .rename)
    let number = core.images.names.intern(newPlace)
    let (label, newLabel) = (self.label(of: place), self.label(of: newPlace))
    core.move(found.name, label: label, to: number, newLabel: newLabel)
    noteHome(of: found.file, at: number)
    changeTimes(found.file, .changed)
    if let replaced { changeTimes(replaced.file, .changed) }
    touch(place.directory)
    touch(newPlace.directory)
  }

  private func exchange(
    _ one: (name: Int32, file: Int32), _ place: NameTable.Place, with other: (name: Int32, file: Int32),
    _ otherPlace: NameTable.Place
  ) throws(VolumeError) {
    if one.file == other.file { return }
    try checkIsOutside(one.file, otherPlace)
    try checkIsOutside(other.file, place)
    try strike(.rename, [path(of: place), path(of: otherPlace)], .rename)
    let (label, otherLabel) = (self.label(of: place), self.label(of: otherPlace))
    core.exchange(one.name, label: label, with: other.name, newLabel: otherLabel)
    noteHome(of: one.file, at: other.name)
    noteHome(of: other.file, at: one.name)
    for file in [one.file, other.file] { changeTimes(file, .changed) }
    touch(place.directory)
    touch(otherPlace.directory)
  }

  private func check(
    _ file: Int32, canReplace replaced: Int32, at place: NameTable.Place
  ) throws(VolumeError) {
    switch (kind(of: file) == .directory, kind(of: replaced) == .directory) {
    case (true, false): throw VolumeError(.rename, path(of: place), .notDirectory)
    case (false, true): throw VolumeError(.rename, path(of: place), .isDirectory)
    case (true, true):
      if core.hasEntries(replaced) { throw VolumeError(.rename, path(of: place), .directoryNotEmpty) }
    case (false, false): break
    }
  }

  /// Throws where a directory would come to lie in itself.
  private func checkIsOutside(_ file: Int32, _ place: NameTable.Place) throws(VolumeError) {
    if kind(of: file) == .directory && ancestry(of: place.directory).contains(file) {
      throw VolumeError(.rename, path(of: place), .invalidArgument)
    }
  }

  // MARK: Places

  /// The place of a name in a directory.
  private func place(
    _ name: FileName, in parent: Inode, _ operation: VolumeError.Operation
  ) throws(VolumeError) -> NameTable.Place {
    let place = NameTable.Place(directory: try directory(parent, operation), name: name)
    if name.bytes.count > FileName.byteCountMax {
      throw VolumeError(operation, path(of: place), .fileNameTooLong)
    }
    if name.bytes.isEmpty { throw VolumeError(operation, path(of: place), .noSuchFileOrDirectory) }
    if name == "." || name == ".." || name.bytes.contains(0) || name.bytes.contains(UInt8(ascii: "/")) {
      throw VolumeError(operation, path(of: place), .invalidArgument)
    }
    return place
  }

  /// The place of a name that nothing has yet.
  private func freePlace(
    _ name: FileName, in parent: Inode, _ operation: VolumeError.Operation
  ) throws(VolumeError) -> NameTable.Place {
    let place = try place(name, in: parent, operation)
    try checkIsPresent(place, operation)
    if core.lookedUp(place) != nil { throw VolumeError(operation, path(of: place), .fileExists) }
    return place
  }

  private func existing(
    _ place: NameTable.Place, _ operation: VolumeError.Operation
  ) throws(VolumeError) -> (name: Int32, file: Int32) {
    guard let found = core.lookedUp(place) else {
      throw VolumeError(operation, path(of: place), .noSuchFileOrDirectory)
    }
    noteHome(of: found.file, at: found.name)
    return found
  }

  /// Throws where the directory of a place was removed.
  private func checkIsPresent(
    _ place: NameTable.Place, _ operation: VolumeError.Operation
  ) throws(VolumeError) {
    let directory = place.directory
    if directory == 0 { return }
    if let home = homes[directory], core.images.entry(home) == directory { return }
    if core.entries(standingFor: directory).isEmpty {
      throw VolumeError(operation, path(of: place), .noSuchFileOrDirectory)
    }
  }

  // MARK: Faults

  /// Lets a fault strike a call that takes place wholly or not at all.
  func strike(
    _ call: Fault.Call, _ paths: [String], _ operation: VolumeError.Operation
  ) throws(VolumeError) {
    if core.faults == nil { return }
    do {
      try core.failIfStruck(call, paths, .open)
    } catch {
      throw VolumeError(operation, error)
    }
  }
}
