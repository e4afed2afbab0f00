import FaultFS
import LRVM
import Storage
import Synchronization
import Testing

@Suite struct TransactionTests {
  @Test func oneTransactionChangesSeveralRegionsAndSegmentsAtOnce() throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    var rvm = try RVM.open(disk)
    let regions = [
      try rvm.map("a", offset: 0, length: 4096), try rvm.map("a", offset: 4096), try rvm.map("b"),
    ]
    let transaction = try rvm.begin()
    for (index, region) in regions.enumerated() {
      try transaction.store(UInt64(index + 1), in: region, at: region.length - 8)
    }
    try transaction.commit()
    try rvm.terminate()
    rvm = try RVM.open(disk)
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    #expect(a.load(UInt64.self, at: 4088) == 1)
    #expect(a.load(UInt64.self, at: 8184) == 2)
    #expect(b.load(UInt64.self, at: 8184) == 3)
  }

  @Test func severalAreOpenAtOnce() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    let first = try rvm.begin()
    let second = try rvm.begin(.noRestore)
    let third = try rvm.begin()
    try first.store(1 as UInt64, in: region, at: 0)
    try second.store(2 as UInt64, in: region, at: 8)
    try third.store(3 as UInt64, in: region, at: 16)
    #expect(rvm.query().openTransactions == 3)
    #expect(rvm.query().regions[0].openTransactions == 3)
    try third.commit(.noFlush)
    first.abort()
    try second.commit()
    #expect(rvm.query().openTransactions == 0)
    let expected = [0, 2, 3] as [UInt64]
    #expect((0..<3).map { region.load(UInt64.self, at: 8 * $0) } == expected)
    try rvm.terminate()
    let found = try RVM.open(disk).map("a")
    #expect((0..<3).map { found.load(UInt64.self, at: 8 * $0) } == expected)
  }

  @Test func aDroppedTransactionAborts() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    func drop() throws {
      let transaction = try rvm.begin()
      try transaction.store(1 as UInt64, in: region, at: 0)
    }
    try drop()
    #expect(region.load(UInt64.self, at: 0) == 0)
    #expect(rvm.query().openTransactions == 0)
    #expect(rvm.query().statistics.aborts == 1)
    try rvm.unmap(region)
  }

  @Test func aTransactionOutlivesItsRVM() throws {
    let disk = try SmallLog.disk()
    var rvm: RVM? = try RVM.open(disk)
    let region = try #require(try rvm?.map("a"))
    let begun = try rvm?.begin()
    rvm = nil
    guard let transaction = consume begun else { return }
    #expect(transaction.refusal(region, 0, 8) == .regionNotMapped(segment: "a", offset: 0))
    var thrown: RVMError?
    do { try transaction.commit() } catch { thrown = error }
    #expect(thrown == .terminated)
    // The lock went with the RVM.
    _ = try RVM.open(disk)
  }

  /// It counts no reference to its regions: what is open keeps the engine, and that one the memory to abort to.
  @Test func memoryOutlivesItsRegionWhileATransactionIsOpen() throws {
    let disk = try SmallLog.disk()
    weak var kept: Region?
    func begin() throws -> Transaction {
      let rvm = try RVM.open(disk)
      let region = try rvm.map("a")
      kept = region
      let transaction = try rvm.begin()
      try transaction.store(1 as UInt64, in: region, at: 0)
      return transaction
    }
    let transaction = try begin()
    #expect(kept?.load(UInt64.self, at: 0) == 1)
    transaction.abort()
    #expect(kept == nil)
    #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 0) == 0)
  }

  /// It is a hint: anything may be named, and nothing changes.
  @Test func anythingMayBePrefetched() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    try rvm.put(7, in: region, at: 0)
    for (offset, length) in [
      (0, 8), (1, 200), (region.length - 1, 1), (region.length, 1), (0, region.length + 1), (-1, 1), (0, -1),
      (0, 0), (Int.max, Int.max), (Int.min, 1), (1, Int.max),
    ] { region.prefetch(offset: offset, length: length) }
    #expect(region.load(UInt64.self, at: 0) == 7)
  }

  @Test func restoreIsExactWhateverRangesOverlap() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    var random = Random(seed: 1)
    for _ in 0..<300 {
      // The image is not that of the last commit only: it has come about by several.
      let setup = try rvm.begin()
      try setup.store(random.next(), in: region, at: random.below(8184))
      try setup.commit(.noFlush)
      let before = region.contents
      let transaction = try rvm.begin()
      for _ in 0..<1 + random.below(12) {
        let length = random.below(40)
        let offset = random.below(60) + (random.below(2) == 0 ? 0 : 4080)
        let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try transaction.modify(region, at: offset, with: bytes)
      }
      if random.below(2) == 0 { transaction.abort() } else { _ = consume transaction }
      #expect(region.contents == before)
    }
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func anAbortWithoutRestoreLeavesMemoryAsWrittenAndReachesNeitherLogNorSegment(
    _ method: Options.TruncationMethod
  ) throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk, .stepped(method))
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    let transaction = try rvm.begin(.noRestore)
    try transaction.store(2 as UInt64, in: region, at: 0)
    transaction.abort()
    #expect(region.load(UInt64.self, at: 0) == 2)
    // A commit on the same page must not take the abandoned bytes along.
    try rvm.put(3, in: region, at: 64)
    try rvm.truncate()
    try rvm.terminate()
    let found = try RVM.open(disk).map("a")
    #expect(found.load(UInt64.self, at: 0) == 1)
    #expect(found.load(UInt64.self, at: 64) == 3)
  }

  @Test func emptyTransactionsWriteNothing() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    try rvm.begin().commit(.noFlush)
    try rvm.begin().commit(.flush)
    let transaction = try rvm.begin()
    try transaction.setRange(region, offset: 0, length: 0)
    try transaction.setRange(region, offset: 8192, length: 0)
    try transaction.modify(region, at: 8192, with: [])
    try transaction.commit(.flush)
    let query = rvm.query()
    #expect(query.statistics.recordsWritten == 0)
    #expect(query.logSectorsUsed == 0)
    #expect(query.statistics.transactionsBegun == 3)
    #expect(query.statistics.commitsFlushed == 2)
    #expect(query.statistics.commitsUnflushed == 1)
  }

  @Test func anEmptyTransactionWithFlushMakesEarlierOnesDurable() throws {
    let disk = try SmallLog.disk()
    var rvm: RVM? = try RVM.open(disk)
    if let rvm {
      let region = try rvm.map("a")
      try rvm.put(1, in: region, at: 0, .noFlush)
      try rvm.begin().commit(.flush)
      #expect(rvm.query().spooledBytes == 0)
    }
    rvm = nil
    #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 0) == 1)
  }

  @Test func rangesOutsideTheRegionAreRefusedAndDescribed() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a", offset: 4096)
    let transaction = try rvm.begin()
    for (offset, length) in [
      (-1, 1), (0, -1), (0, 4097), (4096, 1), (Int.max, 1), (1, Int.max), (Int.max, Int.max),
      (Int.min, Int.max),
    ] {
      let expected = RVMError.rangeOutsideRegion(
        segment: "a", offset: offset, length: length, regionLength: 4096)
      #expect(transaction.refusal(region, offset, length) == expected)
      #expect(expected.description.contains("\(offset)") && expected.description.contains("4096"))
    }
    #expect(transaction.refusal(region, 4089, 8) != nil)
    try transaction.commit()
    #expect(rvm.query().statistics.recordsWritten == 0)
  }

  @Test func transactionsOfSeveralThreads() async throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk, segments: ["a", "b"])
    let rvm = try RVM(log: "log", on: disk, options: Options(truncationMethod: .incremental))
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<4 {
        group.addTask {
          for turn in 1...50 as ClosedRange<UInt64> {
            let transaction = try rvm.begin(turn % 5 == 0 ? .noRestore : .restore)
            try transaction.store(turn, in: a, at: client * 8)
            try transaction.store(turn, in: b, at: 4096 + client * 512)
            if turn % 7 == 0 {
              // Brings its own bytes back, as an application must that does without restore.
              try transaction.store(turn - 1, in: a, at: client * 8)
              try transaction.store(turn - 1, in: b, at: 4096 + client * 512)
              transaction.abort()
            } else {
              try transaction.commit(turn % 3 == 0 ? .flush : .noFlush)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(rvm.query().openTransactions == 0)
    try rvm.terminate()
    let again = try RVM(log: "log", on: disk)
    let (foundA, foundB) = (try again.map("a"), try again.map("b"))
    for client in 0..<4 {
      #expect(foundA.load(UInt64.self, at: client * 8) == 50)
      #expect(foundB.load(UInt64.self, at: 4096 + client * 512) == 50)
    }
    try again.terminate()
  }
}
