import Dispatch
import FaultFS
import PersistentMemory
import SeededRandom
import Testing

@testable import Vista

/// Transactions on real memory, in every way in which it becomes permanent.
@Suite struct TransactionTests {
  struct Way: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var permanence: MappedMemory.Permanence
    var isProtected = false
  }

  static let ways: [Way] = [
    Way(testDescription: "stores", permanence: .stores), Way(testDescription: "lines", permanence: .lines),
    Way(testDescription: "pages", permanence: .pages),
    Way(testDescription: "stores, protected", permanence: .stores, isProtected: true),
  ]

  private let folder: MemoryFolder

  init() throws { folder = try MemoryFolder() }

  private func session(_ way: Way = ways[0], length: Int = 16 * Vista.pageLength) throws -> (Vista, Region) {
    let storage = try folder.storage(permanence: way.permanence, isProtected: way.isProtected)
    try Vista.createLog("log", length: 1 << 20, on: storage)
    try Vista.createSegment("segment", length: length, on: storage)
    let vista = try Vista(log: "log", on: storage)
    return (vista, try vista.map("segment"))
  }

  @Test(arguments: ways) func aCommitLastsAndAnAbortLeavesNothing(_ way: Way) throws {
    let (vista, region) = try session(way)
    let first = try vista.begin()
    try first.store(UInt64(7), in: region, at: 8)
    try first.commit()
    let second = try vista.begin()
    try second.store(UInt64(8), in: region, at: 8)
    try second.store(UInt8(9), in: region, at: 8001)
    #expect(region.load(UInt64.self, at: 8) == 8)
    second.abort()
    #expect(region.load(UInt64.self, at: 8) == 7)
    #expect(region.load(UInt8.self, at: 8001) == 0)
    try vista.terminate()
    let storage = try folder.storage(permanence: way.permanence, isProtected: way.isProtected)
    let again = try Vista(log: "log", on: storage)
    #expect(again.recovery == RecoverySummary())
    #expect(try again.map("segment").load(UInt64.self, at: 8) == 7)
  }

  @Test func aTransactionThatIsDroppedAborts() throws {
    let (vista, region) = try session()
    do {
      let transaction = try vista.begin()
      try transaction.store(UInt32(5), in: region, at: 4)
    }
    #expect(region.load(UInt32.self, at: 4) == 0)
    #expect(vista.openTransactions == 0)
  }

  @Test func aRangeDeclaredTwiceHasItsOldestBytesBack() throws {
    let (vista, region) = try session()
    let transaction = try vista.begin()
    for value in 1...5 as ClosedRange<UInt8> {
      let bytes = [UInt8](repeating: value, count: 10 + Int(value))
      try unsafe transaction.modify(region, at: 100 - Int(value), with: bytes.span.bytes)
    }
    transaction.abort()
    #expect(region.image == [UInt8](repeating: 0, count: region.length))
  }

  @Test func aLargeRangeComesBackWhole() throws {
    let (vista, region) = try session(length: 100 * Vista.pageLength)
    let pattern = (0..<region.length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let first = try vista.begin()
    try unsafe first.modify(region, at: 0, with: pattern.span.bytes)
    try first.commit()
    let second = try vista.begin()
    try unsafe second.modify(region, at: 0, with: [UInt8](repeating: 1, count: region.length).span.bytes)
    second.abort()
    #expect(region.image == pattern)
    // The chunks came back: the same again fits.
    for _ in 0..<5 {
      let again = try vista.begin()
      try again.setRange(region, offset: 0, length: region.length)
      try again.commit()
    }
  }

  @Test func aFullLogSaysSoAndTheTransactionCanStillAbort() throws {
    let (vista, region) = try session(length: 400 * Vista.pageLength)
    let transaction = try vista.begin()
    try transaction.store(UInt64(1), in: region, at: 0)
    let refusal = Refusal.setRange(region, 0, region.length, by: transaction)
    #expect(refusal == .logFull(log: "log", bytes: 4096))
    transaction.abort()
    #expect(region.load(UInt64.self, at: 0) == 0)
  }

  @Test func thirtyTwoTransactionsAreOpenAtOnceAndNoMore() throws {
    let (vista, region) = try session()
    var open: [Held] = []
    for number in 0..<Vista.openTransactionsMax {
      let transaction = try vista.begin()
      try transaction.store(UInt64(number + 1), in: region, at: 64 * number)
      open.append(Held(transaction))
    }
    #expect(Refusal.begin(vista) == .tooManyTransactions(max: 32))
    #expect(throws: VistaError.transactionsOpen(32)) { try vista.terminate() }
    for (number, held) in open.enumerated() {
      if number % 2 == 0 { try held.take().commit() } else { held.take().abort() }
    }
    for number in 0..<32 {
      #expect(region.load(UInt64.self, at: 64 * number) == (number % 2 == 0 ? UInt64(number + 1) : 0))
    }
    try vista.terminate()
    #expect(Refusal.begin(vista) == .terminated)
    #expect(throws: VistaError.terminated) { try vista.terminate() }
  }

  private final class Held {
    private var transaction: Transaction?
    init(_ transaction: consuming Transaction) { self.transaction = consume transaction }
    func take() -> Transaction {
      guard let taken = transaction.take() else { fatalError("the transaction has ended") }
      return taken
    }
  }

  @Test func aTransactionOverSeveralSegmentsIsOne() throws {
    let (vista, region) = try session()
    let storage = try folder.storage()
    try Vista.createSegment("other", length: 2 * Vista.pageLength, on: storage)
    let other = try vista.map("other", offset: Vista.pageLength)
    let transaction = try vista.begin()
    try transaction.store(UInt64(1), in: region, at: 0)
    try transaction.store(UInt64(2), in: other, at: 0)
    transaction.abort()
    #expect(region.load(UInt64.self, at: 0) == 0 && other.load(UInt64.self, at: 0) == 0)
    let second = try vista.begin()
    try second.store(UInt64(1), in: region, at: 0)
    try second.store(UInt64(2), in: other, at: 0)
    try second.commit()
    try vista.terminate()
    #expect(try folder.bytes("segment").word(at: 0) == 1)
    #expect(try folder.bytes("other").word(at: Vista.pageLength) == 2)
  }

  @Test func aRangeThatIsNoneIsRefused() throws {
    let (vista, region) = try session()
    let transaction = try vista.begin()
    for (offset, length) in [
      (-1, 1), (0, region.length + 1), (region.length, 1), (Int.max, 1), (1, Int.max), (0, -1),
    ] {
      let refusal = Refusal.setRange(region, offset, length, by: transaction)
      #expect(
        refusal
          == .rangeOutsideRegion(
            segment: "segment", offset: offset, length: length, regionLength: region.length))
    }
    try transaction.setRange(region, offset: region.length, length: 0)
    try transaction.commit()
  }

  @Test func regionsAreMappedOnceAndUnmappedWhenNobodyUsesThem() throws {
    let (vista, region) = try session()
    #expect(throws: VistaError.regionOverlaps(segment: "segment", offset: 4096, length: 4096)) {
      _ = try vista.map("segment", offset: 4096, length: 4096)
    }
    let transaction = try vista.begin()
    try transaction.store(UInt64(1), in: region, at: 0)
    #expect(throws: VistaError.regionInUse(segment: "segment", offset: 0)) { try vista.unmap(region) }
    try transaction.commit()
    try vista.unmap(region)
    #expect(region.load(UInt64.self, at: 0) == 1)
    #expect(throws: VistaError.regionNotMapped(segment: "segment", offset: 0)) { try vista.unmap(region) }
    let second = try vista.begin()
    let refusal = Refusal.setRange(region, 0, 1, by: second)
    #expect(refusal == .regionNotMapped(segment: "segment", offset: 0))
    second.abort()
    let part = try vista.map("segment", offset: 4096, length: 4096)
    #expect(part.length == 4096)
    for (offset, length) in [(1, 4096), (0, 5), (-4096, 4096), (0, 0), (0, 1 << 30)] {
      #expect(throws: VistaError.self) { _ = try vista.map("segment", offset: offset, length: length) }
    }
    #expect(throws: VistaError.self) { _ = try vista.map(String(repeating: "n", count: 241)) }
  }

  @Test func moreSegmentsThanTheLogCanNameAreRefused() throws {
    let (vista, _) = try session()
    let storage = try folder.storage()
    var regions: [Region] = []
    for number in 1..<LogLayout.segmentCount {
      try Vista.createSegment("s\(number)", length: Vista.pageLength, on: storage)
      regions.append(try vista.map("s\(number)"))
    }
    try Vista.createSegment("last", length: Vista.pageLength, on: storage)
    #expect(throws: VistaError.segmentTableFull(log: "log", segmentsMax: 60)) { _ = try vista.map("last") }
    try vista.unmap(regions[5])
    _ = try vista.map("last")
  }

  /// Random transactions, several open at a time, against arrays.
  @Test(arguments: 1...4 as ClosedRange<UInt64>) func randomTransactionsLeaveWhatArraysHold(_ seed: UInt64)
    throws
  {
    let (vista, region) = try session(length: 4 * Vista.pageLength)
    var random = SplitMix64(seed: seed).split("vista-transactions")
    var committed = [UInt8](repeating: 0, count: region.length)
    // Each has a quarter of the region for its own.
    let share = region.length / 4
    var open: [Held?] = [nil, nil, nil, nil]
    var working = committed
    for _ in 0..<2000 {
      let number = random.below(4)
      let own = number * share..<(number + 1) * share
      guard let held = open[number] else {
        open[number] = Held(try vista.begin())
        continue
      }
      let transaction = held.take()
      switch random.below(8) {
      case 0:
        try transaction.commit()
        committed.replaceSubrange(own, with: working[own])
        open[number] = nil
      case 1:
        transaction.abort()
        working.replaceSubrange(own, with: committed[own])
        open[number] = nil
      default:
        let offset = own.lowerBound + random.below(share)
        let bytes = random.bytes(random.below(min(300, own.upperBound - offset) + 1))
        try unsafe transaction.modify(region, at: offset, with: bytes.span.bytes)
        working.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        open[number] = Held(transaction)
      }
      #expect(region.image == working)
    }
  }

  @Test func transactionsRunOnSeveralThreads() throws {
    let (vista, region) = try session(length: 64 * Vista.pageLength)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      do {
        for round in 1...2000 {
          let transaction = try vista.begin()
          for range in 0...round % 5 {
            try transaction.store(UInt64(round), in: region, at: thread * 8 * 4096 + range * 1000)
          }
          if round % 7 == 0 { transaction.abort() } else { try transaction.commit() }
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    for thread in 0..<8 { #expect(region.load(UInt64.self, at: thread * 8 * 4096) == 2000) }
    #expect(vista.openTransactions == 0)
  }

  /// The low half of the generation is in the head: when it has gone round, a head of long ago must not count.
  @Test func aGenerationThatHasGoneRoundStartsWithAnEmptyList() throws {
    let disk = FaultDisk(profile: .rio)
    try Script.create(on: disk)
    let session = try Script.Session(disk)
    session.vista.engine.slots[0].generation = (1 << 32) - 2
    try session.begin(0)
    try session.write(0, 0, [1, 2, 3])
    try session.commit(0)
    // Its head names a record, and its low half is what the next generation's would be if it had not been cleared.
    try session.begin(0)
    let head = session.vista.engine.log.load(SlotLayout.offset(0) + SlotLayout.headOffset)
    #expect(head == 0)
    session.leave()
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let image = try window.withDisk(showing: window.everythingKept) { try Script.Session($0).image }
    #expect(Array(image.prefix(3)) == [1, 2, 3])
  }
}
