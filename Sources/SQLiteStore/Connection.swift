internal import CSQLite
internal import Storage

/// A connection to a database, through SQLite's C interface.
///
/// Threading: one thread at a time.
@safe final class Connection {
  private let session: Session
  private var database: OpaquePointer?
  private var statements: [Statement] = []

  /// Opens the database of `session`.
  init(_ session: Session, creates: Bool) throws(SQLiteError) {
    self.session = session
    guard VFS.registration == SQLITE_OK else {
      throw SQLiteError(code: VFS.registration, message: "SQLite does not start", doing: "register the VFS")
    }
    let access = SQLITE_OPEN_READWRITE | (creates ? SQLITE_OPEN_CREATE : 0)
    let code = unsafe sqlite3_open_v2(
      session.path, &database, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, VFS.name)
    guard code == SQLITE_OK else {
      let error = error(code, "open the database")
      discard()
      throw error
    }
    unsafe sqlite3_extended_result_codes(database, 1)
  }

  deinit { discard() }

  /// Runs statements that return no rows that anybody wants.
  func execute(_ text: String) throws(SQLiteError) {
    let code = unsafe sqlite3_exec(database, text, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, text) }
  }

  /// A statement, which lives as long as the connection.
  func prepare(_ text: String) throws(SQLiteError) -> Statement {
    var handle: OpaquePointer?
    let code = unsafe sqlite3_prepare_v2(database, text, -1, &handle, nil)
    guard code == SQLITE_OK, let handle = unsafe handle else { throw error(code, text) }
    let statement = unsafe Statement(handle, text)
    statements.append(statement)
    return statement
  }

  /// The first column of the first row of `text`, as a text.
  func answer(_ text: String) throws(SQLiteError) -> String {
    let statement = try prepare(text)
    guard try step(statement) else { throw error(SQLITE_ERROR, "\(text), which had no answer") }
    let answer = statement.text(0)
    statement.reset()
    return answer
  }

  /// Takes the statement to its next row; false where there is none, and the statement can run again.
  func step(_ statement: Statement) throws(SQLiteError) -> Bool {
    let code = statement.step()
    if code == SQLITE_ROW { return true }
    statement.reset()
    guard code == SQLITE_DONE else { throw error(code, statement.text) }
    return false
  }

  /// Closes the database in order.
  func close() throws(SQLiteError) {
    finalize()
    let code = unsafe sqlite3_close(database)
    guard code == SQLITE_OK else { throw error(code, "close the database") }
    unsafe database = nil
    session.end()
  }

  /// Lets the connection go without another touch of the disk, as a crash does.
  private func discard() {
    session.end()
    finalize()
    unsafe sqlite3_close_v2(database)
    unsafe database = nil
  }

  private func finalize() {
    for statement in statements { statement.finalize() }
    statements = []
  }

  private func error(_ code: Int32, _ doing: String) -> SQLiteError {
    let message = unsafe sqlite3_errmsg(database).map { unsafe String(cString: $0) } ?? "no memory"
    return SQLiteError(code: code, message: message, doing: doing, refusal: session.refusal)
  }
}

/// A prepared statement; its parameters are numbered from 1, its columns from 0.
@safe final class Statement {
  let text: String
  private let handle: OpaquePointer

  fileprivate init(_ handle: OpaquePointer, _ text: String) {
    unsafe self.handle = handle
    self.text = text
  }

  func bind(_ parameter: Int32, _ value: Int) {
    unsafe sqlite3_bind_int64(handle, parameter, sqlite3_int64(value))
  }

  func bind(_ parameter: Int32, _ bytes: [UInt8]) {
    // The bytes are copied before the call returns (SQLITE_TRANSIENT).
    let copy = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe sqlite3_bind_blob(handle, parameter, bytes, Int32(bytes.count), copy)
  }

  func integer(_ column: Int32) -> Int { unsafe Int(sqlite3_column_int64(handle, column)) }

  func text(_ column: Int32) -> String {
    unsafe sqlite3_column_text(handle, column).map { unsafe String(cString: $0) } ?? ""
  }

  /// Calls `body` with the bytes of a column.
  func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let start = unsafe sqlite3_column_blob(handle, column)
    let count = unsafe Int(sqlite3_column_bytes(handle, column))
    return unsafe body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  fileprivate func step() -> Int32 { unsafe sqlite3_step(handle) }
  func reset() { unsafe sqlite3_reset(handle) }
  fileprivate func finalize() { unsafe sqlite3_finalize(handle) }
}

/// A call of SQLite that failed.
struct SQLiteError: Error, Hashable, CustomStringConvertible {
  /// SQLite's extended result code.
  var code: Int32
  var message: String
  /// The statement, or what else was being done.
  var doing: String
  /// The last call that the disk refused, if there was one.
  var refusal: StorageError?

  var description: String {
    let cause = refusal.map { "; the disk said: \($0)" } ?? ""
    return "SQLite cannot \(doing): \(message) (code \(code))\(cause)"
  }
}
