public import LRVM
public import RecoverableHeap

/// A heap in a region: memory that is allocated and freed in transactions, and found again after a crash.
///
/// All that it knows is in the region, so an abort takes back allocations and frees with everything else, and after a
/// crash the heap is the one after the last commit that lasted. Free blocks are kept in lists by size; a block that is
/// freed is joined with free neighbours at once.
///
/// A place is an offset from the region's beginning (`PersistentPointer`): the region may be mapped anywhere. Begin to
/// look from the root.
///
/// Threading: transactions that allocate or free must not be open at the same time, since all of them change the
/// heap's own lists; that is for the application to see to, as with any bytes. A transaction that began with `.noRestore`
/// and aborts leaves the heap in memory as it was written: unmap the region and map it again.
public final class Heap: Sendable {
  /// The region that the heap fills.
  public let region: Region
  let length: Int

  /// Makes an empty heap of a whole region. What the region held is lost.
  ///
  /// - Parameter transaction: durable with it.
  /// - Throws: `.invalidArgument` for a region that is too short; `.rvm`.
  public static func create(
    in region: Region, by transaction: borrowing Transaction
  ) throws(HeapError) {
    let length = region.length / HeapLayout.granule * HeapLayout.granule
    guard length >= HeapLayout.blocksOffset + HeapLayout.blockLengthMin else {
      throw .invalidArgument("a heap does not fit a region of \(region.length) bytes")
    }
    let writer = HeapWriter(region)
    for offset in stride(from: 0, to: HeapLayout.blocksOffset, by: 8) {
      try writer.store(UInt64(0), at: offset, by: transaction)
    }
    try writer.store(HeapLayout.magic, at: HeapLayout.magicOffset, by: transaction)
    try writer.store(HeapLayout.version, at: HeapLayout.versionOffset, by: transaction)
    try writer.store(length, at: HeapLayout.lengthOffset, by: transaction)
    try writer.makeFree(
      HeapLayout.blocksOffset, length: length - HeapLayout.blocksOffset, isPreviousInUse: true, first: 0,
      by: transaction)
  }

  /// Finds the heap in a region.
  ///
  /// - Throws: `.notAHeap`.
  public init(in region: Region) throws(HeapError) {
    guard region.load(UInt64.self, at: HeapLayout.magicOffset) == HeapLayout.magic else {
      throw .notAHeap(segment: region.segment, reason: "it does not begin as one")
    }
    let version = region.load(UInt64.self, at: HeapLayout.versionOffset)
    guard version == HeapLayout.version else {
      throw .notAHeap(segment: region.segment, reason: "its version is \(version), not \(HeapLayout.version)")
    }
    length = region.load(Int.self, at: HeapLayout.lengthOffset)
    guard length <= region.length, length % HeapLayout.granule == 0,
      length >= HeapLayout.blocksOffset + HeapLayout.blockLengthMin
    else {
      throw .notAHeap(
        segment: region.segment, reason: "it is \(length) bytes long, but the region has \(region.length)")
    }
    self.region = region
  }

  /// Bytes of blocks in use, their headers of 16 bytes included.
  public var bytesInUse: Int { region.load(Int.self, at: HeapLayout.bytesInUseOffset) }
  public var blocksInUse: Int { region.load(Int.self, at: HeapLayout.blocksInUseOffset) }
  /// Bytes of free blocks, as far as one of them all would go.
  public var bytesFree: Int { max(0, length - HeapLayout.blocksOffset &- bytesInUse) }

  /// Allocates memory; its bytes have no particular value.
  ///
  /// - Parameters:
  ///   - length: in bytes, not negative.
  ///   - alignment: from the beginning of the region, in bytes, a power of 2 to `RVM.pageLength`.
  /// - Returns: where it begins, in the region.
  /// - Throws: `.full`, `.invalidArgument`, `.damaged`, `.rvm`.
  public func allocate(
    _ length: Int, alignment: Int = 16, by transaction: borrowing Transaction
  ) throws(HeapError) -> Int {
    guard alignment > 0, alignment & (alignment - 1) == 0, alignment <= HeapLayout.alignmentMax else {
      throw .invalidArgument("an alignment is a power of 2 to \(HeapLayout.alignmentMax), not \(alignment)")
    }
    guard length >= 0, let wanted = HeapLayout.blockLength(length) else {
      throw .invalidArgument("cannot allocate \(length) bytes")
    }
    guard let (block, start) = try find(wanted, alignment: max(alignment, HeapLayout.granule)) else {
      throw .full(length: length, alignment: alignment, bytesFree: bytesFree)
    }
    let end = block.end
    let behind = try header(behind: end)
    let rest = end - start - wanted
    let taken = rest >= HeapLayout.blockLengthMin ? wanted : end - start
    let counts = try counts(addingBlocks: 1, bytes: taken)
    let writer = HeapWriter(region)
    try writer.unlink(block, by: transaction)
    let isPreviousInUse = start == block.offset ? block.header.isPreviousInUse : false
    if start > block.offset {
      try makeFree(
        block.offset, length: start - block.offset, isPreviousInUse: block.header.isPreviousInUse,
        by: transaction)
    }
    try writer.store(
      BlockHeader(length: taken, isInUse: true, isPreviousInUse: isPreviousInUse, at: start), at: start,
      by: transaction)
    if taken < end - start {
      try makeFree(start + taken, length: rest, isPreviousInUse: true, by: transaction)
    } else if let behind {
      try writer.setPreviousInUse(end, behind, true, by: transaction)
    }
    try store(counts, by: transaction)
    return start + HeapLayout.blockHeaderLength
  }

