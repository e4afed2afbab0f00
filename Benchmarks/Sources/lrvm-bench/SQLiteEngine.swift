import CPeers

/// SQLite in WAL mode: FULL is durable, NORMAL is lazily so. A connection for each thread.
final class SQLiteEngine: Engine, @unchecked Sendable {
  let name = "SQLite"
  private let path: String
  private var workers: [SQLiteWorker] = []

  init(_ folder: String) throws {
    path = folder + "/sqlite.db"
    let first = try sqliteWorker(0)
    try first.execute("CREATE TABLE account(k INTEGER PRIMARY KEY, v BLOB)")
    try first.execute("CREATE TABLE history(k INTEGER PRIMARY KEY, v BLOB)")
    try first.execute("CREATE TABLE record(k INTEGER PRIMARY KEY, v BLOB)")
    try first.execute("BEGIN")
    for (table, slots, length) in [
      ("account", Workload.accountSlots, Workload.accountLength),
      ("history", Workload.historySlots, Workload.recordLength),
      ("record", Workload.recordSlots, Workload.recordLength),
    ] {
      try first.execute(
        "WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < \(slots - 1)) "
          + "INSERT INTO \(table) SELECT k, zeroblob(\(length)) FROM n")
    }
    try first.execute("COMMIT")
    try first.execute("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    // Its syncs follow the connection, not the transaction.
    durability != .hundred
  }

  func worker(_ index: Int) throws -> any Worker { try sqliteWorker(index) }

  private func sqliteWorker(_ index: Int) throws -> SQLiteWorker {
    while workers.count <= index { workers.append(try SQLiteWorker(path, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }
}

final class SQLiteWorker: Worker, @unchecked Sendable {
  private var database: OpaquePointer?
  private var statements: [String: OpaquePointer] = [:]
  private var synchronous: Durability?
  private var draws: Draws

  init(_ path: String, seed: UInt64) throws {
    draws = Draws(seed: seed)
    guard sqlite3_open(path, &database) == SQLITE_OK else { throw BenchmarkError("cannot open \(path)") }
    sqlite3_busy_timeout(database, 60_000)
    try execute("PRAGMA journal_mode = WAL")
    try execute("PRAGMA cache_size = -131072")
  }

  func execute(_ text: String) throws {
    guard sqlite3_exec(database, text, nil, nil, nil) == SQLITE_OK else { throw failure(text) }
  }

  private func failure(_ what: String) -> BenchmarkError {
    BenchmarkError("SQLite: \(what): \(String(cString: sqlite3_errmsg(database)))")
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    if synchronous != durability {
      try execute("PRAGMA synchronous = \(durability == .durable ? "FULL" : "NORMAL")")
      synchronous = durability
    }
    for _ in 0..<transactions {
      draws.advance()
      try step("BEGIN IMMEDIATE")
      switch workload {
      case .w1:
        for _ in 0..<3 {
          try put(
            "UPDATE account SET v = ?2 WHERE k = ?1", draws.below(Workload.accountSlots),
            Workload.accountLength)
        }
        try put(
          "UPDATE history SET v = ?2 WHERE k = ?1", Int(draws.number % UInt64(Workload.historySlots)),
          Workload.recordLength)
      case .w2:
        try put(
          "UPDATE record SET v = ?2 WHERE k = ?1", draws.below(Workload.recordSlots), Workload.recordLength)
      }
      try step("COMMIT")
    }
  }

  private func statement(_ text: String) throws -> OpaquePointer {
    if let known = statements[text] { return known }
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(database, text, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw failure(text)
    }
    statements[text] = statement
    return statement
  }

  private func step(_ text: String) throws {
    let statement = try statement(text)
    guard sqlite3_step(statement) == SQLITE_DONE else { throw failure(text) }
    sqlite3_reset(statement)
  }

  private func put(_ text: String, _ key: Int, _ length: Int) throws {
    let statement = try statement(text)
    sqlite3_bind_int64(statement, 1, Int64(key))
    // Static: the value outlives the step.
    let result = draws.value.withUnsafeBytes { value in
      sqlite3_bind_blob(statement, 2, value.baseAddress, CInt(length), nil)
      return sqlite3_step(statement)
    }
    guard result == SQLITE_DONE else { throw failure(text) }
    sqlite3_reset(statement)
  }
}
