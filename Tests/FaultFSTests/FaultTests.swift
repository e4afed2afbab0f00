import FaultFS
import Storage
import SystemPackage
import Testing

/// Each fault while the disk runs, and what a later crash then finds.
@Suite struct FaultTests {
  private func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

  /// A disk with a synced file `a` of `count` ones, and the file.
  private func disk(_ profile: Profile = .posix, count: Int = 2048) throws -> (FaultDisk, any StorageFile) {
    let disk = FaultDisk(profile: profile)
    let file = try disk.open("a", .createNew)
    try file.write(bytes(1, count), at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    return (disk, file)
  }

  /// What the file may hold after a crash now, without tears.
  private func leftBehind(_ disk: FaultDisk, name: String = "a") throws -> Set<[UInt8]?> {
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var contents: Set<[UInt8]?> = []
    try window.forEachState { state in contents.insert(try shown(state, by: window)[name]) }
    return contents
  }

  private func error(_ operation: StorageError.Operation, _ errno: Errno = .ioError) -> StorageError {
    StorageError(operation, "a", .errno(errno))
  }

  // MARK: Calls that fail

  @Test(arguments: [(Fault.Kind.writeError, Errno.ioError), (.noSpace, .noSpace)])
  func aFailedWritePutsAPartIn(kind: Fault.Kind, errno: Errno) throws {
    var parts: Set<Int> = []
    for seed in 0..<40 as Range<UInt64> {
      let (disk, file) = try disk()
      disk.inject([Fault(kind, seed: seed)])
      #expect(throws: error(.write, errno)) { try file.write(bytes(2, 10), at: 100) }
      let contents = try file.read(2048, at: 0)
      let part = contents.count { $0 == 2 }
      #expect(contents == bytes(1, 100) + bytes(2, part) + bytes(1, 1948 - part))
      #expect(disk.firedFaults.map(\.detail) == ["\(part) of 10 bytes went in"])
      #expect(disk.timeline.operationCount == (part > 0 ? 5 : 4))
      parts.insert(part)
      try file.write(bytes(3, 10), at: 100)
      #expect(try file.read(10, at: 100) == bytes(3, 10))
    }
    #expect(parts.isSubset(of: Set(0..<10)) && parts.count > 5)
  }

  /// Who looks at a file's bytes from outside is struck by no fault, and uses none up.
  @Test func lookingAtAFileMeetsNoFault() throws {
    let (disk, file) = try disk()
    disk.inject([Fault(.openError), Fault(.readError), Fault(.latentSectorError, bytes: 512..<1024)])
    #expect(disk.bytes(of: "a") == bytes(1, 2048))
    #expect(disk.bytes(of: "b") == nil)
    #expect(disk.firedFaults.isEmpty)
    #expect(throws: StorageError.self) { try file.read(2048, at: 0) }
  }

  @Test func aShortWriteIsContinuedAsASecondOperation() throws {
    let (disk, file) = try disk()
    disk.inject([Fault(.shortWrite, seed: 3)])
    try file.write(bytes(2, 1000), at: 100)
    #expect(try file.read(1000, at: 100) == bytes(2, 1000))
    let operations = disk.timeline.operations.suffix(2)
    #expect(operations.map(\.kind) == [.write, .write])
    #expect(operations.map(\.fault) == [.shortWrite, nil])
    #expect(operations.map(\.length).reduce(0, +) == 1000)
    #expect(operations.last?.offset == 100 + (operations.first?.length ?? 0))
  }

  @Test func callsThatFailChangeNothing() throws {
    let (disk, file) = try disk()
    disk.inject([
      Fault(.openError), Fault(.renameError, file: "b"), Fault(.removeError),
      Fault(.noSpace, at: .call(1), isSticky: true),
      Fault(.readError, at: .call(2)),
    ])
    #expect(throws: StorageError(.open, "new", .errno(.ioError))) { _ = try disk.open("new", .createOrOpen) }
    #expect(throws: error(.rename)) { try disk.rename("a", to: "b") }
    #expect(throws: error(.remove)) { try disk.remove("a") }
    #expect(throws: error(.truncate, .noSpace)) { try file.truncate(to: 10) }
    #expect(throws: error(.allocate, .noSpace)) { try file.allocate(10_000) }
    #expect(try file.read(2048, at: 0) == bytes(1, 2048))
    #expect(throws: error(.read)) { _ = try file.read(2048, at: 0) }
    #expect(try files(of: disk) == ["a": bytes(1, 2048)])
    #expect(disk.timeline.operationCount == 4)
    #expect(
      disk.firedFaults.map(\.kind) == [
        .openError, .renameError, .removeError, .noSpace, .noSpace, .readError,
      ])
    #expect(disk.firedFaults.map(\.callNumber) == [1, 2, 3, 4, 5, 7])
  }

