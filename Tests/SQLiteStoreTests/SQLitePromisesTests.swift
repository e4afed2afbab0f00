import Testing
import TortureCore

@testable import SQLiteStore

/// What a commit is worth in each mode, as `SQLitePromises` has it from SQLite's documentation.
@Suite struct SQLitePromisesTests {
  private static let write = Operation.write(client: 0, segment: 0, offset: 0, bytes: [1])
  private static let begin = Operation.begin(client: 0, restore: true)
  private static let commit = Operation.commit(client: 0, flush: true)

  private static func promises(_ journal: String, _ synchronous: String, _ profile: String = "posix") throws
    -> SQLitePromises
  {
    SQLitePromises(SQLiteSettings(try Samples.scenario(journal, synchronous, profile: profile)))
  }

  /// What is promised after two commits that write, after an empty one, and after an orderly end.
  private static func run(_ promises: SQLitePromises, databaseSyncs: Int = 1) -> [Promise] {
    var promises = promises
    var given: [Promise] = []
    for operations in [[begin, write, commit], [begin, write, commit], [begin, commit]] {
      for operation in operations {
        let isCommit = operation == commit
        promises.note(operation, databaseSyncs: isCommit ? databaseSyncs : 0)
        if isCommit {
          given.append(promises.promise(after: operation))
        } else {
          #expect(promises.promise(after: operation) == .nothing)
        }
      }
    }
    return given + [promises.promise(after: .reopen)]
  }

  @Test(arguments: [
    ("delete", "extra"), ("truncate", "full"), ("truncate", "extra"), ("persist", "normal"),
    ("persist", "full"),
    ("wal", "full"), ("wal", "extra"),
  ])
  func durableWhenItReturns(journal: String, synchronous: String) throws {
    #expect(
      Self.run(try Self.promises(journal, synchronous), databaseSyncs: 0)
        == [.everyCommit, .everyCommit, .everyCommit, .everyCommit])
  }

  /// An empty transaction makes no journal, so it does not make the one before it durable.
  @Test(arguments: [("delete", "full"), ("delete", "normal"), ("truncate", "normal")])
  func durableWithTheNextThatWrites(journal: String, synchronous: String) throws {
    #expect(
      Self.run(try Self.promises(journal, synchronous)) == [
        .everyCommitBut(last: 1), .everyCommitBut(last: 1), .everyCommitBut(last: 2),
        .everyCommitBut(last: 2),
      ])
  }

  @Test func theLogIsDurableWithACheckpoint() throws {
    var promises = try Self.promises("wal", "normal")
    #expect(
      Self.run(promises, databaseSyncs: 0)
        == [.nothing, .nothing, .nothing, .everyCommit])
    for operation in [Self.begin, Self.write, Self.commit] { promises.note(operation, databaseSyncs: 0) }
    promises.note(.truncate, databaseSyncs: 0)
    #expect(promises.promise(after: .truncate) == .nothing)
    promises.note(.truncateStep, databaseSyncs: 1)
    #expect(promises.promise(after: .truncateStep) == .everyCommit)
    for operation in [Self.begin, Self.write, Self.commit] { promises.note(operation, databaseSyncs: 0) }
    #expect(promises.promise(after: Self.commit) == .everyCommitBut(last: 1))
  }

  /// What an earlier opening left in the log, which a failed call ended, is as little durable as it was.
  @Test func anOpeningDoesNotKnowWhatIsAtRisk() throws {
    for settings in [("wal", "normal"), ("delete", "full")] {
      var promises = try Self.promises(settings.0, settings.1)
      promises.note(Self.begin, databaseSyncs: 0)
      promises.note(Self.commit, databaseSyncs: 0)
      #expect(promises.promise(after: Self.commit) == .nothing)
    }
  }

  @Test(arguments: JournalMode.allCases.map(\.rawValue)) func offPromisesNothing(journal: String) throws {
    #expect(Self.run(try Self.promises(journal, "off")) == [.nothing, .nothing, .nothing, .nothing])
  }

  @Test func theDiskMayPromiseMore() throws {
    let all = [Promise](repeating: .everyCommit, count: 4)
    #expect(Self.run(try Self.promises("delete", "full", "raw-device")) == all)
    #expect(Self.run(try Self.promises("delete", "off", "process-crash")) == all)
    #expect(Self.run(try Self.promises("delete", "off", "raw-device")) != all)
  }
}
