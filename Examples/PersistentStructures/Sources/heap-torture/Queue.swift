import RecoverableHeap

/// A queue in recoverable memory: a list of elements, each bytes of any length in a block of its own.
///
/// Every change is part of the caller's transaction. It is generic in the heap, and so in the engine that keeps it.
struct Queue<Heap: RecoverableHeap> {
  private struct Header: BitwiseCopyable {
    var first: PersistentPointer<Element>
    var last: PersistentPointer<Element>
    var count: Int
  }

  /// The bytes follow it.
  private struct Element: BitwiseCopyable {
    var next: PersistentPointer<Element>
    var length: Int
  }

  private let heap: Heap
  private let header: PersistentPointer<Header>
  /// Where the queue is in the heap.
  var offset: UInt64 { header.offset }

  /// Makes an empty queue.
  init(in heap: Heap, by transaction: borrowing Heap.Transaction) throws {
    self.heap = heap
    header = try heap.allocate(Header(first: .null, last: .null, count: 0), by: transaction)
  }

  /// Finds a queue again.
  init(in heap: Heap, at offset: UInt64) {
    self.heap = heap
    header = PersistentPointer(offset: offset)
  }

  var count: Int { heap.load(header).count }

  func append(_ bytes: [UInt8], by transaction: borrowing Heap.Transaction) throws {
    var head = heap.load(header)
    let place = try heap.allocate(MemoryLayout<Element>.size + bytes.count, by: transaction)
    let element = PersistentPointer<Element>(offset: UInt64(place))
    try heap.store(Element(next: .null, length: bytes.count), at: element, by: transaction)
    try heap.store(bytes.span.bytes, at: place + MemoryLayout<Element>.size, by: transaction)
    if head.last.isNull {
      head.first = element
    } else {
      try heap.store(element, at: head.last.field(\.next), by: transaction)
    }
    head.last = element
    head.count += 1
    try heap.store(head, at: header, by: transaction)
  }

  /// Takes the oldest element and frees it; nil where the queue is empty.
  func popFirst(by transaction: borrowing Heap.Transaction) throws -> [UInt8]? {
    var head = heap.load(header)
    if head.first.isNull { return nil }
    let bytes = bytes(of: head.first)
    let next = heap.load(head.first).next
    try heap.free(head.first, by: transaction)
    head.first = next
    if next.isNull { head.last = .null }
    head.count -= 1
    try heap.store(head, at: header, by: transaction)
    return bytes
  }

  /// Oldest first.
  var elements: [[UInt8]] { places.map(bytes) }

  /// Where the memory begins that the queue has: for `Heap.check(reachable:)`.
  var allocations: [Int] { [Int(header.offset)] + places.map { Int($0.offset) } }

  private var places: [PersistentPointer<Element>] {
    var places: [PersistentPointer<Element>] = []
    var element = heap.load(header).first
    while !element.isNull {
      places.append(element)
      element = heap.load(element).next
    }
    return places
  }

  private func bytes(of element: PersistentPointer<Element>) -> [UInt8] {
    let start = Int(element.offset) + MemoryLayout<Element>.size
    return (start..<start + heap.load(element).length).map { heap.load(UInt8.self, at: $0) }
  }
}
