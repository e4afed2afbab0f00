import FaultFS
import Storage
import SystemPackage
import Testing

@testable import LRVM

@Suite struct TruncationTests {
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aCrashBetweenOrInsideAnyTwoStepsLosesNothing(_ method: Options.TruncationMethod) throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk, .stepped(method, threshold: 0))
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    for turn in 1...8 as ClosedRange<UInt64> {
      try rvm.put(turn, in: a, at: Int(turn) * 900)
      try rvm.put(turn, in: b, at: Int(turn) * 8)
    }
    let start = disk.timeline.operations.count
    var steps = 0
    while try rvm.truncationStep() { steps += 1 }
    #expect(steps >= 5)
    #expect(rvm.query().logSectorsUsed == 0)
    #expect(rvm.query().statistics.truncationsFinished == 1)
    let window = CrashWindow(over: disk)
    for point in start...window.lastPoint {
      window.advance(to: point)
      for cell in [nil] + window.openCells.map(Optional.some) {
        for isKept in [true, false] {
          let state = window.state { other, candidates in
            .init((other == cell) == isKept ? candidates.upperBound : candidates.lowerBound)
          }
          try window.withDisk(showing: state) { disk in
            let rvm = try RVM.open(disk)
            let (a, b) = (try rvm.map("a"), try rvm.map("b"))
            for turn in 1...8 as ClosedRange<UInt64> {
              #expect(a.load(UInt64.self, at: Int(turn) * 900) == turn)
              #expect(b.load(UInt64.self, at: Int(turn) * 8) == turn)
            }
          }
        }
      }
    }
  }

  @Test func itBeginsAtTheThreshold() throws {
    let rvm = try RVM.open(try SmallLog.disk(), .stepped(threshold: 0.5))
    let region = try rvm.map("a")
    for turn in 0..<7 { try rvm.put(UInt64(turn), in: region, at: 0) }
    #expect(try rvm.truncationStep() == false)
    try rvm.put(7, in: region, at: 0)
    #expect(rvm.query().logSectorsUsed == 8)
    #expect(try rvm.truncationStep())
    // Once begun it goes on, whatever the options say.
    try rvm.setOptions(.stepped(threshold: 1))
    while try rvm.truncationStep() {}
    #expect(rvm.query().logSectorsUsed == 0)
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func byHandItEmptiesTheLogAlsoWhereAnotherOneIsHalfDone(_ method: Options.TruncationMethod) throws {
    for steps in 0..<6 {
      let disk = try SmallLog.disk()
      let rvm = try RVM.open(disk, .stepped(method, threshold: 0))
      let region = try rvm.map("a")
      try rvm.put(1, in: region, at: 0)
      for _ in 0..<steps { try rvm.truncationStep() }
      try rvm.put(2, in: region, at: 4096, .noFlush)
      try rvm.truncate()
      #expect(rvm.query().logSectorsUsed == 0)
      let segment = try disk.contents("a")
      #expect(segment[0] == 1 && segment[4096] == 2)
      #expect(segment == region.contents)
    }
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aFullLogWaitsForSpace(_ method: Options.TruncationMethod) throws {
    let disk = try SmallLog.disk()
    // The threshold is never reached; only the full log asks.
    let rvm = try RVM.open(disk, .stepped(method, threshold: 1))
    let region = try rvm.map("a")
    let bytes = [UInt8](repeating: 1, count: 3000)
    for turn in 0..<30 {
      let transaction = try rvm.begin()
      try transaction.modify(region, at: turn * 100, with: bytes)
      try transaction.commit()
    }
    let statistics = rvm.query().statistics
    #expect(statistics.logFullWaits > 5)
    #expect(statistics.logWraps > 5)
    try rvm.terminate()
    let found = try RVM.open(disk).map("a").contents
    #expect(found[0..<5900].allSatisfy { $0 == 1 } && found[5900...].allSatisfy { $0 == 0 })
  }

  @Test func aTransactionLargerThanTheLogIsATypedErrorAndIsAborted() throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 4, statusLength: 512))
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    let payload = 4 * (512 - 32)
    for (length, fits) in [(payload - 32, true), (payload - 31, false), (8192, false)] {
      let before = region.contents
      let transaction = try rvm.begin()
      try transaction.modify(region, at: 0, with: [UInt8](repeating: UInt8(length % 251), count: length))
      if fits {
        try transaction.commit()
        #expect(region.contents[0] == UInt8(length % 251))
      } else {
        var thrown: RVMError?
        do { try transaction.commit() } catch { thrown = error }
        #expect(thrown == .transactionTooLarge(bytes: length + 32, bytesMax: payload))
        #expect(region.contents == before)
      }
    }
    try rvm.put(1, in: region, at: 0)
    #expect(rvm.query().openTransactions == 0)
  }

  @Test func incrementalWritesOnlyWhatWasLoggedAndFallsBackWhereAPageIsInUse() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk, .stepped(.incremental))
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    try rvm.put(2, in: region, at: 4096)
    try rvm.truncate()
    #expect(rvm.query().statistics.segmentBytesWritten == 16)
    #expect(rvm.query().statistics.epochFallbacks == 0)
    // The page of the oldest change has an open transaction: its memory is no committed image.
    try rvm.put(3, in: region, at: 0)
    let open = try rvm.begin()
    try open.store(UInt64.max, in: region, at: 8)
    try rvm.truncate()
    #expect(rvm.query().statistics.epochFallbacks == 1)
    #expect(rvm.query().logSectorsUsed == 0)
    let segment = try disk.contents("a")
    #expect(segment[0] == 3)
    #expect(segment[8..<16].allSatisfy { $0 == 0 })
    open.abort()
  }

  /// A region is unmapped while an epoch runs: what was committed to it after the epoch began is in the log
  /// only.
  @Test func changesOfAnUnmappedRegionAreNotForgotten() throws {
    for steps in 1..<8 {
      let disk = try SmallLog.disk(segments: ["a", "b"])
      var rvm = try RVM.open(disk, .stepped(.incremental, threshold: 0))
      let (a, b) = (try rvm.map("a"), try rvm.map("b"))
      try rvm.put(1, in: a, at: 0)
      // Makes the next truncation one by epoch.
      try rvm.unmap(b)
      let again = try rvm.map("b")
      try rvm.put(2, in: again, at: 0)
      try rvm.unmap(again)
      for _ in 0..<steps { try rvm.truncationStep() }
      try rvm.put(3, in: a, at: 4096)
      try rvm.unmap(a)
      while try rvm.truncationStep() {}
      try rvm.truncate()
      try rvm.terminate()
      rvm = try RVM.open(disk)
      let (foundA, foundB) = (try rvm.map("a"), try rvm.map("b"))
      #expect(foundA.load(UInt64.self, at: 0) == 1)
      #expect(foundA.load(UInt64.self, at: 4096) == 3, "lost after \(steps) steps")
      #expect(foundB.load(UInt64.self, at: 0) == 2)
    }
  }

  /// A segment that cannot be written: the log keeps everything, and commits fail only once it is full.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aSegmentThatCannotBeWrittenKeepsTheLog(_ method: Options.TruncationMethod) throws {
    let disk = try SmallLog.disk()
    let interposed = InterposedStorage(disk)
    let rvm = try RVM.open(interposed, .stepped(method))
    let region = try rvm.map("a")
    for operation in [StorageError.Operation.write, .sync] {
      interposed.failAfter(0, .noSpace, isSticky: true) { $0.operation == operation && $0.file == "a" }
      try rvm.put(1, in: region, at: 0)
      let used = rvm.query().logSectorsUsed
      #expect(throws: RVMError.self) { try rvm.truncate() }
      #expect(rvm.query().logSectorsUsed == used)
      guard case .storage(_, let error) = rvm.query().truncationError else {
        Issue.record("no error is kept")
        return
      }
      #expect(error == StorageError(operation, "a", .errno(.noSpace)))
      #expect(!rvm.query().isPoisoned)
    }
    var committed: UInt64 = 0
    var thrown: RVMError?
    while thrown == nil, committed < 100 {
      do { try rvm.put(committed + 1, in: region, at: 8) } catch { thrown = error }
      if thrown == nil { committed += 1 }
    }
    guard case .storage = thrown else {
      Issue.record("\(committed) commits fit a full log, then \(String(describing: thrown))")
      return
    }
    // Once it can be written again everything goes on, the batch that waited included.
    interposed.before = { _ in }
    try rvm.put(77, in: region, at: 16)
    try rvm.terminate()
    let found = try RVM.open(disk).map("a")
    #expect(found.load(UInt64.self, at: 8) == committed + 1)
    #expect(found.load(UInt64.self, at: 16) == 77)
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func inTheBackgroundItGoesOnWhileFourThreadsCommit(_ method: Options.TruncationMethod) async throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(
      on: disk, shape: LogShape(recordSectors: 24, statusLength: 512), segments: ["a", "b"])
    let rvm = try RVM(
      log: "log", on: disk, options: Options(truncationMethod: method, truncationThreshold: 0.3))
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<4 {
        group.addTask {
          for turn in 1...100 as ClosedRange<UInt64> {
            let transaction = try rvm.begin()
            try transaction.store(turn, in: a, at: client * 2048)
            try transaction.store(turn, in: b, at: client * 8)
            try transaction.commit(turn % 2 == 0 ? .flush : .noFlush)
          }
        }
      }
      try await group.waitForAll()
    }
    let query = rvm.query()
    #expect(query.truncationError == nil)
    #expect(query.statistics.truncationsFinished > 0)
    #expect(query.statistics.logWraps > 0)
    try rvm.terminate()
    let again = try RVM(log: "log", on: disk)
    let (foundA, foundB) = (try again.map("a"), try again.map("b"))
    for client in 0..<4 {
      #expect(foundA.load(UInt64.self, at: client * 2048) == 100)
      #expect(foundB.load(UInt64.self, at: client * 8) == 100)
    }
    try again.terminate()
  }

  @Test func inTheBackgroundAFullLogWaitsAndAFailureReachesTheCommit() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    var rvm = try RVM(log: "log", on: disk, options: Options(truncationThreshold: 1))
    let region = try rvm.map("a")
    for turn in 0..<100 { try rvm.put(UInt64(turn), in: region, at: turn * 8) }
    #expect(rvm.query().statistics.logFullWaits > 0)
    try rvm.truncate()
    try rvm.terminate()

    let interposed = InterposedStorage(disk)
    interposed.failAfter(0, .noSpace, isSticky: true) { $0.operation == .write && $0.file == "a" }
    rvm = try RVM(log: "log", on: interposed, options: Options(truncationThreshold: 1))
    let again = try rvm.map("a")
    var committed = 0
    var thrown: RVMError?
    while thrown == nil, committed < 100 {
      do { try rvm.put(UInt64(committed), in: again, at: 0) } catch { thrown = error }
      committed += 1
    }
    guard case .storage(_, let error) = thrown else {
      Issue.record("\(committed) commits, then \(String(describing: thrown))")
      return
    }
    #expect(error == StorageError(.write, "a", .errno(.noSpace)))
  }
}
