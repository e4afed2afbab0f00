import CPeers
import Foundation

/// LMDB; lazily durable is MDB_NOSYNC, with a sync at the end.
final class LMDBEngine: Engine, @unchecked Sendable {
  let name = "LMDB"
  private var environment: OpaquePointer?
  private var database: MDB_dbi = 0
  private var workers: [LMDBWorker] = []
  private var isSyncing = true

  init(_ folder: String) throws {
    let path = folder + "/lmdb"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Self.check(mdb_env_create(&environment), "create")
    try Self.check(mdb_env_set_mapsize(environment, 1 << 30), "set the map's size")
    try Self.check(mdb_env_open(environment, path, 0, 0o666), "open")
    var transaction: OpaquePointer?
    try Self.check(mdb_txn_begin(environment, nil, 0, &transaction), "begin")
    try Self.check(mdb_dbi_open(transaction, nil, 0, &database), "open the database")
    let zeros = [UInt8](repeating: 0, count: Workload.accountLength)
    try Key.forEach { key, length in
      try zeros.withUnsafeBytes { try put(transaction, key, .init(rebasing: $0.prefix(length))) }
    }
    try Self.check(mdb_txn_commit(transaction), "commit")
  }

  static func check(_ result: CInt, _ what: String) throws {
    if result != 0 { throw BenchmarkError("LMDB: cannot \(what): \(String(cString: mdb_strerror(result)))") }
  }

  fileprivate func put(
    _ transaction: OpaquePointer?, _ key: UInt64, _ value: UnsafeRawBufferPointer
  ) throws {
    var key = key
    try withUnsafeMutableBytes(of: &key) { keyBytes in
      var key = MDB_val(mv_size: 8, mv_data: keyBytes.baseAddress)
      var data = MDB_val(
        mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
      try Self.check(mdb_put(transaction, database, &key, &data, 0), "put")
    }
  }

  func worker(_ index: Int) throws -> any Worker {
    while workers.count <= index { workers.append(LMDBWorker(self, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }

  fileprivate func begin() throws -> OpaquePointer? {
    var transaction: OpaquePointer?
    try Self.check(mdb_txn_begin(environment, nil, 0, &transaction), "begin")
    return transaction
  }

  /// Before threads begin: the first worker of a measurement runs alone.
  fileprivate func setSyncing(_ syncs: Bool) throws {
    if isSyncing == syncs { return }
    isSyncing = syncs
    try Self.check(mdb_env_set_flags(environment, UInt32(MDB_NOSYNC), syncs ? 0 : 1), "set flags")
  }

  func flush() throws { try Self.check(mdb_env_sync(environment, 1), "sync") }
}

final class LMDBWorker: Worker, @unchecked Sendable {
  private let engine: LMDBEngine
  private var draws: Draws

  init(_ engine: LMDBEngine, seed: UInt64) {
    self.engine = engine
    draws = Draws(seed: seed)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    try engine.setSyncing(durability == .durable)
    for done in 0..<transactions {
      let transaction = try engine.begin()
      try Key.forEachPut(workload, &draws) { try engine.put(transaction, $0, $1) }
      try LMDBEngine.check(mdb_txn_commit(transaction), "commit")
      if durability == .hundred && done % 100 == 99 { try engine.flush() }
    }
  }
}
