public import LRVM
@_exported public import RecoverableHeap

/// A structure that is generic in its heap runs on this one, and on that of another engine.
extension Heap: RecoverableHeap {
  public typealias Failure = HeapError

  public func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    region.load(type, at: offset)
  }

  public func store<Value: BitwiseCopyable>(
    _ value: Value, at offset: Int, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try HeapWriter(region).store(value, at: offset, by: transaction)
  }

  public func store(
    _ bytes: RawSpan, at offset: Int, by transaction: borrowing Transaction
  ) throws(HeapError) {
    do { try transaction.modify(region, at: offset, with: bytes) } catch { throw .rvm(error) }
  }
}
