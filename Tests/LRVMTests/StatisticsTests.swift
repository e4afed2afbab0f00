import FaultFS
import LRVM
import Storage
import SystemPackage
import Testing

/// The rare states that `Statistics` counts, each brought about.
@Suite struct StatisticsTests {
  @Test func theRingCutsRecordsAndTheirHeaders() throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 4, statusLength: 512))
    let rvm = try RVM.open(disk, .stepped(threshold: 0.5))
    let region = try rvm.map("a")
    var random = Random(seed: 5)
    var turns = 0
    while rvm.query().statistics.logWrapsInRecordHeader == 0, turns < 5000 {
      turns += 1
      let transaction = try rvm.begin()
      try transaction.modify(
        region, at: turns % 4000, with: [UInt8](repeating: UInt8(turns % 251), count: 1 + random.below(300)))
      try transaction.commit(random.below(3) == 0 ? .flush : .noFlush)
      try rvm.truncationStep()
    }
    let statistics = rvm.query().statistics
    #expect(statistics.logWrapsInRecordHeader == 1)
    #expect(statistics.logWrapsInRecord > 1 && statistics.logWrapsInRecord < statistics.logWraps)
    #expect(statistics.truncationsAcrossWrap > 0)
    #expect(statistics.truncationsAcrossWrap < statistics.truncationsFinished)
    try rvm.terminate()
  }

  @Test func aCommitFillsTheLogWhileATruncationIsUnderWay() throws {
    let rvm = try RVM.open(try SmallLog.disk(), .stepped(threshold: 0.5))
    let region = try rvm.map("a")
    let bytes = [UInt8](repeating: 1, count: 3300)
    for turn in 0..<2 {
      if turn == 1 { try rvm.truncationStep() }
      let transaction = try rvm.begin()
      try transaction.modify(region, at: 0, with: turn == 0 ? bytes + bytes : bytes)
      try transaction.commit()
    }
    #expect(rvm.query().statistics.logFullWaitsWhileTruncating == 1)
    #expect(rvm.query().statistics.logFullWaits == 1)
    try rvm.terminate()
  }

  @Test func whatOpeningFindsAndDoes() throws {
    let disk = WritebackDisk()
    try SmallLog.create(on: disk, shape: LogShape(recordSectors: 8, statusLength: 512))
    var rvm = try RVM.open(disk)
    try rvm.put(1, in: rvm.map("a"), at: 0)
    try rvm.terminate()
    // Nothing proves that the only batch is on the disk.
    rvm = try RVM.open(disk)
    #expect(rvm.query().statistics.batchesMovedByRecovery == 1)
    #expect(rvm.query().statistics.recordsRecovered == 1)
    var region = try rvm.map("a")
    // More than half of the log: a status block vouches for it.
    let transaction = try rvm.begin()
    try transaction.modify(region, at: 8, with: [UInt8](repeating: 2, count: 2000))
    try transaction.commit()
    #expect(rvm.query().statistics.batchesVouchedFor == 1)
    try rvm.terminate()
    rvm = try RVM.open(disk)
    #expect(rvm.query().statistics.batchesMovedByRecovery == 0)
    #expect(rvm.query().statistics.recordsRecovered == 1)
    region = try rvm.map("a")
    let unvouched = try rvm.begin()
    try unvouched.modify(region, at: 8, with: [UInt8](repeating: 3, count: 2000))
    var syncs = 0
    disk.fault = { call in
      syncs += call.operation == .sync ? 1 : 0
      return call.operation == .sync && syncs == 2 ? .refused(.ioError) : nil
    }
    var failure: RVMError?
    do { try unvouched.commit() } catch { failure = error }
    #expect(
      failure == .storage(during: "syncing the status block", StorageError(.sync, "log", .errno(.ioError))))
    disk.fault = { _ in nil }
    #expect(throws: RVMError.self) { try rvm.terminate() }
    rvm = try RVM.open(disk)
    #expect(rvm.query().statistics.batchesLeftOutByRecovery == 1)
    #expect(rvm.query().statistics.recordsRecovered == 0)
    #expect(try rvm.map("a").contents[8..<2008].allSatisfy { $0 == 2 })
    try rvm.terminate()
    #expect(rvm.query().statistics.statusBlocksFoundDamaged == 0)
    var log = try disk.contents("log")
    log[1024 + 30] ^= 1
    try disk.replace("log", with: log)
    rvm = try RVM.open(disk)
    #expect(rvm.query().statistics.statusBlocksFoundDamaged == 1)
    try rvm.terminate()
  }

  /// Damage that a truncation finds ends the commits: they could not be recovered.
  @Test func damageOfTheLiveLogStopsTheCommits() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    for turn in 1...4 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 0) }
    let file = try disk.open("log", .readWrite)
    try file.write([UInt8](repeating: 0xaa, count: 512), at: 512 * 5)
    var found: RVMError?
    do { try rvm.truncate() } catch { found = error }
    guard case .logDamaged = try #require(found) else {
      Issue.record("\(String(describing: found))")
      return
    }
    let damage = try #require(found)
    #expect(rvm.query().isPoisoned)
    #expect(rvm.query().statistics.truncationsFailed == 1)
    #expect(throws: damage) { try rvm.put(5, in: region, at: 0) }
    #expect(throws: damage) { try rvm.truncate() }
    #expect(region.load(UInt64.self, at: 0) == 4)
  }
}
