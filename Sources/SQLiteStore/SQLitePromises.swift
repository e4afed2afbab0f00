import TortureCore

/// What SQLite's documentation says that a commit is worth, mode by mode.
///
/// | journal | OFF | NORMAL | FULL | EXTRA |
/// |---|---|---|---|---|
/// | delete | nothing | durable with the next commit | durable with the next commit | durable |
/// | truncate | nothing | durable with the next commit | durable | durable |
/// | persist | nothing | durable | durable | durable |
/// | wal | nothing | durable with the next checkpoint | durable | durable |
///
/// A commit takes place where the rollback journal ceases to be: by its removal, which FULL does not wait for (that is
/// what EXTRA is for, <https://www.sqlite.org/pragma.html#pragma_synchronous>), by its truncation, which NORMAL does not
/// sync, or by zeros over its header, which every mode but OFF syncs. A journal that comes back undoes the commit. The
/// next transaction that writes makes a new journal and syncs it and its directory, and the old one is gone for good.
/// In a write-ahead log NORMAL syncs at checkpoints only (<https://www.sqlite.org/wal.html>).
struct SQLitePromises {
  private enum Commits {
    case durable, durableWithTheNext, durableWithACheckpoint, never
  }

  private let commits: Commits
  /// How many of the last commits may still be lost; nil where that is not known, since those of an earlier opening may be.
  private var atRisk: Int?
  /// Whether the open transaction has written anything: an empty one touches no file.
  private var hasWritten = false
  private var isPromised = false

  init(_ settings: SQLiteSettings) {
    if settings.diskKeepsEverything {
      commits = .durable
      return
    }
    switch (settings.journal, settings.synchronous) {
    case (_, .off): commits = .never
    case (.delete, .normal), (.delete, .full):
      commits = settings.diskKeepsEntries ? .durable : .durableWithTheNext
    case (.truncate, .normal): commits = .durableWithTheNext
    case (.wal, .normal): commits = .durableWithACheckpoint
    case (.delete, .extra), (.truncate, .full), (.truncate, .extra), (.persist, _), (.wal, .full),
      (.wal, .extra):
      commits = .durable
    }
  }

  /// Notes that `operation` has been done, and how many syncs of the database file there were in it.
  mutating func note(_ operation: Operation, databaseSyncs: Int) {
    isPromised = false
    switch operation {
    case .begin: hasWritten = false
    case .write: hasWritten = true
    case .commit:
      isPromised = commits != .never
      switch commits {
      case .durable: atRisk = 0
      case .durableWithTheNext: atRisk = hasWritten ? 1 : atRisk.map { $0 == 0 ? 0 : $0 + 1 }
      case .durableWithACheckpoint: atRisk = databaseSyncs > 0 ? 0 : atRisk.map { $0 + 1 }
      case .never: break
      }
    case .truncate, .truncateStep:
      if commits == .durableWithACheckpoint && databaseSyncs > 0 {
        atRisk = 0
        isPromised = true
      }
    case .abort, .drop, .flush, .remap, .reopen: break
    }
  }

  func promise(after operation: Operation) -> Promise {
    if case .reopen = operation { return afterClosing }
    return isPromised ? whatIsNotAtRisk : .nothing
  }

  private var whatIsNotAtRisk: Promise { atRisk.map { .everyCommitBut(last: $0) } ?? .nothing }

  /// Closing a database with a write-ahead log checkpoints it; one with a rollback journal it leaves as it is.
  private var afterClosing: Promise {
    switch commits {
    case .never: .nothing
    case .durable, .durableWithACheckpoint: .everyCommit
    case .durableWithTheNext: whatIsNotAtRisk
    }
  }
}
