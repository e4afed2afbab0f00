import FaultFS
import Storage
import SystemPackage
import Testing

@testable import LRVM

@Suite struct RecoveryTests {
  /// A disk whose log holds some commits that the segments lack, as a process leaves it that died.
  private func diskWithLiveLog(_ turns: Int) throws -> FaultDisk {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    for turn in 1...turns {
      let transaction = try rvm.begin()
      try transaction.store(UInt64(turn), in: a, at: 512 * (turn % 16))
      try transaction.store(UInt64(turn), in: a, at: 8184)
      try transaction.store(UInt64(turn), in: b, at: 0)
      try transaction.commit()
    }
    return disk
  }

  private func check(_ disk: any Storage, turns: UInt64) throws {
    let rvm = try RVM.open(disk)
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    #expect(a.load(UInt64.self, at: 8184) == turns)
    #expect(b.load(UInt64.self, at: 0) == turns)
    for turn in 1...turns { #expect(a.load(UInt64.self, at: 512 * Int(turn % 16)) == turn) }
    try rvm.terminate()
  }

  @Test func aSecondRecoveryFindsNothingToDoAndWritesNothing() throws {
    let disk = try diskWithLiveLog(9)
    let first = try RVM.open(disk)
    #expect(first.query().statistics.recordsRecovered == 9)
    #expect(first.query().logSectorsUsed == 0)
    try first.terminate()
    let bytes = try ["log", "a", "b"].map { try disk.contents($0) }
    let count = disk.timeline.operations.count
    let second = try RVM.open(disk)
    #expect(second.query().statistics.recordsRecovered == 0)
    try second.terminate()
    #expect(disk.timeline.operations.count == count)
    #expect(try ["log", "a", "b"].map { try disk.contents($0) } == bytes)
    try check(disk, turns: 9)
  }

  @Test func recoveryThatIsCutOffAnywhereBeginsAgain() throws {
    let disk = try diskWithLiveLog(9)
    let start = disk.timeline.operations.count
    _ = try RVM.open(disk)
    let window = CrashWindow(over: disk)
    for point in start...window.lastPoint {
      window.advance(to: point)
      for state in [window.nothingKept, window.everythingKept] {
        try window.withDisk(showing: state) { inner in
          // Cut off a second time, too.
          let start = inner.timeline.operations.count
          _ = try RVM.open(inner)
          let window = CrashWindow(over: inner)
          for point in start...window.lastPoint {
            window.advance(to: point)
            for state in [window.nothingKept, window.everythingKept] {
              try window.withDisk(showing: state) { try check($0, turns: 9) }
            }
          }
        }
      }
    }
  }

  /// A process dies after it wrote and before it synced; the next one recovers, and then the power fails.
  /// What recovery builds on must be durable before it builds.
  @Test func aDeadProcessThenAPowerLossLeavesNoHalfTransaction() throws {
    for died in 0..<40 {
      let disk = FaultDisk()
      let interposed = InterposedStorage(disk)
      try SmallLog.create(on: interposed)
      var acknowledged: UInt64 = 0
      do {
        let rvm = try RVM.open(interposed)
        let region = try rvm.map("a")
        interposed.failAfter(died, .ioError, isSticky: true) {
          $0.operation == .write || $0.operation == .sync
        }
        for turn in 1...12 as ClosedRange<UInt64> {
          let transaction = try rvm.begin()
          try transaction.store(turn, in: region, at: 0)
          try transaction.store(turn, in: region, at: 4096)
          try transaction.commit()
          acknowledged = turn
          if turn % 4 == 0 { try rvm.truncate() }
        }
      } catch {
        guard case .storage = error else { throw error }
      }
      let start = disk.timeline.operations.count
      let rvm = try RVM.open(disk)
      let region = try rvm.map("a")
      let found = region.load(UInt64.self, at: 0)
      #expect(found >= acknowledged)
      try rvm.put(100, in: region, at: 512)
      try rvm.terminate()
      let window = CrashWindow(over: disk)
      for point in start...window.lastPoint {
        window.advance(to: point)
        for cell in [nil] + window.openCells.map(Optional.some) {
          for isKept in [true, false] {
            // All but one kept, and all but one lost.
            let state = window.state { other, candidates in
              .init((other == cell) == isKept ? candidates.upperBound : candidates.lowerBound)
            }
            try window.withDisk(showing: state) { disk in
              let region = try RVM.open(disk).map("a")
              #expect(
                region.load(UInt64.self, at: 0) == region.load(UInt64.self, at: 4096),
                "died at call \(died), power lost at \(point - start): half a transaction")
              #expect(region.load(UInt64.self, at: 0) >= acknowledged)
            }
          }
        }
      }
    }
  }

  @Test func aTornStatusBlockFallsBackToTheOther() throws {
    let disk = try SmallLog.disk()
    var rvm = try RVM.open(disk)
    var region = try rvm.map("a")
    for turn in 1...5 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: Int(turn) * 8) }
    let before = try disk.contents("log")
    // Vouches for the log and then frees it; the block that freed it is torn, as if that had been the moment of a crash.
    try rvm.truncate()
    var log = try disk.contents("log")
    try rvm.terminate()
    let changed = [2, 3, 4].filter { log[$0 * 512..<($0 + 1) * 512] != before[$0 * 512..<($0 + 1) * 512] }
    #expect(changed.count == 2)
    // The low byte of its counter says which one is the newer.
    let newest = try #require(changed.max { log[$0 * 512 + 24] < log[$1 * 512 + 24] })
    for byte in newest * 512 + 30..<(newest + 1) * 512 { log[byte] ^= 0x77 }
    try disk.replace("log", with: log)
    rvm = try RVM.open(disk)
    #expect(rvm.query().statistics.recordsRecovered == 5)
    region = try rvm.map("a")
    for turn in 1...5 as ClosedRange<UInt64> { #expect(region.load(UInt64.self, at: Int(turn) * 8) == turn) }
    try rvm.put(6, in: region, at: 48)
    try rvm.terminate()
    #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 48) == 6)
  }

  /// The newest status block rots after a new life began: the older one would hide all that this life
  /// committed.
  @Test func anOlderStatusBlockIsNotBelievedOnceALaterLifeHasWritten() throws {
    let disk = try SmallLog.disk()
    var rvm = try RVM.open(disk)
    try rvm.put(1, in: try rvm.map("a"), at: 0)
    try rvm.terminate()
    rvm = try RVM.open(disk)
    try rvm.put(2, in: try rvm.map("a"), at: 8)
    var log = try disk.contents("log")
    try rvm.terminate()
    let newest = try #require([2, 3, 4].max { counter(log, $0) < counter(log, $1) })
    log[newest * 512 + 40] ^= 1
    try disk.replace("log", with: log)
    #expect {
      try RVM.open(disk)
    } throws: { error in
      guard case .logDamaged(log: "log", _) = error as? RVMError else { return false }
      return true
    }
    #expect(try disk.contents("log") == log)
  }

  private func counter(_ log: [UInt8], _ block: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(log[block * 512 + 24 + $1]) << UInt64(8 * $1) }
  }
}
