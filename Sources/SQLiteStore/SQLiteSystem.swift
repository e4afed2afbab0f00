public import Storage
public import TortureCore

/// SQLite as a system under test: the library of the system, unmodified, on the disk of a case.
///
/// Segments are rows of one table: a row for each block of 128 bytes that is not zeros. A transaction is one of SQLite's,
/// of which there is one at a time. Truncation is a checkpoint of the write-ahead log; with a rollback journal there is
/// nothing to truncate. After a crash the database is opened again, and `PRAGMA integrity_check` has to find nothing.
public final class SQLiteSystem: SystemUnderTest {
  static let blockLength = 128

  private let session: Session
  private let connection: Connection
  private let settings: SQLiteSettings
  /// Prepared when they are needed first: most recoveries are only looked at.
  private var writing: (select: Statement, replace: Statement)?
  private var all: Statement?
  private var promises: SQLitePromises
  private var counts = SQLiteMarks()

  private init(_ settings: SQLiteSettings, _ session: Session, _ connection: Connection) {
    self.settings = settings
    self.session = session
    self.connection = connection
    promises = SQLitePromises(settings)
  }

  /// One transaction at a time. No format of SQLite's checks the bytes of the database file; the checksum of a
  /// rollback journal is one over every 200th byte; that of a write-ahead log is looked at when it is opened, not when a
  /// page is read from it later. That a rollback journal's name is gone (the root directory, whose name is empty, lost
  /// it) leaves no trace. After a failed sync SQLite does not say that what an opening shows is on the disk.
  public static func traits(for scenario: Scenario) -> SystemTraits {
    let database = Session.databaseName
    return SystemTraits(
      uncheckedFiles: [database, "\(database)-journal", "\(database)-wal", ""], openingPromises: false)
  }

  public static func create(on storage: any Storage, for scenario: Scenario) throws {
    let settings = SQLiteSettings(scenario)
    // The names of what a creation that was cut off left behind may never reach the disk.
    for name in try storage.list("") where name.hasPrefix(Session.databaseName) { try storage.remove(name) }
    let (_, connection) = try connect(storage, settings, creates: true)
    // As safe as SQLite can be: what is under test begins once the database is there.
    try connection.execute(settings.opening(.extra, creates: true))
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS block(
        segment INTEGER, number INTEGER, bytes BLOB NOT NULL, PRIMARY KEY (segment, number)) WITHOUT ROWID
      """)
    try connection.close()
    try storage.syncDirectory("")
  }

  public static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    let settings = SQLiteSettings(scenario)
    let (session, connection) = try connect(storage, settings, creates: false)
    try connection.execute(settings.opening(settings.synchronous, creates: false))
    let finding = try connection.answer("PRAGMA integrity_check(1)")
    guard finding == "ok" else { throw SQLiteCorruption(finding: finding) }
    let system = Self(settings, session, connection)
    system.counts.noteOpening(session.counts)
    return system
  }

  private static func connect(
    _ storage: any Storage, _ settings: SQLiteSettings, creates: Bool
  ) throws -> (Session, Connection) {
    let session = Session(
      storage, sectorLength: settings.disk.sector, powersafeOverwrite: settings.disk.powersafeOverwrite)
    let connection = try Connection(session, creates: creates)
    VFS.restartRandomNumbers(
      Randomness.seed(from: storage, [Session.databaseName, "\(Session.databaseName)-wal"]))
    return (session, connection)
  }

  public func perform(_ operation: Operation) throws {
    let before = session.counts
    switch operation {
    case .begin:
      _ = try statements()
      try connection.execute("BEGIN IMMEDIATE")
    case .write(_, let segment, let offset, let bytes):
      try write(segment, offset, bytes)
      counts.noteStore(before, session.counts, isWAL: settings.journal == .wal)
    case .commit:
      try connection.execute("COMMIT")
      counts.noteCommit(before, session.counts, isWAL: settings.journal == .wal)
    case .abort, .drop: try connection.execute("ROLLBACK")
    case .truncate: try checkpoint("TRUNCATE")
    case .truncateStep: try checkpoint("PASSIVE")
    case .flush, .remap, .reopen: break
    }
    promises.note(operation, databaseSyncs: session.counts.databaseSyncs - before.databaseSyncs)
  }

  private func write(_ segment: Int, _ offset: Int, _ bytes: [UInt8]) throws {
    let (select, replace) = try statements()
    var done = 0
    while done < bytes.count {
      let number = (offset + done) / Self.blockLength
      let start = (offset + done) % Self.blockLength
      let count = min(bytes.count - done, Self.blockLength - start)
      var block = try self.block(segment, number, select)
      block.replaceSubrange(start..<start + count, with: bytes[done..<done + count])
      replace.bind(1, segment)
      replace.bind(2, number)
      replace.bind(3, block)
      _ = try connection.step(replace)
      done += count
    }
  }

  private func statements() throws -> (select: Statement, replace: Statement) {
    if let writing { return writing }
    try connection.execute(settings.writing)
    let statements = (
      select: try connection.prepare("SELECT bytes FROM block WHERE segment=?1 AND number=?2"),
      replace: try connection.prepare("INSERT OR REPLACE INTO block VALUES (?1, ?2, ?3)")
    )
    writing = statements
    return statements
  }

  private func block(_ segment: Int, _ number: Int, _ select: Statement) throws -> [UInt8] {
    select.bind(1, segment)
    select.bind(2, number)
    guard try connection.step(select) else { return [UInt8](repeating: 0, count: Self.blockLength) }
    defer { select.reset() }
    return unsafe select.withBytes(0) { unsafe [UInt8]($0) }
  }

  private func checkpoint(_ kind: String) throws {
    if settings.journal == .wal { try connection.execute("PRAGMA wal_checkpoint(\(kind))") }
  }

  public func promise(after operation: Operation) -> Promise { promises.promise(after: operation) }

  public func close() throws { try connection.close() }

  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) throws {
    var images = settings.segments.map { [UInt8](repeating: 0, count: $0.length) }
    let all =
      try self.all
      ?? connection.prepare("SELECT segment, number, bytes FROM block ORDER BY segment, number")
    self.all = all
    while try connection.step(all) {
      let segment = all.integer(0)
      let start = all.integer(1) * Self.blockLength
      let isOurs = unsafe all.withBytes(2) { bytes in
        guard images.indices.contains(segment), bytes.count == Self.blockLength, start >= 0,
          start <= images[segment].count - Self.blockLength
        else { return false }
        unsafe images[segment].replaceSubrange(start..<start + Self.blockLength, with: bytes)
        return true
      }
      guard isOurs else { throw SQLiteCorruption(finding: "a row for segment \(segment), byte \(start)") }
    }
    for (segment, image) in images.enumerated() { unsafe body(segment, image.span.bytes) }
  }

  public var marks: [String: Int] { counts.marks }
}

/// A database in which SQLite's own check finds a fault, or rows that nobody wrote.
struct SQLiteCorruption: Error, Hashable, CustomStringConvertible {
  var finding: String
  var description: String { "the database is corrupt: \(finding)" }
}
