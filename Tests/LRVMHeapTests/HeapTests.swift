import FaultFS
import LRVM
import LRVMHeap
import Testing

/// A heap on a disk in memory.
private struct Fixture {
  let disk = FaultDisk()
  let rvm: RVM
  let heap: Heap

  init(pages: Int = 4) throws {
    try RVM.createLog("log", on: disk)
    try RVM.createSegment("heap", length: pages * RVM.pageLength, on: disk)
    rvm = try RVM(log: "log", on: disk, options: Options(truncationDriver: .stepped))
    let region = try rvm.map("heap")
    let transaction = try rvm.begin()
    try Heap.create(in: region, by: transaction)
    try transaction.commit()
    heap = try Heap(in: region)
  }

  func within<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
    let transaction = try rvm.begin()
    let result = try body(transaction)
    try transaction.commit(.noFlush)
    return result
  }
}

@Suite struct HeapTests {
  @Test func whatIsAllocatedIsAlignedAndItsOwn() throws {
    let fixture = try Fixture()
    var taken: [Range<Int>] = []
    for (length, alignment) in [(1, 1), (0, 16), (100, 64), (48, 256), (5, 4096), (300, 32)] {
      let offset = try fixture.within {
        try fixture.heap.allocate(length, alignment: alignment, by: $0)
      }
      #expect(offset % alignment == 0)
      #expect(!taken.contains { $0.overlaps(offset..<offset + max(length, 1)) })
      taken.append(offset..<offset + max(length, 1))
      #expect(try fixture.heap.check(reachable: taken.map(\.lowerBound)).isClean)
    }
  }

  /// Against a list of what is in use: nothing overlaps, nothing leaks, and in the end all is one block again.
  @Test(arguments: 1...8) func randomUseKeepsTheHeapWhole(seed: UInt64) throws {
    let fixture = try Fixture(pages: 8)
    let whole = try fixture.heap.check().largestFree
    var random = seed
    func below(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((random >> 33) % UInt64(bound))
    }
    var used: [Int: Int] = [:]
    for _ in 0..<400 {
      if below(3) > 0 || used.isEmpty {
        let length = below(4) == 0 ? below(3000) : below(120)
        let alignment = 1 << below(9)
        do {
          let offset = try fixture.within {
            try fixture.heap.allocate(length, alignment: alignment, by: $0)
          }
          #expect(offset % alignment == 0)
          for (other, otherLength) in used {
            #expect(offset + length <= other || other + otherLength <= offset)
          }
          used[offset] = length
        } catch HeapError.full(_, _, let bytesFree) {
          #expect(bytesFree < whole)
          used = try free(Array(used.keys.sorted().prefix(used.count / 2)), used, fixture)
        }
      } else {
        used = try free([used.keys.sorted()[below(used.count)]], used, fixture)
      }
      #expect(try fixture.heap.check(reachable: Array(used.keys)).isClean)
    }
    used = try free(used.keys.sorted(), used, fixture)
    #expect(used.isEmpty)
    #expect(try fixture.heap.check().largestFree == whole)
    #expect(fixture.heap.bytesInUse == 0)
  }

  private func free(_ offsets: [Int], _ used: [Int: Int], _ fixture: Fixture) throws -> [Int: Int] {
    var used = used
    for offset in offsets {
      try fixture.within { try fixture.heap.free(offset, by: $0) }
      used[offset] = nil
    }
    return used
  }