  @Test func anInterruptedCallLeavesOnlyItsNote() throws {
    let (disk, file) = try disk()
    disk.inject([Fault(.interrupted, isSticky: true)])
    try file.write([2], at: 0)
    #expect(try file.read(1, at: 0) == [2])
    try file.sync(.data)
    #expect(disk.firedFaults.map(\.call) == [.write, .read, .sync])
    #expect(disk.timeline.operations.suffix(2).map(\.fault) == [nil, nil])
    #expect(try leftBehind(disk) == [[2] + bytes(1, 2047)])
  }

  // MARK: Reads

  @Test func aLatentSectorErrorLastsThroughACrashUntilTheSectorIsWritten() throws {
    let (disk, file) = try disk()
    disk.inject([Fault(.latentSectorError, bytes: 512..<1024)])
    #expect(try file.read(100, at: 0) == bytes(1, 100))
    #expect(throws: error(.read)) { _ = try file.read(100, at: 600) }
    #expect(throws: error(.read)) { _ = try file.read(2048, at: 0) }
    #expect(try file.read(1024, at: 1024) == bytes(1, 1024))
    try file.write([2], at: 700)
    #expect(try file.read(1, at: 700) == [2])
    try file.sync(.data)
    let window = CrashWindow(over: disk)
    window.advance(to: 3)
    // The write that puts the sector elsewhere is surely on the disk only when it was synced.
    for (point, isBad) in [(3, false), (4, true), (5, true), (6, false)] {
      window.advance(to: point)
      #expect(window.unreadableSectors.map(\.sector) == (isBad ? [1] : []))
      try window.withDisk(showing: window.everythingKept) { disk in
        let file = try disk.open("a", .readWrite)
        #expect((try? file.read(100, at: 600)) == nil ? isBad : !isBad, "point \(point)")
        if isBad {
          try file.write([3], at: 600)
          #expect(try file.read(1, at: 600) == [3])
        }
      }
    }
  }

  @Test func bitRotFlipsOneBitForGood() throws {
    let (disk, file) = try disk()
    disk.inject([Fault(.bitRot, at: .call(2), seed: 5)])
    #expect(try file.read(2048, at: 0) == bytes(1, 2048))
    let rotten = try file.read(2048, at: 0)
    let wrong = rotten.indices.filter { rotten[$0] != 1 }
    #expect(wrong.count == 1 && (rotten[wrong[0]] ^ 1).nonzeroBitCount == 1)
    #expect(try file.read(2048, at: 0) == rotten)
    #expect(try leftBehind(disk) == [rotten])
  }

  /// Bytes that wait in the cache do not rot, and reading them makes nothing durable.
  @Test(arguments: Profile.named)
  func onlyBytesAtRestRot(profile: Profile) throws {
    let (disk, file) = try disk(profile)
    _ = try disk.open("b", .createNew)
    try file.write(bytes(2, 512), at: 512)
    disk.inject([Fault(.bitRot, bytes: 512..<1024, at: .rate(1), isSticky: true)])
    _ = try file.read(512, at: 512)
    #expect(disk.firedFaults.isEmpty == (profile.atom != .call))
    disk.inject([Fault(.bitRot, bytes: 0..<512, at: .rate(1), seed: 3)])
    let operationCount = disk.timeline.operationCount
    _ = try file.read(1024, at: 0)
    #expect(disk.firedFaults.count == 1 && disk.timeline.operationCount == operationCount + 1)
    let window = CrashWindow(over: disk)
    window.advance(to: operationCount)
    let before = window.openCells.filter { window.timeline.cell($0).sector != 0 }
    window.advance(to: operationCount + 1)
    // The write before the rot can still be lost, in every profile that could lose it.
    #expect(window.openCells == before)
    #expect(before.isEmpty == (profile.atom == .call))
  }