  /// Frees what was allocated at `offset`, and joins it with free neighbours.
  ///
  /// - Throws: `.notAllocated` where no block in use begins there, also for what was freed before; `.damaged`, before anything
  ///   is changed, where the heap around it contradicts itself; `.rvm`.
  public func free(_ offset: Int, by transaction: borrowing Transaction) throws(HeapError) {
    guard offset >= HeapLayout.blocksOffset, let header = header(at: offset - HeapLayout.blockHeaderLength),
      header.isInUse
    else { throw .notAllocated(offset: offset) }
    var block = offset - HeapLayout.blockHeaderLength
    var end = block + header.length
    var isPreviousInUse = header.isPreviousInUse
    var behind = try self.header(behind: end)
    var next: FreeBlock?
    if let free = behind, !free.isInUse {
      next = try freeBlock(at: end)
      end += free.length
      behind = try self.header(behind: end)
    }
    let previous = isPreviousInUse ? nil : try freeBlock(before: block)
    let counts = try counts(addingBlocks: -1, bytes: -header.length)
    _ = try firstFree(HeapLayout.bin(end - (previous?.offset ?? block)))
    let writer = HeapWriter(region)
    if let next { try writer.unlink(next, by: transaction) }
    if let previous {
      // Its links may have changed with the other's.
      try writer.unlink(freeBlock(at: previous.offset), by: transaction)
      // What was this block's header must not be taken for one again.
      try writer.store(UInt64(0), at: block + 8, by: transaction)
      block = previous.offset
      isPreviousInUse = previous.header.isPreviousInUse
    }
    try makeFree(block, length: end - block, isPreviousInUse: isPreviousInUse, by: transaction)
    if let behind { try writer.setPreviousInUse(end, behind, false, by: transaction) }
    try store(counts, by: transaction)
  }

  private func makeFree(
    _ block: Int, length: Int, isPreviousInUse: Bool, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try HeapWriter(region).makeFree(
      block, length: length, isPreviousInUse: isPreviousInUse, first: firstFree(HeapLayout.bin(length)),
      by: transaction)
  }

  /// Where to begin to look after the heap was opened; null in a new heap.
  public func root<Value>(as type: Value.Type = Value.self) -> PersistentPointer<Value> {
    PersistentPointer(offset: region.load(UInt64.self, at: HeapLayout.rootOffset))
  }

  /// Changes the root.
  public func setRoot<Value>(
    _ root: PersistentPointer<Value>, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try HeapWriter(region).store(root.offset, at: HeapLayout.rootOffset, by: transaction)
  }

  /// The first free block that holds `wanted` bytes whose payload is aligned, and where in it the block to be used begins.
  private func find(_ wanted: Int, alignment: Int) throws(HeapError) -> (block: FreeBlock, start: Int)? {
    for bin in HeapLayout.bin(wanted)..<HeapLayout.binCount {
      var offset = region.load(Int.self, at: HeapLayout.binOffset(bin))
      var steps = 0
      while offset != 0 {
        steps += 1
        let block = try freeBlock(at: offset)
        guard block.bin == bin, steps <= length / HeapLayout.blockLengthMin else {
          throw damaged("the list of free blocks of class \(bin) leads to \(offset)")
        }
        if let start = Self.place(offset, block.header.length, wanted, alignment) { return (block, start) }
        offset = block.next
      }
    }
    return nil
  }

  /// Where in a free block one of `wanted` bytes with an aligned payload begins: at its beginning, or so far behind it
  /// that what is left before is a block of its own.
  private static func place(_ block: Int, _ length: Int, _ wanted: Int, _ alignment: Int) -> Int? {
    var payload = block + HeapLayout.blockHeaderLength
    payload = (payload + alignment - 1) / alignment * alignment
    var start = payload - HeapLayout.blockHeaderLength
    while start != block && start - block < HeapLayout.blockLengthMin { start += alignment }
    return start + wanted <= block + length ? start : nil
  }

  /// The header of the block that begins at `offset`; nil where none does.
  func header(at offset: Int) -> BlockHeader? {
    guard offset >= HeapLayout.blocksOffset, offset % HeapLayout.granule == 0,
      offset <= length - HeapLayout.blockLengthMin
    else { return nil }
    let header = region.load(BlockHeader.self, at: offset)
    guard header.isHeader(at: offset), header.length >= HeapLayout.blockLengthMin,
      header.length <= length - offset
    else { return nil }
    return header
  }

  /// How many blocks and bytes are in use after a change.
  private func counts(addingBlocks blocks: Int, bytes: Int) throws(HeapError) -> (blocks: Int, bytes: Int) {
    let blocksMax = length / HeapLayout.blockLengthMin
    guard (0...blocksMax).contains(blocksInUse), (0...length).contains(bytesInUse),
      (0...blocksMax).contains(blocksInUse + blocks), (0...length).contains(bytesInUse + bytes)
    else { throw damaged("it counts \(blocksInUse) blocks with \(bytesInUse) bytes in use") }
    return (blocksInUse + blocks, bytesInUse + bytes)
  }

  private func store(
    _ counts: (blocks: Int, bytes: Int), by transaction: borrowing Transaction
  ) throws(HeapError) {
    let writer = HeapWriter(region)
    try writer.store(counts.blocks, at: HeapLayout.blocksInUseOffset, by: transaction)
    try writer.store(counts.bytes, at: HeapLayout.bytesInUseOffset, by: transaction)
  }

  func damaged(_ reason: String) -> HeapError { .damaged(segment: region.segment, reason: reason) }
}
