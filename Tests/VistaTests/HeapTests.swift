import PersistentMemory
import RecoverableHeap
import SeededRandom
import Testing

@testable import Vista

@Suite struct HeapTests {
  private let folder: MemoryFolder
  private let vista: Vista
  private let region: Region
  private let heap: Heap

  init() throws {
    folder = try MemoryFolder()
    let storage = try folder.storage()
    try Vista.createLog("log", on: storage)
    try Vista.createSegment("segment", length: 64 * Vista.pageLength, on: storage)
    vista = try Vista(log: "log", on: storage)
    region = try vista.map("segment")
    try Heap.create(in: region)
    heap = try Heap(in: region)
  }

  @Test func whatIsAllocatedIsApartAndAligned() throws {
    let transaction = try vista.begin()
    var taken: [Range<Int>] = []
    for (length, alignment) in [
      (1, 16), (16, 16), (17, 16), (100, 64), (2048, 16), (2049, 16), (5000, 4096), (0, 16), (48, 1024),
      (3, 1),
    ] {
      let place = try heap.allocate(length, alignment: alignment, by: transaction)
      #expect(place % max(16, alignment) == 0)
      #expect(place >= HeapLayout.blocksOffset(heap.state.pageCount))
      #expect(place + length <= region.length)
      #expect(!taken.contains { $0.overlaps(place..<place + max(1, length)) })
      taken.append(place..<place + max(1, length))
    }
    try transaction.commit()
    #expect(try heap.check(reachable: taken.map(\.lowerBound)).isClean)
  }

  @Test func badArgumentsAreRefused() throws {
    let transaction = try vista.begin()
    for (length, alignment) in [(-1, 16), (1, 0), (1, 3), (1, 8192), (1, -16)] {
      guard case .invalidArgument = Refusal.allocate(heap, length, alignment: alignment, by: transaction)
      else {
        Issue.record("\(length) bytes aligned to \(alignment)")
        continue
      }
    }
    for length in [1 << 20, Int.max] {
      let refusal = Refusal.allocate(heap, length, by: transaction)
      #expect(refusal == .full(length: length, alignment: 16, bytesFree: heap.bytesFree))
    }
    let place = try heap.allocate(100, by: transaction)
    for offset in [0, -1, Int.min, Int.max, place + 16, place + 112, region.length] {
      let refusal = Refusal.free(heap, offset, by: transaction)
      #expect(refusal == .notAllocated(offset: offset))
      let pointer = PersistentPointer<UInt8>(offset: UInt64(truncatingIfNeeded: offset))
      #expect(throws: HeapError.notAllocated(offset: offset)) { try heap.free(pointer, by: transaction) }
    }
    transaction.abort()
    #expect(throws: HeapError.alreadyAHeap(segment: "segment")) { try Heap.create(in: region) }
    try vista.unmap(region)
    let unmapped = HeapError.vista(.regionNotMapped(segment: "segment", offset: 0))
    #expect(throws: unmapped) { try Heap.create(in: region) }
    #expect(throws: unmapped) { _ = try Heap(in: region) }
  }

  @Test func whatIsFreedCannotBeFreedAgainAndIsUsedAgainAfterTheCommit() throws {
    let first = try vista.begin()
    let place = try heap.allocate(3000, by: first)
    try first.commit()
    let second = try vista.begin()
    try heap.free(place, by: second)
    let again = Refusal.free(heap, place, by: second)
    #expect(again == .notAllocated(offset: place))
    let other = try heap.allocate(3000, by: second)
    #expect(other != place)
    try second.commit()
    let third = try vista.begin()
    let gone = Refusal.free(heap, place, by: third)
    #expect(gone == .notAllocated(offset: place))
    let reused = try heap.allocate(3000, by: third)
    #expect(reused == place)
    third.abort()
  }

  @Test func anotherTransactionsAllocationCannotBeFreed() throws {
    let one = try vista.begin()
    let other = try vista.begin()
    let place = try heap.allocate(20, by: one)
    let refusal = Refusal.free(heap, place, by: other)
    #expect(refusal == .notAllocated(offset: place))
    try heap.free(place, by: one)
    try one.commit()
    other.abort()
    #expect(try heap.check(reachable: []).isClean)
  }

  @Test func aFullHeapSaysSoAndHasAllAgainAfterAnAbort() throws {
    let free = heap.bytesFree
    for length in [16, 700, 5000] {
      let transaction = try vista.begin()
      var count = 0
      while Refusal.allocate(heap, length, by: transaction) == nil { count += 1 }
      #expect(count >= free / 8192)
      transaction.abort()
      #expect(heap.bytesFree == free)
    }
    #expect(try heap.check(reachable: []).isClean)
  }

  @Test func rootsAreFoundByKeyAndBelongToTransactions() throws {
    let first = try vista.begin()
    let pointer = try heap.allocate(UInt64(42), by: first)
    try heap.setRoot(pointer, for: 7, by: first)
    try first.commit()
    #expect(heap.root(7, as: UInt64.self).map { heap.load($0) } == 42)
    #expect(heap.root(8, as: UInt64.self) == nil)
    let one = try vista.begin()
    let other = try vista.begin()
    try heap.removeRoot(for: 7, by: one)
    try heap.setRoot(pointer, for: 8, by: one)
    let taken = Refusal.setRoot(heap, pointer.offset, 8, by: other)
    #expect(taken == .keyTaken(key: 8))
    // The place of the root that was removed is not given to another before that is certain.
    try heap.setRoot(pointer, for: 9, by: other)
    one.abort()
    try other.commit()
    #expect(heap.root(7, as: UInt64.self) == pointer)
    #expect(heap.root(9, as: UInt64.self) == pointer)
    #expect(heap.root(8, as: UInt64.self) == nil)
    let third = try vista.begin()
    for key in 100..<158 as Range<UInt64> { try heap.setRoot(pointer, for: key, by: third) }
    let full = Refusal.setRoot(heap, pointer.offset, 158, by: third)
    #expect(full == .rootTableFull(max: 60))
    let null = Refusal.setRoot(heap, 0, 7, by: third)
    #expect(null == .invalidArgument("the root of key 7 cannot be at offset 0"))
    third.abort()
    #expect(heap.root(100, as: UInt64.self) == nil)
  }

