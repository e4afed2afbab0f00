import FaultFS
import Storage
import StorageConformance
import SystemPackage
import Testing

@Suite struct FaultDiskTests {
  @Test(arguments: StorageConformance.checks + StorageConformance.subdirectoryChecks)
  func conforms(_ check: StorageConformance.Check) throws {
    try check.run(on: FaultDisk())
  }

  @Test(arguments: StorageConformance.checks + StorageConformance.subdirectoryChecks)
  func diskOfACrashStateConforms(_ check: StorageConformance.Check) throws {
    let window = CrashWindow(over: FaultDisk(profile: .processCrash))
    try window.withDisk(showing: window.everythingKept) { disk in try check.run(on: disk) }
  }

  @Test(arguments: 1...5)
  func answersLikeANaiveDisk(seed: Int) throws {
    try StorageDifferential.run(
      operationCount: 1500, seed: UInt64(seed), FaultDisk(), reference: NaiveDisk())
  }

  @Test(arguments: 1...60)
  func makesTheVersionsThatEachCallChanged(seed: Int) throws {
    let disk = FaultDisk()
    let naive = NaiveDisk()
    var calls = RandomCalls(seed: UInt64(seed))
    try calls.make(150, on: disk)
    calls = RandomCalls(seed: UInt64(seed))
    try calls.make(150, on: naive)
    let timeline = disk.timeline
    #expect(timeline.operations.map(\.kind) == naive.calls.map(\.kind))
    for (index, call) in naive.calls.enumerated() {
      var changes: [CellKey: Cell.Value] = [:]
      for version in timeline.versions(of: index) {
        changes[CellKey(timeline.cell(version.cell))] = timeline.value(of: version)
        #expect(timeline.operation(making: version) == index)
      }
      #expect(changes == call.changes, "operation \(index), \(timeline.operation(index))")
    }
  }

  @Test func remembersOperationsAsTheyWereCalled() throws {
    let disk = FaultDisk()
    var count = 100
    disk.witness = {
      count += 1
      return count
    }
    let file = try disk.open("log", .createNew)
    disk.witness = nil
    try file.write([1, 2, 3], at: 510)
    try file.sync(.data)
    try disk.rename("log", to: "d/log")
    try disk.syncDirectory("d")
    _ = try disk.open("d/log", .createOrOpen)
    #expect(throws: StorageError.self) { try disk.remove("log") }
    let operations = disk.timeline.operations
    #expect(operations.map(\.kind) == [.create, .write, .syncData, .rename, .syncDirectory])
    #expect(operations.map(\.name) == ["log", "log", "log", "log", "d"])
    #expect(operations.map(\.witness) == [101, nil, nil, nil, nil])
    #expect(operations[1].offset == 510 && operations[1].length == 3)
    #expect(operations[3].newName == "d/log")
    let versions = disk.timeline.versions(of: 1).map { CellKey(disk.timeline.cell($0.cell)) }
    #expect(versions == [.sector(file: 0, 0), .sector(file: 0, 1), .size(file: 0)])
  }

  @Test func oldBytesBeyondTheSizeAreAVersionWhenTheFileGrowsAgain() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 7, count: 1024), at: 0)
    try file.truncate(to: 100)
    #expect(disk.timeline.versions(of: 2).map { disk.timeline.cell($0.cell).kind } == [.size])
    try file.truncate(to: 700)
    #expect(
      disk.timeline.versions(of: 3).map { disk.timeline.cell($0.cell).kind } == [.sector, .sector, .size])
    #expect(
      try file.read(700, at: 0) == [UInt8](repeating: 7, count: 100) + [UInt8](repeating: 0, count: 600))
  }

  @Test func directoriesAreAsLongAsFilesLieInThem() throws {
    let disk = FaultDisk()
    _ = try disk.open("d/x", .createNew)
    _ = try disk.open("file", .createNew)
    #expect(throws: StorageError(.open, "d", .errno(.isDirectory))) { _ = try disk.open("d", .createOrOpen) }
    #expect(throws: StorageError(.open, "file/x", .errno(.notDirectory))) {
      _ = try disk.open("file/x", .createOrOpen)
    }
    #expect(throws: StorageError(.rename, "file", .errno(.isDirectory))) { try disk.rename("file", to: "d") }
    #expect(throws: StorageError(.list, "file", .errno(.notDirectory))) { _ = try disk.list("file") }
    try disk.rename("d/x", to: "e/x")
    #expect(try disk.list("d") == [])
    #expect(try disk.list("e") == ["x"])
    _ = try disk.open("d", .createNew)
  }

  @Test func sizesMayBeFarBeyondTheMemory() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.truncate(to: 1 << 40)
    #expect(try file.read(3, at: 1 << 39) == [0, 0, 0])
    #expect(throws: StorageError(.write, "a", .errno(.noSpace))) { try file.write([1], at: 1 << 39) }
    #expect(throws: StorageError(.truncate, "a", .errno(.fileTooLarge))) { try file.truncate(to: 1 << 41) }
    #expect(try file.size() == 1 << 40)
  }

  @Test func equalRecordingsHaveEqualDigests() throws {
    func digest(seed: UInt64, calls: Int) throws -> UInt64 {
      let disk = FaultDisk()
      var random = RandomCalls(seed: seed)
      try random.make(calls, on: disk)
      return disk.timeline.digest
    }
    var digests: Set<UInt64> = []
    for seed in 1...30 as ClosedRange<UInt64> {
      let one = try digest(seed: seed, calls: 60)
      #expect(one == (try digest(seed: seed, calls: 60)))
      digests.insert(one)
    }
    #expect(digests.count == 30)
    let disk = FaultDisk()
    try disk.open("a", .createNew).write([1], at: 0)
    let other = FaultDisk()
    try other.open("a", .createNew).write([2], at: 0)
    #expect(disk.timeline.digest != other.timeline.digest)
  }
}