  @Test func aStaleReadLeavesTheCacheAsItWas() throws {
    let (disk, file) = try disk()
    try file.write(bytes(7, 2048), at: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let resolver = DepthFirst()
    var seen: Set<[UInt8]> = []
    repeat {
      try window.withDisk(resolvingBy: resolver) { disk in
        let file = try disk.open("a", .readWrite)
        try file.write(bytes(2, 100), at: 0)
        disk.inject([Fault(.staleRead)])
        seen.insert(try file.read(50, at: 0))
        // The bytes that were written over an unsettled sector are those that the next read shows.
        #expect(try file.read(50, at: 0) == bytes(2, 50))
      }
    } while resolver.next()
    #expect(seen == [bytes(1, 50), bytes(7, 50)])
  }

  @Test func aStaleReadShowsTheVersionBefore() throws {
    let (disk, file) = try disk()
    try file.write(bytes(2, 100), at: 0)
    disk.inject([Fault(.staleRead)])
    #expect(try file.read(600, at: 50) == bytes(1, 462) + bytes(0, 138))
    #expect(try file.read(600, at: 50) == bytes(2, 50) + bytes(1, 550))
    #expect(disk.firedFaults.map(\.detail) == ["sectors [0, 1]"])
  }

  // MARK: Writes that do not arrive

  @Test(arguments: Profile.named)
  func aLostWriteMayBeLostWhateverSyncsReturn(profile: Profile) throws {
    let (disk, file) = try disk(profile)
    disk.inject([Fault(.lostWrite)])
    try file.write(bytes(2, 512), at: 512)
    for _ in 0..<2 {
      try file.sync(.full)
      try disk.syncDirectory("")
    }
    #expect(try file.read(512, at: 512) == bytes(2, 512))
    let kept = bytes(1, 512) + bytes(2, 512) + bytes(1, 1024)
    #expect(try leftBehind(disk) == (profile.atom == .call ? [kept] : [kept, bytes(1, 2048)]))
  }

  @Test func aMisdirectedWriteHitsAnotherPlaceOfTheFile() throws {
    for seed in 0..<10 as Range<UInt64> {
      let (disk, file) = try disk(count: 4096)
      disk.inject([Fault(.misdirectedWrite, seed: seed)])
      try file.write(bytes(2, 512), at: 1024)
      try file.sync(.full)
      let seen = try file.read(4096, at: 0)
      #expect(Array(seen[1024..<1536]) == bytes(2, 512))
      let hit = (0..<8).filter { $0 != 2 && seen[$0 * 512] == 2 }
      #expect(hit.count == 1)
      let left = try leftBehind(disk)
      #expect(left.count == 2 && left.contains(seen))
      #expect(left.contains { contents in contents?[1024] == 1 && contents?[hit[0] * 512] == 2 })
    }
  }

  @Test func aMisdirectedWriteWithNoOtherPlaceIsAsUsual() throws {
    let (disk, file) = try disk(count: 512)
    disk.inject([Fault(.misdirectedWrite)])
    try file.write([2], at: 0)
    try file.sync(.full)
    #expect(disk.firedFaults.isEmpty)
    #expect(try leftBehind(disk) == [[2] + bytes(1, 511)])
  }

  // MARK: Syncs

  @Test(arguments: Profile.named)
  func aLyingSyncPersistsNothingAndALaterOneDoes(profile: Profile) throws {
    let old = bytes(1, 2048)
    let new = bytes(1, 512) + bytes(2, 512) + bytes(1, 1024)
    for syncs in 1...2 {
      let (disk, file) = try disk(profile)
      disk.inject([Fault(.lyingSync)])
      try file.write(bytes(2, 512), at: 512)
      for _ in 0..<syncs { try file.sync(.data) }
      let isLost = syncs == 1 && profile.atom != .call
      #expect(try leftBehind(disk) == (isLost ? [old, new] : [new]))
    }
  }

  @Test(arguments: [Profile.ext4Ordered, .ext4Writeback, .xfs, .rawDevice])
  func afterAFailedSyncTheCacheShowsTheNewBytesAndNoRetryWritesThem(profile: Profile) throws {
    let (disk, file) = try disk(profile)
    disk.inject([Fault(.syncError)])
    let old = bytes(1, 2048)
    let new = bytes(1, 512) + bytes(2, 512) + bytes(1, 1024)
    try file.write(bytes(2, 512), at: 512)
    #expect(throws: error(.sync)) { try file.sync(.data) }
    #expect(try file.read(2048, at: 0) == new)
    for _ in 0..<3 { try file.sync(.full) }
    #expect(try leftBehind(disk) == [old, new])
  }

  @Test func whatIsWrittenAgainAfterAFailedSyncIsDurableWithTheNextOne() throws {
    let (disk, file) = try disk(.ext4Ordered)
    disk.inject([Fault(.syncError)])
    try file.write(bytes(2, 1024), at: 0)
    #expect(throws: error(.sync)) { try file.sync(.data) }
    try file.write(bytes(2, 512), at: 0)
    try file.sync(.data)
    #expect(
      try leftBehind(disk) == [bytes(2, 1024) + bytes(1, 1024), bytes(2, 512) + bytes(1, 1536)])
  }

