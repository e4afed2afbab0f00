internal import LRVM

/// Checking a heap: every block, every list, and who still knows the blocks in use.
extension Heap {
  /// What `check` found in use.
  public struct Census: Hashable, Sendable {
    /// Where the memory in use begins, in the region, in order.
    public var allocated: [Int] = []
    /// Memory in use that the application did not name, in order: nothing leads there, so nobody will free it.
    public var leaked: [Int] = []
    /// What the application named although it is not in use, in order: it was freed too early, or twice.
    public var dangling: [Int] = []
    /// The bytes of free blocks, and of the largest one.
    public var bytesFree = 0
    public var largestFree = 0

    public var isClean: Bool { leaked.isEmpty && dangling.isEmpty }
  }

  /// Goes through the whole heap and holds everything in it against everything else.
  ///
  /// - Parameter reachable: where all memory begins that the application can still reach; those are held against the
  ///   blocks in use. Nil to check the heap alone.
  /// - Throws: `.damaged` where the heap contradicts itself.
  public func check(reachable: [Int]? = nil) throws(HeapError) -> Census {
    var census = Census()
    var free: [Int: BlockHeader] = [:]
    var block = HeapLayout.blocksOffset
    var isPreviousInUse = true
    var bytesInUse = 0
    while block < length {
      guard let header = header(at: block) else { throw damaged("no block begins at \(block)") }
      guard header.isPreviousInUse == isPreviousInUse else {
        throw damaged("the block at \(block) is wrong about the one before it")
      }
      if header.isInUse {
        census.allocated.append(block + HeapLayout.blockHeaderLength)
        bytesInUse += header.length
      } else {
        guard isPreviousInUse else { throw damaged("two free blocks meet at \(block)") }
        guard region.load(Int.self, at: block + header.length - 8) == header.length else {
          throw damaged("the free block at \(block) ends with another length")
        }
        free[block] = header
        census.bytesFree += header.length
        census.largestFree = max(census.largestFree, header.length)
      }
      isPreviousInUse = header.isInUse
      block += header.length
    }
    guard block == length else { throw damaged("the last block ends at \(block), not at \(length)") }
    guard bytesInUse == self.bytesInUse, census.allocated.count == blocksInUse else {
      throw damaged(
        "\(census.allocated.count) blocks with \(bytesInUse) bytes are in use, it counts \(blocksInUse) with "
          + "\(self.bytesInUse)")
    }
    try checkLists(free)
    if let reachable {
      let named = Set(reachable)
      let allocated = Set(census.allocated)
      census.leaked = census.allocated.filter { !named.contains($0) }
      census.dangling = named.filter { !allocated.contains($0) }.sorted()
    }
    return census
  }

  /// Each free block is in the list of its class, once.
  private func checkLists(_ free: [Int: BlockHeader]) throws(HeapError) {
    var listed = 0
    for bin in 0..<HeapLayout.binCount {
      var previous = 0
      var block = region.load(Int.self, at: HeapLayout.binOffset(bin))
      while block != 0 {
        guard let header = free[block], HeapLayout.bin(header.length) == bin, listed < free.count,
          region.load(Int.self, at: block + 24) == previous
        else { throw damaged("the list of free blocks of class \(bin) leads to \(block)") }
        listed += 1
        previous = block
        block = region.load(Int.self, at: block + 16)
      }
    }
    guard listed == free.count else {
      throw damaged("\(free.count) blocks are free, \(listed) of them are in lists")
    }
  }
}
