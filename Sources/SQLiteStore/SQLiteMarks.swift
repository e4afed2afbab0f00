/// Rare states of SQLite that a campaign should reach.
struct SQLiteMarks {
  private(set) var marks = [
    "opening wrote the database": 0, "pages spilled before the commit": 0,
    "journal synced before the commit": 0,
    "commit copied the log": 0,
  ]

  /// A hot journal was rolled back, or the log copied.
  mutating func noteOpening(_ counts: Session.Counts) {
    if counts.databaseWrites > 0 { marks["opening wrote the database", default: 0] += 1 }
  }

  mutating func noteStore(_ before: Session.Counts, _ after: Session.Counts, isWAL: Bool) {
    if after.databaseWrites > before.databaseWrites {
      marks["pages spilled before the commit", default: 0] += 1
    }
    if after.journalSyncs > before.journalSyncs { marks["journal synced before the commit", default: 0] += 1 }
  }

  mutating func noteCommit(_ before: Session.Counts, _ after: Session.Counts, isWAL: Bool) {
    if isWAL && after.databaseSyncs > before.databaseSyncs { marks["commit copied the log", default: 0] += 1 }
  }
}
