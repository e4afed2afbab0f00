import FaultFS
import Storage
import SystemPackage
import Testing

/// Who learns of a failed sync, and what several syncs, descriptors and processes make of it.
@Suite struct SyncErrorTests {
  private static let failure = StorageError(.sync, "a", .errno(.ioError))

  private func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

  /// Whether a sync of the file fails.
  private func fails(_ file: any StorageFile) -> Bool {
    do {
      try file.sync(.data)
      return false
    } catch {
      #expect(error == Self.failure)
      return true
    }
  }

  private func disk(_ outcome: Profile.FailedSync) throws -> (FaultDisk, any StorageFile) {
    let disk = FaultDisk(profile: .posix)
    let file = try disk.open("a", .createNew)
    try file.write(bytes(1, 512), at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    disk.inject([Fault(.syncError, failedSync: outcome)])
    return (disk, file)
  }

  /// What the file may begin with after a crash now.
  private func leftBehind(_ disk: FaultDisk) throws -> Set<UInt8?> {
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var contents: Set<UInt8?> = []
    try window.forEachState { state in contents.insert(try shown(state, by: window)["a"]?.first) }
    return contents
  }

  @Test(arguments: [Profile.FailedSync.cleanNotWritten, .reverted])
  func eachDescriptorOpenAtTheTimeIsToldOnceAndNoLaterOne(outcome: Profile.FailedSync) throws {
    let (disk, one) = try disk(outcome)
    let two = try disk.open("a", .readWrite)
    try one.write(bytes(2, 512), at: 0)
    #expect(fails(one))
    let late = try disk.open("a", .readWrite)
    #expect(!fails(late))
    #expect(!fails(one))
    #expect(fails(two))
    #expect(!fails(two))
    #expect(
      disk.firedFaults.map(\.detail) == [outcome.rawValue, "reported to one more descriptor"])
    #expect(disk.timeline.operations.suffix(5).map(\.fault) == [.syncError, nil, nil, .syncError, nil])
    #expect(try leftBehind(disk) == (outcome == .reverted ? [1] : [1, 2]))
  }

  @Test func anErrorThatNobodyWasToldOfIsReportedToTheFirstDescriptorThatComes() throws {
    var (disk, one): (FaultDisk, (any StorageFile)?) = try disk(.reportedLate)
    try one?.write(bytes(2, 512), at: 0)
    try one?.sync(.data)
    // The process ends, the cache lives on, and a new process opens the file twice.
    one?.close()
    one = nil
    let first = try disk.open("a", .readWrite)
    #expect(try first.read(1, at: 0) == [2])
    #expect(fails(first))
    let second = try disk.open("a", .readWrite)
    #expect(!fails(second))
    #expect(!fails(first))
    #expect(try leftBehind(disk) == [1, 2])
  }

  @Test func aNewProcessOnTheSameCacheReadsWhatTheDiskMayNotHold() throws {
    let (disk, file) = try disk(.cleanNotWritten)
    try file.write(bytes(2, 512), at: 0)
    #expect(fails(file))
    file.close()
    let again = try disk.open("a", .readWrite)
    #expect(try again.read(1, at: 0) == [2])
    #expect(!fails(again))
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(window.stateCount() == 2)
  }

  @Test func rewritingWhatAFailedSyncLeftMakesItDurable() throws {
    let (disk, file) = try disk(.cleanNotWritten)
    try file.write(bytes(2, 512), at: 0)
    #expect(fails(file))
    try file.write(bytes(2, 512), at: 0)
    #expect(!fails(file))
    #expect(try leftBehind(disk) == [2])
  }

  @Test func aSyncThatReportsAnEarlierFailureTakesNothingFromTheNextOne() throws {
    for syncs in 1...2 {
      let (disk, file) = try disk(.reportedLate)
      #expect(!fails(file))
      try file.write(bytes(2, 512), at: 0)
      #expect(fails(file))
      if syncs == 2 { #expect(!fails(file)) }
      #expect(try leftBehind(disk) == (syncs == 2 ? [2] : [1, 2]))
    }
  }

  @Test func aFailedSyncOfAFileDoesNotHoldUpTheJournalForOthers() throws {
    let disk = FaultDisk(profile: .ext4Data)
    let (one, two) = (try disk.open("a", .createNew), try disk.open("b", .createNew))
    disk.inject([Fault(.syncError, file: "b", failedSync: .cleanNotWritten)])
    try one.write(bytes(1, 512), at: 0)
    try two.write(bytes(2, 512), at: 0)
    #expect(throws: StorageError.self) { try two.sync(.full) }
    _ = try disk.open("c", .createNew)
    try disk.syncDirectory("")
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    // The journal kept what came before and after; only the block of 'b' may be missing.
    #expect(window.stateCount() == 2)
    #expect(try shown(window.nothingKept, by: window) == ["a": bytes(1, 512), "b": bytes(0, 512), "c": []])
  }

  @Test func aRenameStaysWholeWhenTheSyncOfOneOfItsDirectoriesFails() throws {
    let disk = FaultDisk(profile: .posix)
    _ = try disk.open("d/new", .createNew)
    try disk.syncDirectory("d")
    disk.inject([Fault(.syncError, file: "d")])
    try disk.rename("d/new", to: "log")
    #expect(throws: StorageError.self) { try disk.syncDirectory("d") }
    try disk.syncDirectory("")
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(window.openCells.isEmpty)
    #expect(try shown(window.nothingKept, by: window) == ["log": []])
  }
}
