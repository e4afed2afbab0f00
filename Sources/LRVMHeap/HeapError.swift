public import LRVM

/// Why a call on a heap failed. The transaction goes on, and should be aborted where it has changed something already.
public enum HeapError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The recoverable memory refused.
  case rvm(RVMError)
  /// No free block is large enough.
  case full(length: Int, alignment: Int, bytesFree: Int)
  /// No block that is in use begins there: it was freed before, or was never allocated.
  case notAllocated(offset: Int)
  /// The region holds no heap, or one of another version.
  case notAHeap(segment: String, reason: String)
  /// What the heap holds contradicts itself.
  case damaged(segment: String, reason: String)
  /// A length, an alignment or a pointer cannot be used.
  case invalidArgument(String)

  public var description: String {
    switch self {
    case .rvm(let error): "\(error)"
    case .full(let length, let alignment, let bytesFree):
      "no free block holds \(length) bytes aligned to \(alignment): \(bytesFree) bytes are free in all; "
        + "free something, or make a larger segment"
    case .notAllocated(let offset):
      "no block in use begins at offset \(offset): it was freed before, or never allocated"
    case .notAHeap(let segment, let reason):
      "the region of segment '\(segment)' holds no heap: \(reason); make one with Heap.create"
    case .damaged(let segment, let reason):
      "the heap in segment '\(segment)' is damaged: \(reason); look for stores outside of allocated blocks"
    case .invalidArgument(let reason): reason
    }
  }
}