  @Test func leaksAndDanglingPointersAreNamed() throws {
    let transaction = try vista.begin()
    let places = try (0..<3).map { _ in try heap.allocate(64, by: transaction) }
    try transaction.commit()
    let census = try heap.check(reachable: [places[0], places[2], 999])
    #expect(census.allocated == places)
    #expect(census.leaked == [places[1]])
    #expect(census.dangling == [999])
  }

  @Test func aHeapIsFoundAgainAndADamagedOneIsRefused() throws {
    let transaction = try vista.begin()
    let pointer = try heap.allocateArray(of: UInt64.self, count: 10, by: transaction)
    try heap.store(5, at: pointer, by: transaction)
    try heap.setRoot(pointer, for: 1, by: transaction)
    try transaction.commit()
    try vista.terminate()
    let storage = try folder.storage()
    let again = try Vista(log: "log", on: storage)
    let found = try Heap(in: again.map("segment"))
    #expect(found.root(1, as: UInt64.self).map { found.load($0) } == 5)
    try again.terminate()
    let bytes = try folder.bytes("segment")
    let entry = HeapLayout.entry(0)
    for (place, word) in [
      (HeapLayout.magicOffset, UInt64(0)), (HeapLayout.versionOffset, 2),
      (HeapLayout.pageCountOffset, 1 << 40),
      (HeapLayout.pageCountOffset, 0), (entry, 17), (entry, PageLayout.runFlag + 1000),
      (entry, PageLayout.runFlag),
      (entry + PageLayout.bitsOffset + 24, .max),
    ] {
      var damaged = bytes
      damaged.put(word, at: place)
      try folder.write(damaged, to: "segment")
      let opened = try Vista(log: "log", on: storage)
      let region = try opened.map("segment")
      #expect(throws: HeapError.self, "\(word) at \(place)") { _ = try Heap(in: region) }
      try opened.terminate()
    }
  }

  @Test func aStoreIntoTheBitsIsFoundByTheCheck() throws {
    let transaction = try vista.begin()
    let place = try heap.allocate(64, by: transaction)
    try transaction.commit()
    unsafe region.bytes.storeBytes(
      of: 3, toByteOffset: HeapLayout.entry(0) + PageLayout.bitsOffset, as: UInt64.self)
    #expect(throws: HeapError.damaged(segment: "segment", reason: "the bits of page 0 changed by themselves"))
    {
      _ = try heap.check(reachable: [place])
    }
  }

  /// Allocates room for bytes and stores them; nil where there is none.
  private func fill(_ bytes: [UInt8], by transaction: borrowing Transaction) throws(HeapError) -> Int? {
    do throws(HeapError) {
      let place = try heap.allocate(bytes.count, by: transaction)
      try unsafe heap.store(bytes.span.bytes, at: place, by: transaction)
      return place
    } catch {
      if case .full = error { return nil }
      throw error
    }
  }

  /// Random allocations and frees of two transactions at a time, against a dictionary of what each filled.
  @Test(arguments: 1...4 as ClosedRange<UInt64>) func randomUseNeverOverlapsOrLeaks(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed).split("vista-heap")
    /// Committed blocks: their lengths and values.
    var blocks: [Int: (length: Int, value: UInt8)] = [:]
    for _ in 0..<150 {
      let one = try vista.begin()
      let other = try vista.begin()
      var mine: [[Int: (length: Int, value: UInt8)]] = [[:], [:]]
      var freed: [[Int]] = [[], []]
      for _ in 0..<random.below(12) {
        let number = random.below(2)
        let candidates = blocks.keys.filter { !freed[0].contains($0) && !freed[1].contains($0) }.sorted()
        if random.chance(0.45), let place = random.pick(candidates) {
          if number == 0 { try heap.free(place, by: one) } else { try heap.free(place, by: other) }
          freed[number].append(place)
          continue
        }
        let length = random.pick([8, 16, 40, 64, 200, 600, 1500, 3000, 9000]) ?? 8
        let value = UInt8(truncatingIfNeeded: random.next())
        let bytes = [UInt8](repeating: value, count: length)
        let place = number == 0 ? try fill(bytes, by: one) : try fill(bytes, by: other)
        if let place { mine[number][place] = (length, value) }
      }
      let commits = [random.chance(0.6), random.chance(0.6)]
      if commits[0] { try one.commit() } else { one.abort() }
      if commits[1] { try other.commit() } else { other.abort() }
      for number in 0..<2 where commits[number] {
        blocks.merge(mine[number]) { _, new in new }
        for place in freed[number] { blocks[place] = nil }
      }
      #expect(try heap.check(reachable: Array(blocks.keys)).isClean)
      for (place, block) in blocks {
        #expect((0..<block.length).allSatisfy { heap.load(UInt8.self, at: place + $0) == block.value })
      }
    }
    #expect(!blocks.isEmpty)
  }
}
