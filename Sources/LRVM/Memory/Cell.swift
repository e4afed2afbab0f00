/// A value in memory of its own, which a class changes without the checks of exclusive access at run time.
///
/// For what one lock guards, or one thread owns: there the checks find nothing, and cost more than the work between them.
///
/// Who has one may do nothing with it but what is marked as unsafe.
@safe struct Cell<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let place: UnsafeMutablePointer<Value>

  init(_ value: consuming Value) {
    unsafe place = .allocate(capacity: 1)
    unsafe place.initialize(to: value)
  }

  deinit {
    unsafe place.deinitialize(count: 1)
    unsafe place.deallocate()
  }

  /// - Safety: no two accesses overlap, of which one is a change.
  @unsafe var value: Value {
    @inline(__always) _read { yield unsafe place.pointee }
    @inline(__always) nonmutating _modify { yield unsafe &place.pointee }
  }
}
