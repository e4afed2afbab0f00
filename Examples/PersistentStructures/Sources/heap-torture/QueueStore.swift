import LRVM
import LRVMHeap
import TortureCore

/// The queue under torture: each write is an element, and what the segments show is their base with all elements in
/// their order over it. Where there are more than a few, the oldest is taken off and written into the base.
final class QueueStore: HeapStore {
  private static let waitingMax = 6

  /// The heap's root.
  private struct Root: BitwiseCopyable {
    var queue: UInt64
    var base: PersistentPointer<UInt8>
  }

  private var root: Root { heap.load(heap.root(as: Root.self)) }
  private var queue: Queue<Heap> { Queue(in: heap, at: root.queue) }

  override class func make(
    in heap: Heap, for scenario: Scenario, by transaction: borrowing Transaction
  ) throws {
    let length = scenario.segments.reduce(0) { $0 + $1.length }
    let base = try heap.allocateArray(of: UInt8.self, count: length, by: transaction)
    try transaction.modify(
      heap.region, at: Int(base.offset), with: [UInt8](repeating: 0, count: length).span.bytes)
    let queue = try Queue(in: heap, by: transaction)
    let root = try heap.allocate(Root(queue: queue.offset, base: base), by: transaction)
    try heap.setRoot(root, by: transaction)
  }

  override var allocations: [Int] {
    queue.allocations + [Int(root.base.offset), Int(heap.root(as: Root.self).offset)]
  }

  override func write(
    _ bytes: [UInt8], segment: Int, offset: Int, by transaction: borrowing Transaction
  ) throws {
    let place = segments[..<segment].reduce(offset) { $0 + $1.length }
    try queue.append(withUnsafeBytes(of: place.littleEndian) { Array($0) } + bytes, by: transaction)
    guard queue.count > Self.waitingMax, let oldest = try queue.popFirst(by: transaction) else { return }
    let (start, values) = Self.parts(oldest)
    try transaction.modify(heap.region, at: Int(root.base.offset) + start, with: values.span.bytes)
  }

  /// An element's place among all segments' bytes, and its values.
  private static func parts(_ element: [UInt8]) -> (Int, [UInt8]) {
    (element.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }, Array(element.dropFirst(8)))
  }

  override func bytes(of segment: Int) -> [UInt8] {
    let start = segments[..<segment].reduce(0) { $0 + $1.length }
    var bytes = (0..<segments[segment].length).map {
      heap.load(root.base.advanced(by: start + $0))
    }
    for (place, values) in queue.elements.map(Self.parts) {
      for (index, value) in values.enumerated() where bytes.indices.contains(place + index - start) {
        bytes[place + index - start] = value
      }
    }
    return bytes
  }
}
