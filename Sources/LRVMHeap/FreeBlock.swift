internal import LRVM

/// A free block whose links were checked against its neighbours in its list, and its end against its beginning.
struct FreeBlock {
  let offset: Int
  let header: BlockHeader
  /// In the list of its class; 0 for none.
  let next: Int
  let previous: Int

  var bin: Int { HeapLayout.bin(header.length) }
  var end: Int { offset + header.length }
}

/// Every link is checked before it is followed or changed: damage is an error that names the place, and never a store to a
/// block that somebody uses. Each check looks at few places, however large the heap is.
extension Heap {
  /// The free block at `offset`.
  ///
  /// - Throws: `.damaged` where none is, or where it and its list do not agree.
  func freeBlock(at offset: Int) throws(HeapError) -> FreeBlock {
    guard let header = header(at: offset), !header.isInUse,
      region.load(Int.self, at: offset + header.length - 8) == header.length
    else { throw damaged("no free block lies at \(offset)") }
    let bin = HeapLayout.bin(header.length)
    let next = region.load(Int.self, at: offset + HeapLayout.nextOffset)
    let previous = region.load(Int.self, at: offset + HeapLayout.previousOffset)
    let isLinkedBefore =
      previous == 0
      ? region.load(Int.self, at: HeapLayout.binOffset(bin)) == offset
      : isFree(previous, in: bin)
        && region.load(Int.self, at: previous + HeapLayout.nextOffset) == offset
    let isLinkedAfter =
      next == 0
      || isFree(next, in: bin) && region.load(Int.self, at: next + HeapLayout.previousOffset) == offset
    guard isLinkedBefore, isLinkedAfter else {
      throw damaged("the free block at \(offset) is not in the list of its class, \(bin), as it says")
    }
    return FreeBlock(offset: offset, header: header, next: next, previous: previous)
  }

  /// The first free block of a class; 0 for none.
  func firstFree(_ bin: Int) throws(HeapError) -> Int {
    let first = region.load(Int.self, at: HeapLayout.binOffset(bin))
    guard
      first == 0
        || isFree(first, in: bin) && region.load(Int.self, at: first + HeapLayout.previousOffset) == 0
    else { throw damaged("the list of free blocks of class \(bin) begins at \(first)") }
    return first
  }

  private func isFree(_ offset: Int, in bin: Int) -> Bool {
    guard let header = header(at: offset) else { return false }
    return !header.isInUse && HeapLayout.bin(header.length) == bin
  }

  /// The header of the block that begins where another one ends; nil at the heap's end.
  func header(behind offset: Int) throws(HeapError) -> BlockHeader? {
    if offset == length { return nil }
    guard let header = header(at: offset) else { throw damaged("no block begins at \(offset)") }
    return header
  }

  /// The free block before one that says that there is one.
  func freeBlock(before offset: Int) throws(HeapError) -> FreeBlock {
    let previousLength = region.load(Int.self, at: offset - 8)
    guard previousLength >= HeapLayout.blockLengthMin,
      previousLength <= offset - HeapLayout.blocksOffset
    else { throw damaged("the block before \(offset) is not free, as that one says") }
    let previous = try freeBlock(at: offset - previousLength)
    guard previous.end == offset else {
      throw damaged("the free block at \(previous.offset) does not end at \(offset)")
    }
    return previous
  }
}
