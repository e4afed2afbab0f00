import LRVM
import LRVMHeap
import TortureCore

/// The hash table under torture: a key is the number of a segment and of a block of 32 bytes in it. A block of zeros has
/// no entry, so that entries come and go.
final class HashTableStore: HeapStore {
  private struct Block: BitwiseCopyable, Equatable {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    static let length = 32

    static func == (left: Block, right: Block) -> Bool { left.words == right.words }

    init() {}

    init(_ bytes: ArraySlice<UInt8>) {
      withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }
  }

  private var table: HashTable<Block, Heap> { HashTable(in: heap, at: heap.root(as: UInt8.self).offset) }

  override class func make(
    in heap: Heap, for scenario: Scenario, by transaction: borrowing Transaction
  ) throws {
    let table = try HashTable<Block, Heap>(in: heap, by: transaction)
    try heap.setRoot(PersistentPointer<UInt8>(offset: table.offset), by: transaction)
  }

  override var allocations: [Int] { table.allocations }

  private func key(_ segment: Int, _ block: Int) -> UInt64 { UInt64(segment) << 32 | UInt64(block) }

  override func write(
    _ bytes: [UInt8], segment: Int, offset: Int, by transaction: borrowing Transaction
  ) throws {
    let blocks = offset / Block.length...(offset + bytes.count - 1) / Block.length
    for block in blocks {
      let start = block * Block.length
      var changed = (table[key(segment, block)] ?? Block()).bytes
      for place in max(start, offset)..<min(start + Block.length, offset + bytes.count) {
        changed[place - start] = bytes[place - offset]
      }
      let value = Block(changed[...])
      if value == Block() {
        try table.remove(key(segment, block), by: transaction)
      } else {
        try table.insert(value, for: key(segment, block), by: transaction)
      }
    }
  }

  override func bytes(of segment: Int) -> [UInt8] {
    (0..<segments[segment].length / Block.length).flatMap { (table[key(segment, $0)] ?? Block()).bytes }
  }
}
