/// The place of a value in a heap: an offset in the heap's region, so that it holds wherever the region is mapped next.
///
/// It is trivial, so it may be a field of other values in the heap, and a structure may point to its own kind. The
/// type says what `Heap.load` and `Heap.store` read and write there; nothing else remembers it.
public struct PersistentPointer<Value>: BitwiseCopyable, Hashable, Sendable {
  /// In the region, bytes; 0 for none.
  public var offset: UInt64

  public init(offset: UInt64) { self.offset = offset }

  /// The pointer to nothing.
  public static var null: Self { Self(offset: 0) }

  public var isNull: Bool { offset == 0 }

  /// The value that lies `count` values after this one, in an array.
  public func advanced(by count: Int) -> Self {
    Self(offset: UInt64(Int(offset) + count * MemoryLayout<Value>.stride))
  }

  /// A stored property of the value, to be loaded or stored alone.
  ///
  /// - Parameter field: a stored property; another one traps.
  public func field<Field>(_ field: KeyPath<Value, Field>) -> PersistentPointer<Field> {
    guard let distance = MemoryLayout<Value>.offset(of: field) else {
      fatalError("\(field) is no stored property, so it has no place in memory")
    }
    return PersistentPointer<Field>(offset: offset + UInt64(distance))
  }
}
