import Storage

extension NewFile {
  /// As `create(_:suffix:on:fill:)`, with the engine's own suffix and error.
  static func create(
    _ name: String, on storage: any Storage, during: String,
    fill: (any StorageFile) throws(StorageError) -> Void
  ) throws(RVMError) {
    do {
      try create(name, suffix: ".lrvm-new", on: storage, fill: fill)
    } catch {
      throw .storage(during: during, error)
    }
  }
}
