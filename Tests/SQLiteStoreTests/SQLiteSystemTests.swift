import FaultFS
import Foundation
import Storage
import Testing
import TortureViews

@testable import SQLiteStore
@testable import TortureCore

/// SQLite on a disk that can lie. One test at a time, since SQLite's random numbers are the process's.
@Suite(.serialized) struct SQLiteSystemTests {
  private static let journals = JournalMode.allCases.map(\.rawValue)

  // MARK: What SQLite documents

  @Test(arguments: journals, ["full", "extra"])
  func nothingIsLostThatIsPromised(journal: String, synchronous: String) throws {
    let profile = journal == "truncate" ? "ext4-ordered" : "posix"
    let result = Samples.result(try Samples.scenario(journal, synchronous, profile: profile))
    #expect(result.verdict == .clean, "\(result.findings.first?.summary ?? "")")
    #expect(result.crashStates > 50)
  }

  @Test(arguments: journals, ["ext4-data", "xfs", "btrfs", "process-crash"])
  func otherDisks(journal: String, profile: String) throws {
    #expect(Samples.result(try Samples.scenario(journal, "full", profile: profile)).verdict == .clean)
  }

  /// Sectors of 4096 bytes hold several pages, and without power-safe overwrites a torn one takes its neighbours along.
  @Test(arguments: journals) func sectorsLargerThanPages(journal: String) throws {
    let profile = journal == "truncate" ? "ext4-ordered" : "posix"
    for powersafe in [true, false] {
      let scenario = try Samples.scenario(
        journal, "full", profile: profile, sector: 4096, powersafe: powersafe)
      let result = Samples.result(scenario)
      #expect(result.verdict == .clean, "\(powersafe): \(result.findings.first?.summary ?? "")")
    }
  }

  @Test func aLogThatIsNotSyncedLosesItsTailAndNothingElse() throws {
    let scenario = try Samples.scenario("wal", "normal")
    #expect(Samples.result(scenario).verdict == .clean)
    let recording = Recording(TestCase(scenario, seed: 1, system: SQLiteSystem.self))
    let history = recording.history
    let end = recording.disk.operationCount
    #expect(history.promised(at: end) > 0)
    #expect((0...end).contains { history.attempted(at: $0) > history.promised(at: $0) + 1 })
  }

  @Test(arguments: journals) func neverSyncingIsCaught(journal: String) throws {
    #expect(Samples.result(try Samples.scenario(journal, "off")).verdict == .violation)
  }

  /// "If the application crashes, the data will be safe": the page cache outlives it.
  @Test(arguments: journals) func neverSyncingIsSafeFromTheProcess(journal: String) throws {
    #expect(Samples.result(try Samples.scenario(journal, "off", profile: "process-crash")).verdict == .clean)
  }

  /// docs/sqlite.md: where a file that grows again may show what it held before it was cut, the old journal comes back.
  @Test func aTruncatedJournalComesBackWhereOldBytesMay() throws {
    let result = Samples.result(try Samples.scenario("truncate", "full", profile: "posix"))
    #expect(result.verdict == .violation)
    #expect(result.findings.contains { $0.losses.contains { $0.call.name == "main.db-journal" } })
  }

  // MARK: The glue

  @Test(arguments: journals) func twoRunsGiveOneResult(journal: String) throws {
    let scenario = try Samples.scenario(journal, "full")
    #expect(Samples.result(scenario) == Samples.result(scenario))
  }

