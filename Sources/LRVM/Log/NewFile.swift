import Storage
import SystemPackage

/// Creates a file so that a crash leaves either no file of that name or the whole of it.
enum NewFile {
  /// Lets `fill` write a file under a name of its own, syncs it, renames it, and syncs the directory.
  ///
  /// A file that a cut-off creation left behind is written over.
  static func create(
    _ name: String, on storage: any Storage, during: String,
    fill: (any StorageFile) throws(StorageError) -> Void
  ) throws(RVMError) {
    do {
      try refuseExisting(name, on: storage)
      let temporary = name + ".new"
      let file = try storage.open(temporary, .createOrOpen)
      defer { file.close() }
      try file.truncate(to: 0)
      try fill(file)
      try file.sync(.full)
      try storage.rename(temporary, to: name)
      try storage.syncDirectory(containing: name)
    } catch {
      throw .storage(during: during, error)
    }
  }

  private static func refuseExisting(_ name: String, on storage: any Storage) throws(StorageError) {
    do {
      try storage.open(name, .readOnly).close()
    } catch  where error.cause == .errno(.noSuchFileOrDirectory) {
      return
    }
    throw StorageError(.open, name, .errno(.fileExists))
  }
}
