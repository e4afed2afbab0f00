/// LevelDB or RocksDB with its default options; durable is a write with sync.
final class BatchEngine<Library: BatchLibrary>: Engine, @unchecked Sendable {
  let name = Library.name
  fileprivate let database: OpaquePointer
  fileprivate let durable: OpaquePointer
  fileprivate let lazy: OpaquePointer
  private var workers: [BatchWorker<Library>] = []

  init(_ folder: String) throws {
    var message: UnsafeMutablePointer<CChar>?
    guard let database = Library.open(folder + "/\(Library.name.lowercased())", &message) else {
      throw BenchmarkError("\(Library.name): \(message.map { String(cString: $0) } ?? "cannot open")")
    }
    self.database = database
    durable = Library.writeOptions(isSynced: true)
    lazy = Library.writeOptions(isSynced: false)
    let worker = BatchWorker(self, seed: 0)
    let zeros = [UInt8](repeating: 0, count: Workload.accountLength)
    var count = 0
    try Key.forEach { key, length in
      zeros.withUnsafeBytes { worker.put(key, .init(rebasing: $0.prefix(length))) }
      count += 1
      if count % 1000 == 0 { try worker.write(lazy) }
    }
    try worker.write(durable)
  }

  func worker(_ index: Int) throws -> any Worker {
    while workers.count <= index { workers.append(BatchWorker(self, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }

  /// An empty batch that is synced takes the log before it along.
  func flush() throws { try BatchWorker(self, seed: 0).write(durable) }
}

final class BatchWorker<Library: BatchLibrary>: Worker, @unchecked Sendable {
  private unowned let engine: BatchEngine<Library>
  private let batch: OpaquePointer
  private var draws: Draws

  init(_ engine: BatchEngine<Library>, seed: UInt64) {
    self.engine = engine
    draws = Draws(seed: seed)
    batch = Library.makeBatch()
  }

  deinit { Library.destroy(batch) }

  func put(_ key: UInt64, _ value: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: key) { key in
      Library.put(
        batch, key.bindMemory(to: CChar.self).baseAddress, key.count,
        value.bindMemory(to: CChar.self).baseAddress, value.count)
    }
  }

  func write(_ options: OpaquePointer) throws {
    var message: UnsafeMutablePointer<CChar>?
    Library.write(engine.database, options, batch, &message)
    if let message { throw BenchmarkError("\(Library.name): \(String(cString: message))") }
    Library.clear(batch)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    for done in 0..<transactions {
      Key.forEachPut(workload, &draws) { put($0, $1) }
      let isFlushed = durability == .durable || durability == .hundred && done % 100 == 99
      try write(isFlushed ? engine.durable : engine.lazy)
    }
  }
}
