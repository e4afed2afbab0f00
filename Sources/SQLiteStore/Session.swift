import Storage
import Synchronization

/// What one connection of SQLite has to do with the disk: the storage that its files are on, and what the harness wants
/// to know of them.
///
/// SQLite knows files by name only, so a database is opened under the name `NUMBER/main.db`, and the number finds the
/// session.
final class Session: @unchecked Sendable {
  /// What SQLite did to the disk since the session began.
  struct Counts {
    /// Writes to the database file.
    var databaseWrites = 0
    /// Syncs of the database file.
    var databaseSyncs = 0
    /// Syncs of the rollback journal or the write-ahead log.
    var journalSyncs = 0
  }

  /// The name of the database's file.
  static let databaseName = "main.db"

  let number: Int
  /// The length of the disk's sectors, and whether what lies beside a torn write stays as it was.
  let sectorLength: Int
  let powersafeOverwrite: Bool
  /// Nil once the session is over: then nothing that SQLite still does reaches the disk.
  private(set) var storage: (any Storage)?
  var counts = Counts()
  /// The last call that the disk refused, for messages: SQLite has only a number for it.
  var refusal: StorageError?

  /// The name by which SQLite opens the database.
  var path: String { "\(number)/\(Self.databaseName)" }

  // MARK: All sessions

  private struct Table {
    var sessions: [Int: Session] = [:]
    var last = 0
  }

  private static let table = Mutex(Table())

  init(_ storage: any Storage, sectorLength: Int, powersafeOverwrite: Bool) {
    self.storage = storage
    self.sectorLength = sectorLength
    self.powersafeOverwrite = powersafeOverwrite
    number = Self.table.withLock { table in
      table.last += 1
      return table.last
    }
    Self.table.withLock { $0.sessions[number] = self }
  }

  /// Cuts the connection from the disk, as a crash would.
  func end() {
    storage = nil
    Self.table.withLock { $0.sessions[number] = nil }
  }

  /// The session of that number; nil where it is over.
  static func numbered(_ number: Int) -> Session? { table.withLock { $0.sessions[number] } }
}
