@testable import FaultFS
import Storage
import StorageConformance
import SystemPackage
import Testing

/// Where faults strike, and that they only do so where they are placed.
@Suite struct FaultPlacementTests {
  /// The numbers, from 1, of the writes of one byte at 0, 600, 1200, … that fail.
  private func failures(_ fault: Fault, writes: Int = 40) throws -> [Int] {
    let disk = FaultDisk()
    let file = try disk.open("log", .createNew)
    disk.inject([fault])
    var failures: [Int] = []
    for number in 1...writes {
      do {
        try file.write([1, 2], at: (number - 1) * 600)
      } catch {
        failures.append(number)
      }
    }
    #expect(disk.firedFaults.count == failures.count)
    #expect(disk.firedFaults.map(\.callNumber) == failures)
    return failures
  }

  @Test func atACallOnceOrFromThereOn() throws {
    #expect(try failures(Fault(.writeError, at: .call(7))) == [7])
    #expect(try failures(Fault(.writeError, at: .call(38), isSticky: true)) == [38, 39, 40])
    #expect(try failures(Fault(.writeError, at: .call(41))) == [])
  }

  @Test func atARateWithASeed() throws {
    let struck = try failures(Fault(.writeError, at: .rate(0.3), isSticky: true, seed: 1), writes: 400)
    #expect((80...160).contains(struck.count))
    #expect(try failures(Fault(.writeError, at: .rate(0.3), isSticky: true, seed: 1), writes: 400) == struck)
    #expect(try failures(Fault(.writeError, at: .rate(0.3), isSticky: true, seed: 2), writes: 400) != struck)
    #expect(try failures(Fault(.writeError, at: .rate(0.3), seed: 1), writes: 400) == [struck[0]])
    #expect(try failures(Fault(.writeError, at: .rate(0), isSticky: true)) == [])
    #expect(try failures(Fault(.writeError, at: .rate(1), isSticky: true), writes: 5) == [1, 2, 3, 4, 5])
  }

  @Test func onAFileAndItsBytes() throws {
    let bytes = Fault(.writeError, bytes: 1201..<2000, at: .call(1), isSticky: true)
    #expect(try failures(bytes) == [3, 4])
    #expect(try failures(Fault(.writeError, file: "lo?", bytes: 1202..<1800, isSticky: true)) == [])
    #expect(try failures(Fault(.writeError, file: "*.log", isSticky: true)) == [])
  }

