import FaultFS
import LRVM
import Storage
import Testing

/// What a commit promises, judged by what power losses leave behind.
@Suite struct CommitModeTests {
  /// The values that a disk holds after recovery.
  private func recovered(_ disk: FaultDisk) throws -> [UInt64] {
    let region = try RVM.open(disk).map("a")
    return (0..<16).map { region.load(UInt64.self, at: $0 * 512) }
  }

  /// Runs `body` with each of the four simplest crash states at the window's point.
  private func forEachState(_ window: CrashWindow, _ body: (FaultDisk) throws -> Void) throws {
    try window.withDisk(showing: window.nothingKept, body)
    try window.withDisk(showing: window.everythingKept, body)
    for isEven in [true, false] {
      let state = window.state { cell, candidates in
        .init((cell.number % 2 == 0) == isEven ? candidates.lowerBound : candidates.upperBound)
      }
      try window.withDisk(showing: state, body)
    }
  }

  @Test func aFlushedCommitSurvivesWhateverIsLostAndAnUnflushedOneIsAbsentOrWhole() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    // Each commit changes two places far apart, so that half of one shows.
    var flushedAt: [(point: Int, count: UInt64)] = [(disk.timeline.operations.count, 0)]
    for turn in 1...30 as ClosedRange<UInt64> {
      let transaction = try rvm.begin()
      try transaction.store(turn, in: region, at: 0)
      try transaction.store(turn, in: region, at: 15 * 512)
      try transaction.commit(turn % 4 == 0 ? .flush : .noFlush)
      if turn % 4 == 0 { flushedAt.append((disk.timeline.operations.count, turn)) }
      if turn % 6 == 0 { while try rvm.truncationStep() {} }
    }
    let window = CrashWindow(over: disk)
    for point in flushedAt[0].point...window.lastPoint {
      window.advance(to: point)
      let promised = flushedAt.last { $0.point <= point }?.count ?? 0
      try forEachState(window) { disk in
        let values = try recovered(disk)
        #expect(values[0] == values[15], "half a transaction at point \(point)")
        #expect(values[0] >= promised, "lost \(promised) at point \(point)")
        #expect(values[0] % 4 == 0, "part of a batch at point \(point)")
      }
    }
  }

  @Test func unflushedCommitsReachTheLogInCommitOrderWithTheNextFlush() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    for turn in 1...8 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: Int(turn) * 512, .noFlush) }
    #expect(rvm.query().statistics.recordsWritten == 0)
    #expect(rvm.query().spooledBytes > 0)
    // The last one overwrites what the first wrote.
    try rvm.put(100, in: region, at: 512, .flush)
    let query = rvm.query()
    #expect(query.spooledBytes == 0)
    #expect(query.statistics.logFlushes == 1)
    let values = try recovered(copy(of: disk, closing: rvm))
    #expect(Array(values[1...8]) == [100, 2, 3, 4, 5, 6, 7, 8])
  }

  /// The same bytes on another disk, as if the process had died.
  private func copy(of disk: FaultDisk, closing rvm: RVM) throws -> FaultDisk {
    withExtendedLifetime(rvm) {}
    let copy = FaultDisk()
    for name in try disk.list("") { try copy.replace(name, with: try disk.contents(name)) }
    return copy
  }

  @Test func theSpoolIsBounded() throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 64, statusLength: 512))
    var options = Options.stepped()
    options.spoolBytesMax = 200
    let rvm = try RVM.open(disk, options)
    let region = try rvm.map("a")
    var overflows = 0
    for turn in 0..<40 {
      try rvm.put(UInt64(turn), in: region, at: turn * 64, .noFlush)
      let query = rvm.query()
      #expect(query.spooledBytes <= 200)
      if query.statistics.spoolOverflows > overflows {
        overflows = query.statistics.spoolOverflows
        #expect(query.spooledBytes == 0)
      }
    }
    // A record is 16 + 16 + 8 bytes, so the sixth exceeds the limit.
    #expect(overflows == 40 / 6)
    options.spoolBytesMax = 0
    try rvm.setOptions(options)
    try rvm.put(1, in: region, at: 0, .noFlush)
    #expect(rvm.query().spooledBytes == 0)
  }

  @Test func theSpoolNeverOutgrowsTheLog() throws {
    let disk = try SmallLog.disk()
    var options = Options.stepped()
    options.spoolBytesMax = Int.max
    let rvm = try RVM.open(disk, options)
    let region = try rvm.map("a")
    let bytes = [UInt8](repeating: 7, count: 1500)
    for turn in 0..<20 {
      let transaction = try rvm.begin()
      try transaction.modify(region, at: 300 * turn, with: bytes)
      try transaction.commit(.noFlush)
    }
    try rvm.terminate()
    let found = try RVM.open(disk).map("a").contents
    #expect(found[0..<300 * 19 + 1500].allSatisfy { $0 == 7 })
    #expect(found[(300 * 19 + 1500)...].allSatisfy { $0 == 0 })
  }

  @Test func aFlushSyncsOnceAndOnlyWhereSomethingIsNotDurable() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    try rvm.put(0, in: region, at: 0)
    var syncs = 0
    disk.before = { call in if call.operation == .sync { syncs += 1 } }
    for turn in 0..<10 { try rvm.put(UInt64(turn), in: region, at: 8 * turn, .noFlush) }
    #expect(syncs == 0)
    try rvm.flush()
    try rvm.flush()
    #expect(syncs == 1)
  }
}
