import CPeers

/// LevelDB with its default options; durable is a write with sync.
final class LevelDBEngine: Engine, @unchecked Sendable {
  let name = "LevelDB"
  fileprivate let database: OpaquePointer
  fileprivate let durable: OpaquePointer
  fileprivate let lazy: OpaquePointer
  private var workers: [LevelDBWorker] = []

  init(_ folder: String) throws {
    let options = leveldb_options_create()
    leveldb_options_set_create_if_missing(options, 1)
    var message: UnsafeMutablePointer<CChar>?
    guard let database = leveldb_open(options, folder + "/leveldb", &message) else {
      throw BenchmarkError("LevelDB: \(message.map { String(cString: $0) } ?? "cannot open")")
    }
    self.database = database
    durable = leveldb_writeoptions_create()
    leveldb_writeoptions_set_sync(durable, 1)
    lazy = leveldb_writeoptions_create()
    let worker = LevelDBWorker(self, seed: 0)
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
    while workers.count <= index { workers.append(LevelDBWorker(self, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }

  /// An empty batch that is synced takes the log before it along.
  func flush() throws { try LevelDBWorker(self, seed: 0).write(durable) }
}

final class LevelDBWorker: Worker, @unchecked Sendable {
  private unowned let engine: LevelDBEngine
  private let batch: OpaquePointer
  private var draws: Draws

  init(_ engine: LevelDBEngine, seed: UInt64) {
    self.engine = engine
    draws = Draws(seed: seed)
    batch = leveldb_writebatch_create()
  }

  deinit { leveldb_writebatch_destroy(batch) }

  func put(_ key: UInt64, _ length: Int, _ value: UnsafeRawPointer) {
    withUnsafeBytes(of: key) { key in
      leveldb_writebatch_put(
        batch, key.bindMemory(to: CChar.self).baseAddress, 8, value.assumingMemoryBound(to: CChar.self),
        length)
    }
  }

  func write(_ options: OpaquePointer) throws {
    var message: UnsafeMutablePointer<CChar>?
    leveldb_write(engine.database, options, batch, &message)
    if let message { throw BenchmarkError("LevelDB: \(String(cString: message))") }
    leveldb_writebatch_clear(batch)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    for done in 0..<transactions {
      Key.forEachPut(workload, &draws) { put($0, $1, $2) }
      let isFlushed = durability == .durable || durability == .hundred && done % 100 == 99
      try write(isFlushed ? engine.durable : engine.lazy)
    }
  }
}
