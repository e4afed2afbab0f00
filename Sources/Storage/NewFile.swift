internal import SystemPackage

/// Creates a file so that a crash leaves either no file of that name or the whole of it.
package enum NewFile {
  /// Lets `fill` write a file under a name of its own, syncs it, renames it, and syncs the directory.
  ///
  /// A file that a cut-off creation left behind is written over; of two creations at once, one is refused.
  /// - Parameters:
  ///   - suffix: what the file's name ends with until it is complete. Long, so that it is nobody else's file.
  /// - Throws: also where the name exists.
  package static func create(
    _ name: String, suffix: String, on storage: any Storage,
    fill: (any StorageFile) throws(StorageError) -> Void
  ) throws(StorageError) {
    try refuseExisting(name, on: storage)
    let temporary = name + suffix
    let file = try storage.open(temporary, .createOrOpen)
    defer { file.close() }
    try file.lockExclusively()
    // Another creation may have finished since, and this file be the one that it made.
    try refuseExisting(name, on: storage)
    var present = temporary
    do throws(StorageError) {
      try file.truncate(to: 0)
      try fill(file)
      try file.sync(.full)
      // What failed in the first sync may be reported by the next one only, and once the file has its name, it is believed.
      try file.sync(.full)
      try storage.rename(temporary, to: name)
      present = name
      try storage.syncDirectory(containing: name)
    } catch {
      // Best effort, on a disk that is full perhaps; the error that matters is the first one. A file whose name may
      // never reach the disk has to go as well: whoever tries again would take it for one that was created.
      try? storage.remove(present)
      throw error
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
