public import Storage

/// A storage whose files can be mapped as memory that survives.
public protocol PersistentStorage: Storage {
  /// Maps a whole file, and takes its exclusive lock until the memory is closed or its last reference goes.
  ///
  /// The file must not become shorter meanwhile.
  /// - Throws: `.errno(.noSuchFileOrDirectory)`; `.locked` where another has it open so; `.errno(.invalidArgument)` for an
  ///   empty file.
  func map(_ name: String) throws(StorageError) -> any PersistentMemory
}
