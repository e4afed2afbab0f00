import RecoverableHeap

/// A hash table in recoverable memory: chains of nodes in buckets, twice as many buckets when they become long.
///
/// Every change is part of the caller's transaction; what is found again after a crash is the table after the last
/// transaction that lasted. It is generic in the heap, and so in the engine that keeps it.
struct HashTable<Value: BitwiseCopyable, Heap: RecoverableHeap> {
  private struct Header: BitwiseCopyable {
    var buckets: PersistentPointer<PersistentPointer<Node>>
    var bucketCount: Int
    var count: Int
  }

  private struct Node: BitwiseCopyable {
    var next: PersistentPointer<Node>
    var key: UInt64
    var value: Value
  }

  private let heap: Heap
  private let header: PersistentPointer<Header>
  /// Where the table is in the heap: for the heap's root, or for a field of something else there.
  var offset: UInt64 { header.offset }

  /// Makes an empty table.
  init(in heap: Heap, buckets: Int = 4, by transaction: borrowing Heap.Transaction) throws {
    self.heap = heap
    let first = try Self.emptyBuckets(heap, buckets, transaction)
    header = try heap.allocate(Header(buckets: first, bucketCount: buckets, count: 0), by: transaction)
  }

  /// Finds a table again.
  init(in heap: Heap, at offset: UInt64) {
    self.heap = heap
    header = PersistentPointer(offset: offset)
  }

  var count: Int { heap.load(header).count }

  subscript(key: UInt64) -> Value? {
    var node = heap.load(bucket(of: key, heap.load(header)))
    while !node.isNull {
      let found = heap.load(node)
      if found.key == key { return found.value }
      node = found.next
    }
    return nil
  }

  func insert(_ value: Value, for key: UInt64, by transaction: borrowing Heap.Transaction) throws {
    var head = heap.load(header)
    var node = heap.load(bucket(of: key, head))
    while !node.isNull {
      if heap.load(node.field(\.key)) == key {
        return try heap.store(value, at: node.field(\.value), by: transaction)
      }
      node = heap.load(node.field(\.next))
    }
    if head.count == 2 * head.bucketCount { head = try grow(head, transaction) }
    let bucket = bucket(of: key, head)
    let first = try heap.allocate(Node(next: heap.load(bucket), key: key, value: value), by: transaction)
    try heap.store(first, at: bucket, by: transaction)
    try heap.store(head.count + 1, at: header.field(\.count), by: transaction)
  }

  /// Removes a key and frees its node; false where it is not there.
  @discardableResult
  func remove(_ key: UInt64, by transaction: borrowing Heap.Transaction) throws -> Bool {
    let head = heap.load(header)
    var place = bucket(of: key, head)
    while true {
      let node = heap.load(place)
      if node.isNull { return false }
      let found = heap.load(node)
      if found.key == key {
        try heap.store(found.next, at: place, by: transaction)
        try heap.free(node, by: transaction)
        try heap.store(head.count - 1, at: header.field(\.count), by: transaction)
        return true
      }
      place = node.field(\.next)
    }
  }

  /// Where the memory begins that the table has: for `Heap.check(reachable:)`.
  var allocations: [Int] {
    let head = heap.load(header)
    var places = [Int(header.offset), Int(head.buckets.offset)]
    for index in 0..<head.bucketCount {
      var node = heap.load(head.buckets.advanced(by: index))
      while !node.isNull {
        places.append(Int(node.offset))
        node = heap.load(node.field(\.next))
      }
    }
    return places
  }

  private func bucket(of key: UInt64, _ head: Header) -> PersistentPointer<PersistentPointer<Node>> {
    let hash = key &* 0x9E37_79B9_7F4A_7C15
    return head.buckets.advanced(by: Int((hash >> 32) % UInt64(head.bucketCount)))
  }

  private static func emptyBuckets(
    _ heap: Heap, _ count: Int, _ transaction: borrowing Heap.Transaction
  ) throws -> PersistentPointer<PersistentPointer<Node>> {
    let buckets = try heap.allocateArray(of: PersistentPointer<Node>.self, count: count, by: transaction)
    for index in 0..<count { try heap.store(.null, at: buckets.advanced(by: index), by: transaction) }
    return buckets
  }

  /// Hangs every node into one of twice as many buckets.
  private func grow(_ old: Header, _ transaction: borrowing Heap.Transaction) throws -> Header {
    var new = old
    new.bucketCount *= 2
    new.buckets = try Self.emptyBuckets(heap, new.bucketCount, transaction)
    for index in 0..<old.bucketCount {
      var node = heap.load(old.buckets.advanced(by: index))
      while !node.isNull {
        let next = heap.load(node.field(\.next))
        let bucket = bucket(of: heap.load(node.field(\.key)), new)
        try heap.store(heap.load(bucket), at: node.field(\.next), by: transaction)
        try heap.store(node, at: bucket, by: transaction)
        node = next
      }
    }
    try heap.free(old.buckets, by: transaction)
    try heap.store(new, at: header, by: transaction)
    return new
  }
}
