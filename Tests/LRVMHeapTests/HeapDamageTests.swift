import FaultFS
import LRVM
import LRVMHeap
import Testing

/// A heap with a damaged bit: an error that names a place, no trap, and no store to what somebody uses.
@Suite struct HeapDamageTests {
  private struct Made {
    let rvm: RVM
    let heap: Heap
    var blocks: [Range<Int>] = []

    /// Blocks in use and free ones in turn, each filled with its number; several free ones in one list.
    init() throws {
      let disk = FaultDisk()
      try RVM.createLog("log", on: disk)
      try RVM.createSegment("heap", length: RVM.pageLength, on: disk)
      rvm = try RVM(log: "log", on: disk, options: Options(truncationDriver: .stepped))
      let region = try rvm.map("heap")
      let transaction = try rvm.begin()
      try Heap.create(in: region, by: transaction)
      heap = try Heap(in: region)
      var freed: [Int] = []
      for index in 0..<12 {
        let length = [40, 80, 200][index / 2 % 3]
        let offset = try heap.allocate(length, by: transaction)
        for byte in offset..<offset + length { try transaction.store(UInt8(index), in: region, at: byte) }
        if index % 2 == 0 { freed.append(offset) } else { blocks.append(offset..<offset + length) }
      }
      for offset in freed { try heap.free(offset, by: transaction) }
      try transaction.commit(.noFlush)
    }

    func bytes(_ range: Range<Int>) -> [UInt8] { range.map { heap.region.load(UInt8.self, at: $0) } }
  }

  @Test func everyBitInTurn() throws {
    let made = try Made()
    let region = made.heap.region
    let isPayload = { (byte: Int) in made.blocks.contains { $0.contains(byte) } }
    var (damaged, refused, done) = (0, 0, 0)
    for bit in 0..<8 * RVM.pageLength {
      let byte = bit / 8
      // What lies inside of the large free block at the end means nothing.
      let isInsideOfLast =
        byte > made.blocks[made.blocks.count - 1].upperBound + 64 && byte < RVM.pageLength - 16
      if isPayload(byte) || isInsideOfLast { continue }
      let transaction = try made.rvm.begin()
      try transaction.store(
        region.load(UInt8.self, at: byte) ^ 1 << UInt8(bit % 8), in: region, at: byte)
      let before = made.blocks.map { made.bytes($0) }
      for (index, block) in made.blocks.enumerated() {
        do throws(HeapError) {
          try made.heap.free(block.lowerBound, by: transaction)
          let again = try made.heap.allocate(block.count, by: transaction)
          #expect(
            !made.blocks.indices.contains { $0 > index && made.blocks[$0].contains(again) }, "bit \(bit)")
          done += 1
        } catch {
          switch error {
          case .damaged: damaged += 1
          case .notAllocated, .full: refused += 1
          default: Issue.record("bit \(bit): \(error)")
          }
        }
        for other in made.blocks.indices where other > index {
          #expect(made.bytes(made.blocks[other]) == before[other], "bit \(bit) of another block")
        }
      }
      transaction.abort()
    }
    #expect(damaged > 1000 && refused > 100 && done > 1000)
  }

  @Test func offsetsThatNoBlockHasAreRefused() throws {
    let made = try Made()
    let transaction = try made.rvm.begin()
    for offset in [Int.min, .min + 15, -1, 0, 16, 335, RVM.pageLength, Int.max - 15, .max] {
      var refusal: HeapError?
      do throws(HeapError) { try made.heap.free(offset, by: transaction) } catch { refusal = error }
      #expect(refusal == .notAllocated(offset: offset))
    }
    _ = try made.heap.check(reachable: made.blocks.map(\.lowerBound))
    transaction.abort()
  }
}
