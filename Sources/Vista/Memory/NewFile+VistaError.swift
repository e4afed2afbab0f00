internal import Storage

extension NewFile {
  /// As `create(_:suffix:on:fill:)`, with the engine's own suffix and error.
  ///
  /// - Parameter header: the first bytes; the others are zeros.
  static func create(
    _ name: String, on storage: any Storage, during: String, length: Int, _ header: [UInt8]
  ) throws(VistaError) {
    do {
      try create(name, suffix: ".vista-new", on: storage) { (file) throws(StorageError) in
        try file.allocate(length)
        if !header.isEmpty { try unsafe file.write(header.span.bytes, at: 0) }
      }
    } catch {
      throw .storage(during: during, error)
    }
  }
}