  /// The same operations leave the same bytes on the real disk.
  @Test(arguments: journals) func theRealDiskGetsTheSameBytes(journal: String) throws {
    let scenario = try Samples.scenario(journal, "full")
    let operations = Workload(scenario: scenario, seed: 3).operations
    let folder = FileManager.default.temporaryDirectory.appending(path: "sqlite-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let disks: [any Storage] = [FaultDisk(), try PosixStorage(directory: folder.path)]
    var contents: [[String: [UInt8]]] = []
    for disk in disks {
      try SQLiteSystem.create(on: disk, for: scenario)
      var system = try SQLiteSystem.open(on: disk, for: scenario)
      for operation in operations {
        if operation == .reopen {
          try system.close()
          system = try SQLiteSystem.open(on: disk, for: scenario)
        } else {
          try system.perform(operation)
        }
      }
      try system.close()
      contents.append(
        try Dictionary(
          uniqueKeysWithValues: disk.list("").map { name in
            let file = try disk.open(name, .readOnly)
            return (name, try file.read(try file.size(), at: 0))
          }))
    }
    #expect(contents[0] == contents[1])
    #expect(contents[0]["main.db"]?.starts(with: Array("SQLite format 3\0".utf8)) == true)
  }

  @Test(arguments: journals) func aSystemThatIsDroppedTouchesNothing(journal: String) throws {
    let scenario = try Samples.scenario(journal, "full")
    let disk = FaultDisk()
    try SQLiteSystem.create(on: disk, for: scenario)
    var system: SQLiteSystem? = try SQLiteSystem.open(on: disk, for: scenario)
    try system?.perform(.begin(client: 0, restore: true))
    try system?.perform(.write(client: 0, segment: 0, offset: 100, bytes: [1, 2, 3]))
    let before = disk.timeline.operationCount
    system = nil
    #expect(disk.timeline.operationCount == before)
    // Its lock is gone with it.
    let next = try SQLiteSystem.open(on: disk, for: scenario)
    #expect(next.images() == [[UInt8](repeating: 0, count: 4096)])
  }

  @Test func aDatabaseHasOneConnection() throws {
    let scenario = try Samples.scenario("delete", "full")
    let disk = FaultDisk()
    try SQLiteSystem.create(on: disk, for: scenario)
    let first = try SQLiteSystem.open(on: disk, for: scenario)
    try first.perform(.begin(client: 0, restore: true))
    #expect(throws: SQLiteError.self) { try SQLiteSystem.open(on: disk, for: scenario) }
    try first.close()
  }

  @Test func aMissingDatabaseAndOneOfGarbageAreErrors() throws {
    let scenario = try Samples.scenario("delete", "full")
    #expect(throws: SQLiteError.self) { try SQLiteSystem.open(on: FaultDisk(), for: scenario) }
    let disk = FaultDisk()
    try disk.open("main.db", .createNew).write([UInt8](repeating: 0x5a, count: 2048), at: 0)
    #expect(throws: SQLiteError.self) { try SQLiteSystem.open(on: disk, for: scenario) }
  }

  @Test func whatTheDiskCanDoIsWhatTheScenarioSays() throws {
    let disk = FaultDisk()
    for (sector, powersafe, flags) in [(512, true, Int32(0x1000)), (4096, false, 0)] {
      let session = Session(disk, sectorLength: sector, powersafeOverwrite: powersafe)
      let file = OpenFile(try disk.open("f", .createOrOpen), session)
      #expect(file.sectorLength == sector && file.deviceCharacteristics == flags)
      session.end()
    }
  }

  // MARK: Scenarios

  @Test func marksAreReached() throws {
    var marks: [String: Int] = [:]
    for journal in Self.journals {
      let scenario = try Samples.scenario(journal, "full", extra: "description: marks")
      var large = scenario
      large.workload.rangeLengthMax = 2000
      marks.merge(Samples.result(large).marks) { $0 + $1 }
    }
    for name in [
      "pages spilled before the commit", "journal synced before the commit", "commit copied the log",
    ] {
      #expect(marks[name, default: 0] > 0, "\(name): \(marks)")
    }
  }

  @Test(arguments: [
    ("journal: wall", "2:33: system.journal: expected one of delete, truncate, persist, wal, found wall"),
    ("journal: wal, truncation: epoch", "2:38: the key 'truncation' belongs to the system 'lrvm'"),
    ("cache_pages: 0", "2:37: system.cache_pages: expected an integer from 1 to 10000, found 0"),
  ])
  func badOptions(options: String, expected: String) throws {
    do {
      _ = try Samples.read(
        """
        name: bad
        system: {name: sqlite, \(options)}
        segments: [{name: a, length: 4096}]
        workload: {kind: bytes}
        """)
      Issue.record("it was read")
    } catch {
      #expect(
        error.problems.count == 1 && error.problems[0].description.hasPrefix("s.yaml:\(expected)"), "\(error)"
      )
    }
  }

  @Test func oneTransactionAtATime() throws {
    let scenario = try Samples.scenario("wal", "full")
    #expect(SQLiteSystem.traits(for: scenario).clientsMax == 1)
    #expect(!SQLiteSystem.traits(for: scenario).commitsWithoutFlush)
    #expect(
      SQLiteSystem.traits(for: scenario).uncheckedFiles == ["main.db", "main.db-journal", "main.db-wal", ""])
    #expect(!SQLiteSystem.traits(for: scenario).openingPromises)
  }
}
