import FaultFS
import Storage
import Testing

@Suite struct PowerCutTests {
  /// A disk with a synced file, and a write and a file that are not synced.
  private func disk() throws -> FaultDisk {
    let disk = FaultDisk()
    let file = try disk.open("kept", .createNew)
    try file.write([1, 2, 3], at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write([9], at: 1)
    _ = try disk.open("lost", .createNew)
    return disk
  }

  private func bytes(of name: String, on disk: FaultDisk) throws -> [UInt8] {
    let file = try disk.open(name, .readOnly)
    return try file.read(try file.size(), at: 0)
  }

  @Test func theDiskGoesOnFromTheState() throws {
    let window = CrashWindow(over: try disk())
    window.advance(to: window.lastPoint)
    let after = window.cutPower(leaving: window.nothingKept)
    #expect(try after.list("") == ["kept"])
    #expect(try bytes(of: "kept", on: after) == [1, 2, 3])
    #expect(after.timeline.operationCount == 0)
    #expect(after.unsynced.isEmpty)

    // And again: what the first cut left is durable, what came after is not.
    try after.open("kept", .readWrite).write([7], at: 0)
    let second = CrashWindow(over: after)
    second.advance(to: second.lastPoint)
    #expect(second.stateCount(as: UInt.self) == 2)
    let again = second.cutPower(leaving: second.nothingKept)
    #expect(try bytes(of: "kept", on: again) == [1, 2, 3])
  }

  @Test func whatIsKeptIsDurable() throws {
    let window = CrashWindow(over: try disk())
    window.advance(to: window.lastPoint)
    let after = window.cutPower(leaving: window.everythingKept)
    #expect(try after.list("") == ["kept", "lost"])
    #expect(try bytes(of: "kept", on: after) == [1, 9, 3])
    let second = CrashWindow(over: after)
    #expect(second.stateCount(as: UInt.self) == 1)
  }

  @Test func sectorsThatCannotBeReadStaySo() throws {
    let disk = try disk()
    disk.inject([Fault(.latentSectorError, file: "kept")])
    #expect(throws: StorageError.self) { try bytes(of: "kept", on: disk) }
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let after = window.cutPower(leaving: window.everythingKept)
    #expect(throws: StorageError.self) { try bytes(of: "kept", on: after) }
  }

  @Test func whatIsNotDurableIsListedWithItsCalls() throws {
    let disk = try disk()
    let before = disk.timeline.digest
    let unsynced = disk.unsynced
    #expect(unsynced.map(\.cell.name) == ["kept", "lost"])
    #expect(unsynced.map(\.cell.kind) == [.sector, .entry])
    #expect(unsynced.map(\.operations) == [[4], [5]])
    #expect(disk.timeline.digest == before)
    // Looking changes nothing: the disk is written to as before.
    let file = try disk.open("kept", .readWrite)
    try file.write([8], at: 2)
    #expect(disk.unsynced.map(\.operations) == [[4, 6], [5]])
    try file.sync(.data)
    try disk.syncDirectory("")
    #expect(disk.unsynced.isEmpty)
    #expect(try bytes(of: "kept", on: disk) == [1, 9, 8])
  }

  @Test func aWindowListsWhatWasNotDurableAtEachPoint() throws {
    let window = CrashWindow(over: try disk())
    var found: [[[Int]]] = []
    for point in 0...window.lastPoint {
      window.advance(to: point)
      found.append(window.unsynced.map(\.operations))
    }
    // A file that is made (0) and written (1), a sync of it (2) and of its directory (3); a write (4), another file (5).
    #expect(found == [[], [[0]], [[0], [1], [1]], [[0]], [], [[4]], [[4], [5]]])
  }
}
