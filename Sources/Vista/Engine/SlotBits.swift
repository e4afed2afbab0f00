internal import Synchronization

/// Which slots are free, and whether the engine's owner has gone: one word, so that exactly one thread learns that it was the
/// last to use the engine.
struct SlotBits: ~Copyable, Sendable {
  private static let allFree: UInt64 = (1 << UInt64(LogLayout.slotCount)) - 1
  private static let orphaned: UInt64 = 1 << UInt64(LogLayout.slotCount)

  /// The free slots as bits from the lowest on; the one above them for an engine without an owner.
  private let word = Atomic<UInt64>(allFree)

  var openCount: Int { (~word.load(ordering: .relaxed) & Self.allFree).nonzeroBitCount }

  /// The slots in which transactions are open, as bits.
  var open: UInt64 { ~word.load(ordering: .acquiring) & Self.allFree }

  /// Takes a slot; nil where none is free.
  @inline(__always)
  func take() -> Int? {
    var free = word.load(ordering: .relaxed)
    while free != 0 {
      let slot = free.trailingZeroBitCount
      let (isTaken, seen) = word.compareExchange(
        expected: free, desired: free & (free - 1), ordering: .acquiring)
      if isTaken { return slot }
      free = seen
    }
    return nil
  }

  /// Gives a slot back.
  ///
  /// - Returns: whether nobody uses the engine any more. If not, another thread may have let it go by now.
  @inline(__always)
  func giveBack(_ slot: Int) -> Bool {
    word.bitwiseOr(1 << UInt64(slot), ordering: .acquiringAndReleasing).newValue == Self.allFree
      | Self.orphaned
  }

  /// The owner has gone.
  ///
  /// - Returns: whether nobody uses the engine any more.
  func orphan() -> Bool {
    word.bitwiseOr(Self.orphaned, ordering: .acquiringAndReleasing).newValue == Self.allFree | Self.orphaned
  }
}
