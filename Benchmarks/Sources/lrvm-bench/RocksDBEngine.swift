import CPeers

/// RocksDB with its default options; durable is a write with sync.
final class RocksDBEngine: Engine, @unchecked Sendable {
  let name = "RocksDB"
  fileprivate let database: OpaquePointer
  fileprivate let durable: OpaquePointer
  fileprivate let lazy: OpaquePointer
  private var workers: [RocksDBWorker] = []

  init(_ folder: String) throws {
    let options = rocksdb_options_create()
    rocksdb_options_set_create_if_missing(options, 1)
    var message: UnsafeMutablePointer<CChar>?
    guard let database = rocksdb_open(options, folder + "/rocksdb", &message) else {
      throw BenchmarkError("RocksDB: \(message.map { String(cString: $0) } ?? "cannot open")")
    }
    self.database = database
    durable = rocksdb_writeoptions_create()
    rocksdb_writeoptions_set_sync(durable, 1)
    lazy = rocksdb_writeoptions_create()
    let worker = RocksDBWorker(self, seed: 0)
    let zeros = [UInt8](repeating: 0, count: Workload.accountLength)
    var count = 0
    try Key.forEach { key, length in
      zeros.withUnsafeBytes { worker.put(key, length, $0.baseAddress!) }
      count += 1
      if count % 1000 == 0 { try worker.write(lazy) }
    }
    try worker.write(durable)
  }

  func worker(_ index: Int) throws -> any Worker {
    while workers.count <= index { workers.append(RocksDBWorker(self, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }

  /// An empty batch that is synced takes the log before it along.
  func flush() throws { try RocksDBWorker(self, seed: 0).write(durable) }
}

final class RocksDBWorker: Worker, @unchecked Sendable {
  private unowned let engine: RocksDBEngine
  private let batch: OpaquePointer
  private var draws: Draws

  init(_ engine: RocksDBEngine, seed: UInt64) {
    self.engine = engine
    draws = Draws(seed: seed)
    batch = rocksdb_writebatch_create()
  }

  deinit { rocksdb_writebatch_destroy(batch) }

  func put(_ key: UInt64, _ length: Int, _ value: UnsafeRawPointer) {
    withUnsafeBytes(of: key) { key in
      rocksdb_writebatch_put(
        batch, key.bindMemory(to: CChar.self).baseAddress, 8, value.assumingMemoryBound(to: CChar.self),
        length)
    }
  }

  func write(_ options: OpaquePointer) throws {
    var message: UnsafeMutablePointer<CChar>?
    rocksdb_write(engine.database, options, batch, &message)
    if let message { throw BenchmarkError("RocksDB: \(String(cString: message))") }
    rocksdb_writebatch_clear(batch)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    for done in 0..<transactions {
      Key.forEachPut(workload, &draws) { put($0, $1, $2) }
      let isFlushed = durability == .durable || durability == .hundred && done % 100 == 99
      try write(isFlushed ? engine.durable : engine.lazy)
    }
  }
}
