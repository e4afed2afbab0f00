public import LRVM
public import RecoverableHeap

/// Values of trivial types in the heap.
extension Heap {
  /// Allocates room for a value and writes it there.
  ///
  /// - Throws: as `allocate(_:alignment:by:)`.
  public func allocate<Value: BitwiseCopyable>(
    _ value: Value, by transaction: borrowing Transaction
  ) throws(HeapError) -> PersistentPointer<Value> {
    let pointer = try allocateArray(of: Value.self, count: 1, by: transaction)
    try store(value, at: pointer, by: transaction)
    return pointer
  }

  /// Allocates room for `count` values, one after the other (`PersistentPointer.advanced(by:)`); their bytes have no
  /// particular value.
  ///
  /// - Throws: as `allocate(_:alignment:by:)`.
  public func allocateArray<Value: BitwiseCopyable>(
    of type: Value.Type, count: Int, by transaction: borrowing Transaction
  ) throws(HeapError) -> PersistentPointer<Value> {
    let (length, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    guard count >= 0, !overflow else {
      throw .invalidArgument("cannot allocate \(count) values of \(MemoryLayout<Value>.stride) bytes")
    }
    let offset = try allocate(length, alignment: max(16, MemoryLayout<Value>.alignment), by: transaction)
    return PersistentPointer(offset: UInt64(offset))
  }

  /// The value at `pointer`, which must not be null and must lie inside the region.
  public func load<Value: BitwiseCopyable>(_ pointer: PersistentPointer<Value>) -> Value {
    region.load(Value.self, at: Int(checked(pointer)))
  }

  /// Declares and writes a value.
  ///
  /// - Throws: `.rvm`.
  public func store<Value: BitwiseCopyable>(
    _ value: Value, at pointer: PersistentPointer<Value>, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try HeapWriter(region).store(value, at: Int(checked(pointer)), by: transaction)
  }

  /// Frees what `allocate` or `allocateArray` returned.
  ///
  /// - Throws: as `free(_:by:)`.
  public func free<Value>(
    _ pointer: PersistentPointer<Value>, by transaction: borrowing Transaction
  ) throws(HeapError) {
    try free(Int(truncatingIfNeeded: pointer.offset), by: transaction)
  }

  private func checked<Value>(_ pointer: PersistentPointer<Value>) -> UInt64 {
    guard !pointer.isNull, pointer.offset < UInt64(length) else {
      fatalError("a pointer to offset \(pointer.offset) was followed in a heap of \(length) bytes")
    }
    return pointer.offset
  }
}
