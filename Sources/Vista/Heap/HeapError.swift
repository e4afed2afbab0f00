/// Why a call on a heap failed. The transaction goes on, and should be aborted where it has changed something already.
public enum HeapError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The recoverable memory refused.
  case vista(VistaError)
  /// No free memory is large enough.
  case full(length: Int, alignment: Int, bytesFree: Int)
  /// Nothing that is allocated begins there: it was freed before, was never allocated, or is another open transaction's.
  case notAllocated(offset: Int)
  /// The region holds no heap, or one of another version.
  case notAHeap(segment: String, reason: String)
  /// The region holds a heap already.
  case alreadyAHeap(segment: String)
  /// What the heap holds contradicts itself.
  case damaged(segment: String, reason: String)
  /// A length, an alignment or an offset cannot be used.
  case invalidArgument(String)
  /// Another open transaction has changed the root with this key.
  case keyTaken(key: UInt64)
  /// As many keys have roots as a heap has room for.
  case rootTableFull(max: Int)

  public var description: String {
    switch self {
    case .vista(let error): "\(error)"
    case .full(let length, let alignment, let bytesFree):
      "no free memory holds \(length) bytes aligned to \(alignment): \(bytesFree) bytes are free in all; "
        + "free something, or make a larger segment"
    case .notAllocated(let offset):
      "nothing that is allocated begins at offset \(offset): it was freed before, never allocated, or is another open "
        + "transaction's"
    case .notAHeap(let segment, let reason):
      "the region of segment '\(segment)' holds no heap: \(reason); make one with Heap.create"
    case .alreadyAHeap(let segment):
      "the region of segment '\(segment)' holds a heap already: open it, or use another segment"
    case .damaged(let segment, let reason):
      "the heap in segment '\(segment)' is damaged: \(reason); look for stores outside of allocated memory"
    case .invalidArgument(let reason): reason
    case .keyTaken(let key):
      "another open transaction has changed the root of key \(key): wait for its end"
    case .rootTableFull(let max): "\(max) keys have roots, and a heap has room for no more: remove one"
    }
  }
}
