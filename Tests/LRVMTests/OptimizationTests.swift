import FaultFS
import LRVM
import Storage
import Testing

@Suite struct OptimizationTests {
  private func open(_ disk: FaultDisk, intra: Bool, inter: Bool) throws -> RVM {
    var options = Options.stepped()
    options.intraTransactionOptimization = intra
    options.interTransactionOptimization = inter
    return try RVM.open(disk, options)
  }

  @Test(arguments: [true, false])
  func overlappingDuplicateAndAdjacentRangesAreLoggedOnce(_ isOn: Bool) throws {
    let disk = try SmallLog.disk()
    let rvm = try open(disk, intra: isOn, inter: true)
    let region = try rvm.map("a")
    let transaction = try rvm.begin()
    for (offset, length) in [(100, 50), (100, 50), (120, 80), (200, 10), (300, 1)] {
      try transaction.modify(region, at: offset, with: [UInt8](repeating: 9, count: length))
    }
    try transaction.commit()
    let statistics = rvm.query().statistics
    #expect(statistics.bytesDeclared == 191)
    // 100..<210 and 300..<301 stay.
    #expect(statistics.bytesSavedIntraTransaction == (isOn ? 191 - 111 : 0))
    #expect(statistics.recordBytesWritten == (isOn ? 16 + 2 * 16 + 111 : 16 + 5 * 16 + 191))
    try rvm.terminate()
    let found = try RVM.open(disk).map("a").contents
    for (offset, byte) in found.enumerated() {
      #expect(byte == ((100..<210).contains(offset) || offset == 300 ? 9 : 0))
    }
  }

  @Test(arguments: [true, false])
  func aSpooledRecordThatALaterOneCoversIsLeftOut(_ isOn: Bool) throws {
    let disk = try SmallLog.disk()
    let rvm = try open(disk, intra: true, inter: isOn)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0, .noFlush)
    try rvm.put(2, in: region, at: 64, .noFlush)  // covered, in the middle of the batch
    try rvm.put(3, in: region, at: 128, .noFlush)
    let transaction = try rvm.begin()
    try transaction.setRange(region, offset: 60, length: 16)
    try transaction.store(4 as UInt64, in: region, at: 64)
    try transaction.commit(.noFlush)
    try rvm.put(5, in: region, at: 132, .noFlush)  // overlaps, covers nothing
    #expect(rvm.query().spooledBytes == (isOn ? 4 * 40 + 8 : 5 * 40 + 8))
    try rvm.flush()
    let statistics = rvm.query().statistics
    #expect(statistics.bytesSavedInterTransaction == (isOn ? 40 : 0))
    #expect(statistics.recordsWritten == (isOn ? 4 : 5))
    withExtendedLifetime(rvm) {}
    try rvm.terminate()
    let again = try RVM.open(disk)
    #expect(again.query().statistics.recordsRecovered == (isOn ? 4 : 5))
    let found = try again.map("a")
    #expect(found.load(UInt64.self, at: 0) == 1)
    #expect(found.load(UInt64.self, at: 64) == 4)
    #expect(found.load(UInt32.self, at: 128) == 3)
    #expect(found.load(UInt64.self, at: 132) == 5)
  }

  @Test func aClientThatRewritesTheSameBytesSpoolsThemOnce() throws {
    let disk = try SmallLog.disk()
    let rvm = try open(disk, intra: true, inter: true)
    let region = try rvm.map("a")
    for turn in 0..<5000 as Range<UInt64> { try rvm.put(turn, in: region, at: 0, .noFlush) }
    #expect(rvm.query().spooledBytes == 40)
    #expect(rvm.query().statistics.bytesSavedInterTransaction == 4999 * 40)
    try rvm.flush()
    #expect(rvm.query().statistics.recordBytesWritten == 40)
    try rvm.terminate()
    #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 0) == 4999)
  }

  @Test func whatIsOnItsWayToTheLogIsNotLeftOut() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0, .noFlush)
    var hasRun = false
    disk.before = { (call) throws(StorageError) in
      guard call.operation == .sync, !hasRun else { return }
      hasRun = true
      do { try rvm.put(2, in: region, at: 0, .noFlush) } catch { Issue.record("\(error)") }
    }
    try rvm.flush()
    #expect(rvm.query().statistics.bytesSavedInterTransaction == 0)
    // The flush waited for what was committed before it, and no longer.
    #expect(rvm.query().spooledBytes == 40)
    try rvm.flush()
    #expect(rvm.query().statistics.recordsWritten == 2)
  }

  /// Whatever the optimizations do, memory, the recovered image and a model agree.
  @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
  func theRecoveredImageIsTheSame(_ intra: Bool, _ inter: Bool) throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    var random = Random(seed: 5)
    var model = [[UInt8]](repeating: [UInt8](repeating: 0, count: 8192), count: 2)
    var rvm = try open(disk, intra: intra, inter: inter)
    var regions = [try rvm.map("a"), try rvm.map("b")]
    for turn in 0..<400 {
      let transaction = try rvm.begin()
      for _ in 0..<1 + random.below(5) {
        let (which, offset) = (random.below(2), random.below(40))
        let bytes = (0..<1 + random.below(30)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try transaction.modify(regions[which], at: offset, with: bytes)
        model[which].replaceSubrange(offset..<offset + bytes.count, with: bytes)
      }
      try transaction.commit(random.below(6) == 0 ? .flush : .noFlush)
      #expect(regions.map(\.contents) == model)
      if turn % 50 == 49 {
        try rvm.terminate()
        rvm = try open(disk, intra: intra, inter: inter)
        regions = [try rvm.map("a"), try rvm.map("b")]
        #expect(regions.map(\.contents) == model)
      }
    }
  }
}
