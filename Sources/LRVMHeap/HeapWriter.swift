internal import LRVM

/// Changes to a heap's own bytes, each declared to the transaction.
struct HeapWriter {
  private let region: Region

  init(_ region: Region) { self.region = region }

  func store<Value: BitwiseCopyable>(
    _ value: Value, at offset: Int, by transaction: borrowing Transaction
  ) throws(HeapError) {
    do { try transaction.store(value, in: region, at: offset) } catch { throw .rvm(error) }
  }

  /// Makes a free block, the first of its list.
  func makeFree(
    _ block: Int, length: Int, isPreviousInUse: Bool, by transaction: borrowing Transaction
  ) throws(HeapError) {
    let bin = HeapLayout.binOffset(HeapLayout.bin(length))
    let next = region.load(Int.self, at: bin)
    try store(
      BlockHeader(length: length, isInUse: false, isPreviousInUse: isPreviousInUse, at: block), at: block,
      by: transaction)
    try store(next, at: block + 16, by: transaction)
    try store(0, at: block + 24, by: transaction)
    try store(length, at: block + length - 8, by: transaction)
    if next != 0 { try store(block, at: next + 24, by: transaction) }
    try store(block, at: bin, by: transaction)
  }

  /// Takes a free block out of its list.
  func unlink(
    _ block: Int, _ header: BlockHeader, by transaction: borrowing Transaction
  ) throws(HeapError) {
    let next = region.load(Int.self, at: block + 16)
    let previous = region.load(Int.self, at: block + 24)
    let before = previous != 0 ? previous + 16 : HeapLayout.binOffset(HeapLayout.bin(header.length))
    try store(next, at: before, by: transaction)
    if next != 0 { try store(previous, at: next + 24, by: transaction) }
    // A free block that was joined with another is no block any more.
    try store(UInt64(0), at: block + 8, by: transaction)
  }

  func setPreviousInUse(
    _ block: Int, _ isPreviousInUse: Bool, by transaction: borrowing Transaction
  ) throws(HeapError) {
    let header = region.load(BlockHeader.self, at: block)
    try store(
      BlockHeader(
        length: header.length, isInUse: header.isInUse, isPreviousInUse: isPreviousInUse, at: block),
      at: block, by: transaction)
  }
}
