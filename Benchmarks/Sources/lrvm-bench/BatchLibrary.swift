import CPeers

/// The C interface that LevelDB and RocksDB have in common: batches of puts, written with or without a sync.
protocol BatchLibrary {
  static var name: String { get }
  /// Opens the database at `path` with the default options, and creates it where there is none.
  static func open(_ path: String, _ message: inout UnsafeMutablePointer<CChar>?) -> OpaquePointer?
  static func writeOptions(isSynced: Bool) -> OpaquePointer
  static func makeBatch() -> OpaquePointer
  static func destroy(_ batch: OpaquePointer)
  static func clear(_ batch: OpaquePointer)
  static func put(
    _ batch: OpaquePointer, _ key: UnsafePointer<CChar>?, _ keyLength: Int, _ value: UnsafePointer<CChar>?,
    _ length: Int)
  static func write(
    _ database: OpaquePointer, _ options: OpaquePointer, _ batch: OpaquePointer,
    _ message: inout UnsafeMutablePointer<CChar>?)
}

enum LevelDB: BatchLibrary {
  static let name = "LevelDB"

  static func open(_ path: String, _ message: inout UnsafeMutablePointer<CChar>?) -> OpaquePointer? {
    let options = leveldb_options_create()
    leveldb_options_set_create_if_missing(options, 1)
    return leveldb_open(options, path, &message)
  }

  static func writeOptions(isSynced: Bool) -> OpaquePointer {
    let options: OpaquePointer = leveldb_writeoptions_create()
    leveldb_writeoptions_set_sync(options, isSynced ? 1 : 0)
    return options
  }

  static func makeBatch() -> OpaquePointer { leveldb_writebatch_create() }
  static func destroy(_ batch: OpaquePointer) { leveldb_writebatch_destroy(batch) }
  static func clear(_ batch: OpaquePointer) { leveldb_writebatch_clear(batch) }

  static func put(
    _ batch: OpaquePointer, _ key: UnsafePointer<CChar>?, _ keyLength: Int, _ value: UnsafePointer<CChar>?,
    _ length: Int
  ) {
    leveldb_writebatch_put(batch, key, keyLength, value, length)
  }

  static func write(
    _ database: OpaquePointer, _ options: OpaquePointer, _ batch: OpaquePointer,
    _ message: inout UnsafeMutablePointer<CChar>?
  ) {
    leveldb_write(database, options, batch, &message)
  }
}

enum RocksDB: BatchLibrary {
  static let name = "RocksDB"

  static func open(_ path: String, _ message: inout UnsafeMutablePointer<CChar>?) -> OpaquePointer? {
    let options = rocksdb_options_create()
    rocksdb_options_set_create_if_missing(options, 1)
    return rocksdb_open(options, path, &message)
  }

  static func writeOptions(isSynced: Bool) -> OpaquePointer {
    let options: OpaquePointer = rocksdb_writeoptions_create()
    rocksdb_writeoptions_set_sync(options, isSynced ? 1 : 0)
    return options
  }

  static func makeBatch() -> OpaquePointer { rocksdb_writebatch_create() }
  static func destroy(_ batch: OpaquePointer) { rocksdb_writebatch_destroy(batch) }
  static func clear(_ batch: OpaquePointer) { rocksdb_writebatch_clear(batch) }

  static func put(
    _ batch: OpaquePointer, _ key: UnsafePointer<CChar>?, _ keyLength: Int, _ value: UnsafePointer<CChar>?,
    _ length: Int
  ) {
    rocksdb_writebatch_put(batch, key, keyLength, value, length)
  }

  static func write(
    _ database: OpaquePointer, _ options: OpaquePointer, _ batch: OpaquePointer,
    _ message: inout UnsafeMutablePointer<CChar>?
  ) {
    rocksdb_write(database, options, batch, &message)
  }
}
