/// A directory of files: everything that a store does to a disk goes through here.
///
/// The real disk (`PosixStorage`) and the disk that can lie (`FaultDisk`, in the FaultFS library) both
/// conform, and both pass one conformance suite. A name is a relative path with `/` between its parts;
/// a name that is empty, absolute, or has an empty, `.` or `..` part or a zero byte is refused as `.invalidName`
/// (`StorageName`).
///
/// An error carries the name as the caller gave it: the first of `rename`'s two, unless the second is the invalid one.
///
/// Threading: a conforming type says for itself. `PosixStorage` may be used from any thread;
/// `FaultDisk` from one at a time.
public protocol Storage: AnyObject, Sendable {
  /// How many bytes the disk writes whole or not at all, as far as it says so: a power of two. Where it does not, the
  /// page of 4096 bytes in which a file system writes.
  var sectorLength: Int { get }

  /// Opens the file `name`.
  ///
  /// - Throws: `.errno(.noSuchFileOrDirectory)` where it does not exist and `mode` does not create,
  ///   `.errno(.fileExists)` where it exists and `mode` is `.createNew`, `.errno(.isDirectory)` for a directory.
  func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile

  /// Renames a file, replacing the one that has the new name, as one step. Durable only after a directory sync.
  func rename(_ name: String, to newName: String) throws(StorageError)

  /// Removes a file's name. Open files stay usable. Durable only after a directory sync.
  func remove(_ name: String) throws(StorageError)

  /// The names of all files in the directory `directory` (`""` is the root), without `directory` itself, sorted.
  /// Files of directories below it are not among them.
  func list(_ directory: String) throws(StorageError) -> [String]

  /// Makes the directory entries of `directory` (`""` is the root) durable.
  func syncDirectory(_ directory: String) throws(StorageError)
}

/// How a file is opened.
public enum OpenMode: Hashable, Sendable {
  /// An existing file, for reading only.
  case readOnly
  /// An existing file, for reading and writing.
  case readWrite
  /// A new file; fails where the name exists.
  case createNew
  /// An existing file, or a new one.
  case createOrOpen
}

/// What a sync makes durable (POSIX `fdatasync` and `fsync`).
public enum SyncKind: Hashable, Sendable {
  /// The file's bytes, and its size.
  case data
  /// The file's bytes, its size and all its metadata. Not its directory entry: see `Storage.syncDirectory`.
  case full
}

extension Storage {
  /// The directory part of a name: `""` for a name without `/`.
  public static func directory(of name: String) -> String {
    StorageName.directory(of: name)
  }

  /// Makes the directory entry of the file `name` durable, and all others of its directory.
  public func syncDirectory(containing name: String) throws(StorageError) {
    try syncDirectory(Self.directory(of: name))
  }
}
