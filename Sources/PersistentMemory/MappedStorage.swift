public import Storage

/// The files of one directory, to be mapped as memory: on tmpfs (`/dev/shm`), on a file system with direct access, or
/// on any other.
///
/// Threading: as `PosixStorage`.
public final class MappedStorage: PersistentStorage {
  private let base: PosixStorage
  private let permanence: MappedMemory.Permanence?
  private let isProtected: Bool

  /// - Parameters:
  ///   - directory: the path of a directory that exists.
  ///   - permanence: what makes a store permanent. Nil to ask the file system; say `stores` for memory with a battery, or a
  ///     processor with eADR, on a file system with direct access.
  ///   - isProtected: whether mapped memory can be written to only during a store of ours. Each store then costs two
  ///     system calls, and a store through a wrong pointer ends the program.
  /// - Throws: as `PosixStorage.init`.
  public init(
    directory: String, permanence: MappedMemory.Permanence? = nil, isProtected: Bool = false
  ) throws(StorageError) {
    base = try PosixStorage(directory: directory)
    self.permanence = permanence
    self.isProtected = isProtected
  }

  public func map(_ name: String) throws(StorageError) -> any PersistentMemory {
    try MappedMemory(name, base.mapShared(name), permanence: permanence, isProtected: isProtected)
  }

  public var sectorLength: Int { base.sectorLength }

  public func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    try base.open(name, mode)
  }

  public func rename(_ name: String, to newName: String) throws(StorageError) {
    try base.rename(name, to: newName)
  }

  public func remove(_ name: String) throws(StorageError) { try base.remove(name) }

  public func list(_ directory: String) throws(StorageError) -> [String] { try base.list(directory) }

  public func syncDirectory(_ directory: String) throws(StorageError) { try base.syncDirectory(directory) }
}
