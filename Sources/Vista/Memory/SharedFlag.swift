internal import Synchronization

/// A flag that threads read often and change seldom.
struct SharedFlag: ~Copyable, Sendable {
  private let bit: Atomic<Bool>

  init(_ value: Bool) { bit = Atomic(value) }

  var value: Bool {
    @inline(__always) get { bit.load(ordering: .relaxed) }
    nonmutating set { bit.store(newValue, ordering: .relaxed) }
  }
}
