internal import SystemPackage

/// The real disk: the files of one directory, through POSIX calls.
///
/// The directory is held open, so names keep meaning the same files when it is renamed or the process changes its
/// working directory. Directories below it are used where they exist and never created. Symbolic links
/// are followed. Every descriptor is closed on exec.
///
/// A lock is the open file's `flock`: it excludes every other open file, of this process too, whichever name it was
/// opened by. It goes when the file is closed, or when the process ends and no forked child has the open file any more.
///
/// Threading: any call from any thread. Reads and writes of overlapping bytes at the same time may mix.
public final class PosixStorage: Storage {
  /// The directory's path, as it was given.
  public let directory: String

  /// The physical sector of the device that holds the directory; 4096 where no single device does (tmpfs, btrfs, a network).
  public let sectorLength: Int

  let root: Descriptor
  let calls: SystemCalls

  /// Opens the directory at the path `directory`, which must exist.
  ///
  /// - Throws: `.errno(.noSuchFileOrDirectory)`, `.errno(.notDirectory)`, `.errno(.permissionDenied)` and what else
  ///   `open` gives; `.invalidName` for a path with a zero byte.
  public convenience init(directory: String) throws(StorageError) {
    try self.init(directory: directory, calls: SystemCalls())
  }

  init(directory: String, calls: SystemCalls) throws(StorageError) {
    guard !directory.utf8.contains(0) else { throw StorageError(.open, directory, .invalidName) }
    do {
      let number = try SystemCalls.retrying {
        calls.open(SystemCalls.workingDirectory, directory, .directory)
      }
      root = Descriptor(owning: CInt(number), calls)
    } catch {
      throw StorageError(.open, directory, .errno(error))
    }
    let sector = (try? root.call { $0.sectorLength($1) }) ?? 0
    sectorLength = sector > 0 && sector & (sector - 1) == 0 ? sector : 4096
    self.directory = directory
    self.calls = calls
  }

  /// Opens the file `name`; see `Storage.open`.
  ///
  /// New files have mode 0666 less the process's umask. A pipe or a socket is refused as `.errno(.illegalSeek)`.
  public func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    try StorageName.check(name, .open)
    do throws(Errno) {
      let number = try root.call { $0.open($1, name, .file(mode)) }
      let descriptor = Descriptor(owning: CInt(number), calls)
      // A directory opens for reading without complaint, and only its reads would fail.
      switch try descriptor.call({ $0.kind($1) }) {
      case .bytes: return PosixStorageFile(name: name, descriptor, isWritable: mode != .readOnly)
      case .directory: throw Errno.isDirectory
      case .stream: throw Errno.illegalSeek
      }
    } catch {
      throw StorageError(.open, name, .errno(error))
    }
  }

  /// Renames a file, replacing the one that has the new name, as one step; see `Storage.rename`.
  public func rename(_ name: String, to newName: String) throws(StorageError) {
    try StorageName.check(name, .rename)
    try StorageName.check(newName, .rename)
    do {
      _ = try root.call { $0.rename($1, name, newName) }
    } catch {
      throw StorageError(.rename, name, .errno(error))
    }
  }

  /// Removes a file's name; see `Storage.remove`.
  public func remove(_ name: String) throws(StorageError) {
    try StorageName.check(name, .remove)
    do {
      _ = try root.call { $0.remove($1, name) }
    } catch {
      throw StorageError(.remove, name, .errno(error))
    }
  }

  /// The names of the regular files in `directory`, and of symbolic links to such, without the directory's own name,
  /// sorted. A name that is not UTF-8 is left out.
  public func list(_ directory: String) throws(StorageError) -> [String] {
    try StorageName.checkDirectory(directory, .list)
    do {
      return try open(directory: directory).call { $0.list($1) }.sorted()
    } catch {
      throw StorageError(.list, directory, .errno(error))
    }
  }

  /// Makes the directory entries of `directory` durable (`fsync` of the directory).
  public func syncDirectory(_ directory: String) throws(StorageError) {
    try StorageName.checkDirectory(directory, .syncDirectory)
    do {
      _ = try open(directory: directory).call { $0.sync($1, .full) }
    } catch {
      throw StorageError(.syncDirectory, directory, .errno(error))
    }
  }

  private func open(directory: String) throws(Errno) -> Descriptor {
    if directory.isEmpty { return root }
    let number = try root.call { $0.open($1, directory, .directory) }
    return Descriptor(owning: CInt(number), calls)
  }
}
