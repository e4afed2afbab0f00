/// Checking a heap: every block, and who still knows the blocks in use.
extension Heap {
  /// What `check` found in use.
  public struct Census: Hashable, Sendable {
    /// Where allocated memory begins, in the region, in order.
    public var allocated: [Int] = []
    /// Allocated memory that the application did not name, in order: nothing leads there, so nobody will free it.
    public var leaked: [Int] = []
    /// What the application named although it is not allocated, in order: it was freed too early, or twice.
    public var dangling: [Int] = []

    public var isClean: Bool { leaked.isEmpty && dangling.isEmpty }
  }

  /// Goes through the whole heap, and holds what the region says against what this process knows.
  ///
  /// No transaction may be open that allocates or frees in it.
  /// - Parameter reachable: where all memory begins that the application can still reach; those are held against the
  ///   blocks in use. Nil to check the heap alone.
  /// - Throws: `.damaged` where the heap contradicts itself.
  public func check(reachable: [Int]? = nil) throws(HeapError) -> Census {
    let stored = HeapTables(try state.storedPages()).pages
    let known = state.withTables { $0.pages }
    var census = Census()
    for (page, (one, other)) in zip(stored, known).enumerated() {
      guard one.use == other.use, one.taken == other.taken else {
        throw .damaged(segment: region.segment, reason: "the bits of page \(page) changed by themselves")
      }
      for bit in 0..<256 where one.taken[bit] {
        census.allocated.append(offset(of: HeapTables.Block(page: page, bit: bit)))
      }
    }
    if let reachable {
      let named = Set(reachable)
      let allocated = Set(census.allocated)
      census.leaked = census.allocated.filter { !named.contains($0) }
      census.dangling = named.filter { !allocated.contains($0) }.sorted()
    }
    return census
  }
}