  @Test func afterAFailedSyncASizeMayBeThereWithoutItsData() throws {
    let (disk, file) = try disk(.ext4Ordered, count: 4096)
    disk.inject([Fault(.syncError)])
    try file.write(bytes(2, 512), at: 4096)
    #expect(throws: error(.sync)) { try file.sync(.full) }
    try file.sync(.full)
    #expect(try leftBehind(disk) == [bytes(1, 4096) + bytes(2, 512), bytes(1, 4096) + bytes(0, 512)])
  }

  @Test func ext4DataReportsAFailureAtTheNextSync() throws {
    let (disk, file) = try disk(.ext4Data)
    disk.inject([Fault(.syncError)])
    try file.write(bytes(2, 2048), at: 0)
    try file.sync(.data)
    #expect(throws: error(.sync)) { try file.sync(.data) }
    try file.sync(.data)
    #expect(try file.read(2048, at: 0) == bytes(2, 2048))
    #expect(disk.firedFaults.map(\.detail) == ["reportedLate", "reported late"])
    #expect(try leftBehind(disk) == [bytes(1, 2048), bytes(2, 2048)])
  }

  @Test func btrfsMayRevertToWhatTheDiskHolds() throws {
    let (disk, file) = try disk(.btrfs)
    try file.write(bytes(2, 4096), at: 0)
    disk.inject([Fault(.syncError, failedSync: .reverted)])
    try file.write(bytes(3, 10), at: 0)
    #expect(throws: error(.sync)) { try file.sync(.full) }
    #expect(try file.size() == 2048)
    #expect(try file.read(4096, at: 0) == bytes(1, 2048))
    #expect(try leftBehind(disk) == [bytes(1, 2048)])
  }

  @Test func posixMayDoAnyOfThem() throws {
    var outcomes: Set<String> = []
    for seed in 0..<30 as Range<UInt64> {
      let (disk, file) = try disk(.posix)
      disk.inject([Fault(.syncError, seed: seed)])
      try file.write(bytes(2, 2048), at: 0)
      let fails = (try? file.sync(.data)) == nil
      let outcome = try #require(disk.firedFaults.first?.detail)
      #expect(fails == (outcome != "reportedLate"))
      #expect(try file.read(1, at: 0) == [outcome == "reverted" ? 1 : 2])
      outcomes.insert(outcome)
    }
    #expect(outcomes == Set(Profile.FailedSync.allCases.map(\.rawValue)))
  }

  @Test(arguments: [Profile.posix, .ext4Ordered])
  func aFailedDirectorySyncPersistsNoEntry(profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    disk.inject([Fault(.syncError, file: "")])
    _ = try disk.open("a", .createNew)
    #expect(throws: StorageError(.syncDirectory, "", .errno(.ioError))) { try disk.syncDirectory("") }
    try disk.syncDirectory("")
    // A journal is written by the next sync; entries that count as clean are not.
    #expect(try leftBehind(disk) == (profile.order == .free ? [nil, []] : [[]]))
  }

  @Test func aCrashDuringAFailedSyncKeepsAnyOfIt() throws {
    let (disk, file) = try disk(.btrfs)
    disk.inject([Fault(.syncError)])
    try file.write(bytes(2, 512), at: 0)
    #expect(throws: error(.sync)) { try file.sync(.full) }
    let window = CrashWindow(over: disk)
    window.advance(to: 5)
    var seen: Set<UInt8?> = []
    try window.forEachState { state in seen.insert(try shown(state, by: window)["a"]?[0]) }
    #expect(seen == [1, 2])
  }

  /// A revert writes nothing, so a crash cannot cut it short.
  @Test func whatAFailedSyncTookBackDoesNotTear() throws {
    let disk = FaultDisk(profile: Profile.posix.tearing(grainBytes: 1))
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 512), at: 0)
    try file.sync(.full)
    disk.inject([Fault(.syncError, failedSync: .reverted)])
    try file.write([UInt8](repeating: 2, count: 512), at: 0)
    #expect(throws: StorageError.self) { try file.sync(.data) }
    let window = CrashWindow(over: disk)
    // The sync is in flight: the write may be torn, its revert may not.
    window.advance(to: window.lastPoint - 1)
    let cell = try #require(window.openCells.first { window.candidates(of: $0).count == 3 })
    let first = window.candidates(of: cell).lowerBound
    let tear = Tear(newBytes: 0..<100, rest: .zeros)
    #expect(window.allows(tear, of: cell, after: first))
    #expect(!window.allows(tear, of: cell, after: first + 1))
  }
}
