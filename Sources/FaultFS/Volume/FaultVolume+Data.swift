internal import Storage
internal import SystemPackage

/// Open files and their bytes.
extension FaultVolume {
  // MARK: Opening

  /// Opens a file for reading and writing. Who opens it again has a handle of their own; that matters for syncs that fail.
  ///
  /// - Throws: EISDIR for a directory, EINVAL for what has no bytes here; EIO where a fault strikes.
  public func open(_ inode: Inode) throws(VolumeError) -> Handle {
    let file = try file(inode, .open)
    switch kind(of: file) {
    case .regular: break
    case .directory: throw VolumeError(.open, path(of: file), .isDirectory)
    default: throw VolumeError(.open, path(of: file), .invalidArgument)
    }
    try strike(.open, [path(of: file)], .open)
    return handle(for: opened(file))
  }

  private func opened(_ file: Int32) -> FaultFile {
    let core = core
    core.handleCount += 1
    let label = label(of: file)
    return FaultFile(
      disk, name: core.images.names[label], nameNumber: label, file: file, handle: core.handleCount,
      isWritable: true, knownErrors: core.faults?.syncErrors.knownAtOpen(file) ?? 0)
  }

  /// Closes a handle; one that is not open is ignored.
  public func close(_ handle: Handle) {
    openFiles.removeValue(forKey: handle.number)?.close()
  }

  /// The object that a handle is open on.
  public func inode(of handle: Handle) throws(VolumeError) -> Inode {
    Inode(file: try openFile(handle, .open).file)
  }

  // MARK: Bytes

  /// Reads into `buffer` from byte `offset`. Observes the bytes, and the file's size where that may end the read.
  ///
  /// - Returns: how many bytes were read; fewer than the buffer holds only where the file ends.
  public func read(
    into buffer: inout MutableRawSpan, from handle: Handle, at offset: Int
  ) throws(VolumeError) -> Int {
    let file = try openFile(handle, .read)
    let count: Int
    do {
      count = try file.read(into: &buffer, at: offset)
    } catch {
      throw VolumeError(.read, error)
    }
    changeTimes(file.file, .accessed)
    return count
  }

  /// Writes all of `bytes` at byte `offset`; the file grows where it must, and a gap reads as zeros.
  public func write(_ bytes: RawSpan, to handle: Handle, at offset: Int) throws(VolumeError) {
    let file = try openFile(handle, .write)
    if let keptBytesMax, core.arena.count >= keptBytesMax {
      isFull = true
      throw VolumeError(.write, path(of: file.file), .noSpace)
    }
    defer { changeTimes(file.file, .modified) }
    do {
      try file.write(bytes, at: offset)
    } catch {
      throw VolumeError(.write, error)
    }
  }

  /// Cuts a file to `size` bytes, or grows it with zeros.
  public func truncate(_ inode: Inode, to size: Int) throws(VolumeError) {
    let file = try file(inode, .truncate)
    switch kind(of: file) {
    case .regular: break
    case .directory: throw VolumeError(.truncate, path(of: file), .isDirectory)
    default: throw VolumeError(.truncate, path(of: file), .invalidArgument)
    }
    do {
      try opened(file).truncate(to: size)
    } catch {
      throw VolumeError(.truncate, error)
    }
    changeTimes(file, .modified)
  }

  /// How `allocate` treats the bytes and the size (Linux, `fallocate`).
  public enum Allocation: Hashable, Sendable {
    /// The file is at least as long as the range's end.
    case growing
    /// Only space is reserved: nothing changes that can be seen.
    case keepingSize
    /// The range reads as zeros, as far as the file goes (`FALLOC_FL_PUNCH_HOLE`).
    case punchingHole
    /// The range reads as zeros, and the file is at least as long as its end (`FALLOC_FL_ZERO_RANGE`).
    case zeroing
    /// The range reads as zeros, as far as the file goes.
    case zeroingKeepingSize
  }

  /// Reserves, zeroes or gives back space of a file. Collapsing and inserting a range are not supported.
  ///
  /// - Parameters:
  ///   - offset: in bytes.
  ///   - length: in bytes, not 0.
  /// - Throws: EINVAL, EFBIG, EIO and ENOSPC where a fault strikes.
  public func allocate(
    _ handle: Handle, _ allocation: Allocation, at offset: Int, length: Int
  ) throws(VolumeError) {
    let file = try openFile(handle, .allocate)
    if offset < 0 || length <= 0 { throw VolumeError(.allocate, file.name, .invalidArgument) }
    if offset > ImageStore.fileBytesMax - length { throw VolumeError(.allocate, file.name, .fileTooLarge) }
    let end = offset + length
    do {
      switch allocation {
      case .growing: try file.allocate(end)
      case .keepingSize: try file.allocate(0)
      case .punchingHole, .zeroingKeepingSize: try file.zero(offset..<end, growingTo: 0)
      case .zeroing: try file.zero(offset..<end, growingTo: end)
      }
    } catch {
      throw VolumeError(.allocate, error)
    }
    changeTimes(file.file, .modified)
  }

  /// Copies bytes from one file to another, or to another place of the same: a read and a write.
  ///
  /// - Returns: how many bytes were copied: fewer than `length` only where the source ends.
  /// - Throws: EINVAL where the two ranges overlap in one file.
  public func copyRange(
    from source: Handle, at offset: Int, to target: Handle, at targetOffset: Int, length: Int
  ) throws(VolumeError) -> Int {
    let sourceFile = try openFile(source, .read)
    let targetFile = try openFile(target, .write)
    guard offset >= 0, targetOffset >= 0, length >= 0, offset <= Int.max - length,
      targetOffset <= Int.max - length
    else { throw VolumeError(.write, targetFile.name, .invalidArgument) }
    if sourceFile.file == targetFile.file && abs(offset - targetOffset) < length {
      throw VolumeError(.write, targetFile.name, .invalidArgument)
    }
    do {
      // No more memory than there are bytes.
      let count = min(length, max(0, try sourceFile.size() - offset))
      let bytes = try sourceFile.read(count, at: offset)
      if !bytes.isEmpty { try targetFile.write(bytes, at: targetOffset) }
      changeTimes(sourceFile.file, .accessed)
      changeTimes(targetFile.file, .modified)
      return bytes.count
    } catch {
      throw VolumeError(.write, error)
    }
  }

  // MARK: Syncs

  /// Returns once what was written to a file before is durable; what is covered beside its bytes and its size is the
  /// profile's to say.
  ///
  /// - Parameter dataOnly: `fdatasync` instead of `fsync`.
  /// - Throws: EIO where a fault strikes or struck.
  public func synchronize(_ handle: Handle, dataOnly: Bool) throws(VolumeError) {
    let file = try openFile(handle, .synchronize)
    do {
      try file.sync(dataOnly ? .data : .full)
    } catch {
      throw VolumeError(.synchronize, error)
    }
  }

  /// Returns once the entries of a directory are durable.
  public func synchronizeDirectory(_ inode: Inode) throws(VolumeError) {
    let file = try directory(inode, .synchronizeDirectory)
    let number = core.images.names.internDirectory(ofFile: file)
    do {
      try core.syncDirectory(number, file: file, name: label(of: file))
    } catch {
      throw VolumeError(.synchronizeDirectory, error)
    }
  }
}
