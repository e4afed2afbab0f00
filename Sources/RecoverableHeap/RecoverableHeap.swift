/// A heap in recoverable memory: what a structure needs of one, whichever engine keeps it.
///
/// A structure that is generic in its heap runs on LRVM and on Vista, each a type. Memory is named by where it begins in
/// the heap's region (`PersistentPointer`), so it may be mapped anywhere; every change is part of a transaction.
public protocol RecoverableHeap {
  /// What changes are part of.
  associatedtype Transaction: ~Copyable
  /// Why a call failed.
  associatedtype Failure: Error

  /// Allocates memory; its bytes have no particular value.
  ///
  /// - Parameters:
  ///   - length: in bytes, not negative.
  ///   - alignment: from the beginning of the region, in bytes, a power of 2 to 4096.
  /// - Returns: where it begins, in the region.
  func allocate(_ length: Int, alignment: Int, by transaction: borrowing Transaction) throws(Failure) -> Int

  /// Frees what was allocated at `offset`.
  func free(_ offset: Int, by transaction: borrowing Transaction) throws(Failure)

  /// The value at `offset`, which must lie inside the region.
  func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value

  /// Declares and writes a value.
  func store<Value: BitwiseCopyable>(
    _ value: Value, at offset: Int, by transaction: borrowing Transaction) throws(Failure)

  /// Declares and writes bytes.
  func store(_ bytes: RawSpan, at offset: Int, by transaction: borrowing Transaction) throws(Failure)
}

extension RecoverableHeap {
  /// Allocates memory, aligned to 16 bytes.
  public func allocate(_ length: Int, by transaction: borrowing Transaction) throws(Failure) -> Int {
    try allocate(length, alignment: 16, by: transaction)
  }

  /// Allocates room for a value and writes it there.
  public func allocate<Value: BitwiseCopyable>(
    _ value: Value, by transaction: borrowing Transaction
  ) throws(Failure) -> PersistentPointer<Value> {
    let pointer = try allocateArray(of: Value.self, count: 1, by: transaction)
    try store(value, at: pointer, by: transaction)
    return pointer
  }

  /// Allocates room for `count` values, one after the other (`PersistentPointer.advanced(by:)`); their bytes have no
  /// particular value. Traps where no number can say how long that is.
  public func allocateArray<Value: BitwiseCopyable>(
    of type: Value.Type, count: Int, by transaction: borrowing Transaction
  ) throws(Failure) -> PersistentPointer<Value> {
    let offset = try allocate(
      count * MemoryLayout<Value>.stride, alignment: max(16, MemoryLayout<Value>.alignment), by: transaction)
    return PersistentPointer(offset: UInt64(offset))
  }

  /// The value at `pointer`, which must not be null.
  public func load<Value: BitwiseCopyable>(_ pointer: PersistentPointer<Value>) -> Value {
    load(Value.self, at: place(pointer))
  }

  /// Declares and writes a value.
  public func store<Value: BitwiseCopyable>(
    _ value: Value, at pointer: PersistentPointer<Value>, by transaction: borrowing Transaction
  ) throws(Failure) {
    try store(value, at: place(pointer), by: transaction)
  }

  /// Frees what a pointer points to.
  public func free<Value>(
    _ pointer: PersistentPointer<Value>, by transaction: borrowing Transaction
  ) throws(Failure) {
    // Of a pointer that leads nowhere, too, the heap says that nothing is allocated there.
    try free(Int(truncatingIfNeeded: pointer.offset), by: transaction)
  }

  private func place<Value>(_ pointer: PersistentPointer<Value>) -> Int {
    guard !pointer.isNull, pointer.offset <= UInt64(Int.max) else {
      fatalError("a pointer to offset \(pointer.offset) was followed")
    }
    return Int(pointer.offset)
  }
}