  @Test func whatIsFreedTwiceOrWasNeverAllocatedIsRefused() throws {
    let fixture = try Fixture()
    let offsets = try fixture.within { transaction in
      try (0..<3).map { _ in try fixture.heap.allocate(100, by: transaction) }
    }
    try fixture.within { try fixture.heap.free(offsets[1], by: $0) }
    let transaction = try fixture.rvm.begin()
    for offset in [
      offsets[1], offsets[0] + 16, 0, 15, 16, -1, -16, 1 << 40, offsets[2] + 1, .min, .min + 16, .max,
      .max - 15,
      4 * RVM.pageLength, 4 * RVM.pageLength - 1, 4 * RVM.pageLength + 16,
    ] {
      #expect(throws: HeapError.notAllocated(offset: offset)) {
        try fixture.heap.free(offset, by: transaction)
      }
      #expect(throws: HeapError.notAllocated(offset: offset)) {
        let pointer = PersistentPointer<UInt8>(offset: UInt64(truncatingIfNeeded: offset))
        try fixture.heap.free(pointer, by: transaction)
      }
    }
    // Joined with a neighbour, its header is gone for good.
    try fixture.heap.free(offsets[0], by: transaction)
    #expect(throws: HeapError.notAllocated(offset: offsets[1])) {
      try fixture.heap.free(offsets[1], by: transaction)
    }
    transaction.abort()
    #expect(try fixture.heap.check(reachable: [offsets[0], offsets[2]]).isClean)
  }

  @Test func leaksAndDanglingPlacesAreFound() throws {
    let fixture = try Fixture()
    let offsets = try fixture.within { transaction in
      try (0..<3).map { _ in try fixture.heap.allocate(10, by: transaction) }
    }
    try fixture.within { try fixture.heap.free(offsets[2], by: $0) }
    let census = try fixture.heap.check(reachable: [offsets[0], offsets[2]])
    #expect(census.leaked == [offsets[1]])
    #expect(census.dangling == [offsets[2]])
  }

  @Test func aStoreOutsideABlockIsFound() throws {
    let fixture = try Fixture()
    let offset = try fixture.within { try fixture.heap.allocate(32, by: $0) }
    try fixture.within { try $0.store(UInt64.max, in: fixture.heap.region, at: offset + 32) }
    #expect(throws: HeapError.self) { try fixture.heap.check() }
  }

  @Test func anAbortTakesAllocationsBack() throws {
    let fixture = try Fixture()
    let kept = try fixture.within { try fixture.heap.allocate(64, by: $0) }
    let before = try fixture.heap.check()
    let transaction = try fixture.rvm.begin()
    try fixture.heap.free(kept, by: transaction)
    for _ in 0..<10 { _ = try fixture.heap.allocate(200, by: transaction) }
    transaction.abort()
    #expect(try fixture.heap.check() == before)
  }

  @Test func badArgumentsAreRefused() throws {
    let fixture = try Fixture()
    let transaction = try fixture.rvm.begin()
    for (length, alignment) in [(-1, 16), (Int.max, 16), (8, 3), (8, 0), (8, 8192)] {
      #expect(throws: HeapError.self) {
        try fixture.heap.allocate(length, alignment: alignment, by: transaction)
      }
    }
    #expect(throws: HeapError.full(length: 1 << 20, alignment: 16, bytesFree: fixture.heap.bytesFree)) {
      try fixture.heap.allocate(1 << 20, by: transaction)
    }
    transaction.abort()
    #expect(throws: HeapError.self) { try Heap(in: try Self.emptyRegion()) }
  }

  private static func emptyRegion() throws -> Region {
    let disk = FaultDisk()
    try RVM.createLog("log", on: disk)
    try RVM.createSegment("other", length: RVM.pageLength, on: disk)
    return try RVM(log: "log", on: disk).map("other")
  }

  private struct Node: BitwiseCopyable {
    var next: PersistentPointer<Node>
    var value: Int
  }

  @Test func aListIsFoundFromTheRootWhereverTheRegionIsMapped() throws {
    let fixture = try Fixture()
    try fixture.within { transaction in
      for value in 1...20 {
        let node = try fixture.heap.allocate(
          Node(next: fixture.heap.root(), value: value), by: transaction)
        try fixture.heap.setRoot(node, by: transaction)
        try fixture.heap.store(-value, at: node.field(\.value), by: transaction)
      }
    }
    try fixture.rvm.terminate()
    let rvm = try RVM(log: "log", on: fixture.disk)
    let region = try rvm.map("heap")
    let heap = try Heap(in: region)
    var values: [Int] = []
    var places: [Int] = []
    var node = heap.root(as: Node.self)
    while !node.isNull {
      values.append(heap.load(node).value)
      places.append(Int(node.offset))
      node = heap.load(node).next
    }
    #expect(values == (1...20).reversed().map { -$0 })
    #expect(try heap.check(reachable: places).isClean)
    try rvm.terminate()
  }
}
