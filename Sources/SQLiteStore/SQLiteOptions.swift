public import TortureCore

/// The ways in which SQLite keeps a transaction that can be undone or redone.
enum JournalMode: String, CaseIterable {
  case delete, truncate, persist, wal
}

/// How often SQLite syncs.
enum Synchronous: String, CaseIterable {
  case off, normal, full, extra
}

extension SQLiteSystem {
  /// The options of a scenario, `system: {name: sqlite, journal: wal, synchronous: full}`.
  public static var options: [SystemOption] {
    [
      .choice(
        "journal", of: JournalMode.allCases.map(\.rawValue), default: "delete",
        "PRAGMA journal_mode; wal with locking_mode=EXCLUSIVE, the others with NORMAL."),
      .choice(
        "synchronous", of: Synchronous.allCases.map(\.rawValue), default: "full",
        "PRAGMA synchronous. What a commit promises depends on it."),
      .choice(
        "page", of: ["512", "1024", "2048", "4096"], default: "512",
        "PRAGMA page_size: how long a page of the database is, in bytes."),
      .integer(
        "cache_pages", 1...10_000, default: 10,
        "PRAGMA cache_size: how many pages are held in memory before some are written within a transaction."),
      .integer(
        "checkpoint_pages", 0...10_000, default: 24,
        "PRAGMA wal_autocheckpoint: how long the log gets, in pages, before a commit copies it; 0 for never."),
    ]
  }
}

/// A scenario's options.
struct SQLiteSettings {
  let journal: JournalMode
  let synchronous: Synchronous
  let pageLength: String
  let cachePages: Int
  let checkpointPages: Int
  let disk: DiskOptions
  let segments: [SegmentOptions]

  init(_ scenario: Scenario) {
    func word<Word: RawRepresentable<String>>(_ option: String) -> Word {
      guard let word = Word(rawValue: scenario.system.text(option)) else {
        fatalError(
          "the option '\(option)' is '\(scenario.system.text(option))', which is none of \(Word.self)")
      }
      return word
    }
    journal = word("journal")
    synchronous = word("synchronous")
    pageLength = scenario.system.text("page")
    cachePages = scenario.system.integer("cache_pages")
    checkpointPages = scenario.system.integer("checkpoint_pages")
    disk = scenario.disk
    segments = scenario.segments
  }

  /// What a connection says first; already the second sentence reads the database, and so recovers it. Locks are kept for
  /// a log, which needs no shared memory then.
  ///
  /// - Parameter creates: whether there may be no database yet: then also what its file's header keeps. That it has no
  ///   auto-vacuum has to be said, since SQLite takes it from the header that a creation which was cut off left.
  func opening(_ synchronous: Synchronous, creates: Bool) -> String {
    """
    PRAGMA locking_mode=\(journal == .wal ? "EXCLUSIVE" : "NORMAL");
    \(creates ? "PRAGMA auto_vacuum=NONE; PRAGMA page_size=\(pageLength);" : "")
    PRAGMA synchronous=\(synchronous.rawValue);
    PRAGMA journal_mode=\(journal.rawValue);
    """
  }

  /// What a connection says before it writes.
  var writing: String {
    """
    PRAGMA cache_size=\(cachePages);
    PRAGMA wal_autocheckpoint=\(checkpointPages);
    PRAGMA temp_store=MEMORY;
    """
  }

  /// Whether the disk keeps what was written without being asked to: nothing but the process crashes.
  var diskKeepsEverything: Bool { disk.profile == .processCrash }

  /// Whether a file's removal can no longer be lost when it has returned.
  var diskKeepsEntries: Bool { diskKeepsEverything || disk.profile == .rawDevice }
}
