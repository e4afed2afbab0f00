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
  ///
  /// - Parameter first: the first of the list before.
  func makeFree(
    _ block: Int, length: Int, isPreviousInUse: Bool, first: Int, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try store(
      BlockHeader(length: length, isInUse: false, isPreviousInUse: isPreviousInUse, at: block), at: block,
      by: transaction)
    try store(first, at: block + HeapLayout.nextOffset, by: transaction)
    try store(0, at: block + HeapLayout.previousOffset, by: transaction)
    try store(length, at: block + length - 8, by: transaction)
    if first != 0 { try store(block, at: first + HeapLayout.previousOffset, by: transaction) }
    try store(block, at: HeapLayout.binOffset(HeapLayout.bin(length)), by: transaction)
  }

  /// Takes a free block out of its list.
  func unlink(_ block: FreeBlock, by transaction: borrowing Transaction) throws(HeapError) {
    let before =
      block.previous != 0 ? block.previous + HeapLayout.nextOffset : HeapLayout.binOffset(block.bin)
    try store(block.next, at: before, by: transaction)
    if block.next != 0 {
      try store(block.previous, at: block.next + HeapLayout.previousOffset, by: transaction)
    }
    // A free block that was joined with another is no block any more.
    try store(UInt64(0), at: block.offset + 8, by: transaction)
  }

  /// Tells the block at `block`, which has this header, of the one before it.
  func setPreviousInUse(
    _ block: Int, _ header: BlockHeader, _ isPreviousInUse: Bool, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try store(
      BlockHeader(
        length: header.length, isInUse: header.isInUse, isPreviousInUse: isPreviousInUse, at: block),
      at: block, by: transaction)
  }
}
