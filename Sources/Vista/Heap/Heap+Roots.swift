public import RecoverableHeap

/// Roots: where to begin to look after the heap was opened, by keys of the application's choice (`vista_set_key`,
/// `vista_get_key`).
extension Heap {
  /// The root of a key; nil where it has none.
  public func root<Value>(
    _ key: UInt64, as type: Value.Type = Value.self
  ) -> PersistentPointer<Value>? {
    index(of: key).map { PersistentPointer(offset: value($0)) }
  }

  /// Gives a key its root, or another one; part of the transaction.
  ///
  /// - Parameter root: not null.
  /// - Throws: `.keyTaken`, `.rootTableFull`, `.invalidArgument`, `.vista`.
  public func setRoot<Value>(
    _ root: PersistentPointer<Value>, for key: UInt64, by transaction: borrowing Transaction
  ) throws(HeapError) {
    guard !root.isNull, root.offset < UInt64(region.length) else {
      throw .invalidArgument("the root of key \(key) cannot be at offset \(root.offset)")
    }
    if let index = index(of: key) {
      guard claim(index, transaction) else { throw .keyTaken(key: key) }
      return try store(root.offset, at: place(index) + 8, by: transaction)
    }
    // A root that an open transaction removed is its own until it ends.
    guard let index = (0..<HeapLayout.rootCount).first(where: { value($0) == 0 && claim($0, transaction) })
    else {
      throw .rootTableFull(max: HeapLayout.rootCount)
    }
    try store(key, at: place(index), by: transaction)
    try store(root.offset, at: place(index) + 8, by: transaction)
  }

  /// Takes a key's root away; part of the transaction. Nothing happens where it has none.
  ///
  /// - Throws: `.keyTaken`, `.vista`.
  public func removeRoot(for key: UInt64, by transaction: borrowing Transaction) throws(HeapError) {
    guard let index = index(of: key) else { return }
    guard claim(index, transaction) else { throw .keyTaken(key: key) }
    try store(UInt64(0), at: place(index) + 8, by: transaction)
  }

  private func place(_ index: Int) -> Int { HeapLayout.rootsOffset + index * HeapLayout.rootLength }

  private func value(_ index: Int) -> UInt64 { region.load(UInt64.self, at: place(index) + 8) }

  private func index(of key: UInt64) -> Int? {
    (0..<HeapLayout.rootCount).first { value($0) != 0 && region.load(UInt64.self, at: place($0)) == key }
  }

  private func claim(_ index: Int, _ transaction: borrowing Transaction) -> Bool {
    transaction.claimRoot(index, of: state)
  }
}