  @Test func theFirstOfTwoFaultsThatWantACallStrikes() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    disk.inject([
      Fault(.lyingSync, at: .call(2)), Fault(.syncError, at: .call(2)), Fault(.syncError, at: .call(3)),
    ])
    try file.sync(.data)
    try file.sync(.data)
    #expect(throws: StorageError.self) { try file.sync(.data) }
    #expect(disk.firedFaults.map(\.fault) == [0, 2])
    #expect(disk.firedFaults.map(\.operation) == [2, 3])
  }

  @Test func plansSurviveCodingAndFlawsAreNamed() throws {
    for kind in Fault.Kind.allCases {
      let fault = Fault(kind, file: "*.seg", at: .rate(0.25), isSticky: true, seed: .max)
      #expect(try recoded(fault) == fault)
      #expect(fault.flaw == nil && !kind.calls.isEmpty)
    }
    let bytes = Fault(.bitRot, bytes: 5..<9, at: .call(3))
    #expect(try recoded(bytes) == bytes)
    #expect(Fault(.bitRot, at: .call(0)).flaw == "placement is call 0; calls are counted from 1")
    #expect(Fault(.bitRot, at: .rate(1.5)).flaw?.contains("rate 1.5") == true)
    #expect(Fault(.bitRot, bytes: 3..<3).flaw?.contains("at least one byte") == true)
    #expect(Fault(.syncError, bytes: 0..<9).flaw?.contains("sync-error strikes no reads or writes") == true)
  }

  @Test(arguments: StorageConformance.checks + StorageConformance.subdirectoryChecks)
  func faultsThatNeverStrikeChangeNothing(_ check: StorageConformance.Check) throws {
    let disk = FaultDisk()
    disk.inject(Fault.Kind.allCases.map { Fault($0, at: .call(1_000_000)) })
    try check.run(on: disk)
    #expect(disk.firedFaults.isEmpty)
  }

  @Test(arguments: [Fault.Kind.shortWrite, .interrupted])
  func whatTheStorageLayerContinuesIsNotSeen(kind: Fault.Kind) throws {
    let disk = FaultDisk()
    disk.inject([Fault(kind, at: .rate(0.5), isSticky: true, seed: 4)])
    try StorageDifferential.run(operationCount: 1500, seed: 4, disk, reference: FaultDisk())
    #expect(disk.firedFaults.count > 20)
  }

  @Test func aProcessThatIsKilledDoesNothingMore() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([1, 2], at: 0)
    disk.inject([Fault(.kill, at: .call(1))])
    let count = disk.operationCount
    #expect(throws: StorageError(.write, "a", .errno(.canceled))) { try file.write([3], at: 0) }
    #expect(disk.isProcessKilled)
    #expect(throws: StorageError(.sync, "a", .errno(.canceled))) { try file.sync(.full) }
    #expect(throws: StorageError(.read, "a", .errno(.canceled))) { try file.read(1, at: 0) }
    #expect(throws: StorageError(.open, "b", .errno(.canceled))) { try disk.open("b", .createNew) }
    #expect(throws: StorageError(.remove, "a", .errno(.canceled))) { try disk.remove("a") }
    #expect(disk.operationCount == count)
    // The next process finds what was written, and its calls take place.
    disk.beginProcess()
    let again = try disk.open("a", .readWrite)
    #expect(try again.read(2, at: 0) == [1, 2])
    try again.write([4], at: 0)
    try again.sync(.full)
    #expect(disk.operationCount == count + 2 && disk.firedFaults.count == 1)
  }

  /// The systematic loop: one fault kind at call 1, 2, …, until a run ends without it. Those of memory strike calls that no
  /// disk has (`FaultMemoryTests`).
  @Test(arguments: Fault.Kind.allCases.filter { $0 != .wildStore && $0 != .lostFlush })
  func everyCallOfARunCanBeStruckInTurn(kind: Fault.Kind) throws {
    var number = 1
    var struck = 0
    while true {
      let disk = FaultDisk(profile: .ext4Ordered)
      disk.inject([Fault(kind, at: .call(number), seed: 9)])
      let failures = makeCalls(on: disk)
      if number > disk.strikableCallCount { break }
      // Whoever is killed can make no later call either.
      #expect(disk.firedFaults.count <= 1 && (kind == .kill || failures <= disk.firedFaults.count))
      struck += disk.firedFaults.count
      // Whatever struck, each crash point has states, and they are legal.
      let window = CrashWindow(over: disk)
      for point in 0...window.lastPoint {
        window.advance(to: point)
        #expect(window.isLegal(window.nothingKept) && window.isLegal(window.everythingKept))
      }
      number += 1
    }
    #expect(struck > 0)
  }

  /// Calls of all kinds, each made whether or not others failed; how many failed.
  private func makeCalls(on disk: FaultDisk) -> Int {
    var failures = 0
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch { failures += 1 }
    }
    var file: (any StorageFile)?
    for _ in 0..<2 where file == nil { attempt { file = try disk.open("a", .createOrOpen) } }
    guard let file else { return failures }
    attempt { try file.allocate(2048) }
    attempt { try file.write([UInt8](repeating: 1, count: 2048), at: 0) }
    attempt { try file.write([UInt8](repeating: 2, count: 1024), at: 0) }
    attempt { try file.sync(.full) }
    attempt { try disk.syncDirectory("") }
    attempt { _ = try file.read(700, at: 300) }
    attempt { try file.truncate(to: 700) }
    attempt { try disk.rename("a", to: "b") }
    attempt { try disk.remove(disk.list("")[0]) }
    return failures
  }
}
