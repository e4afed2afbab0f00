/// What the engine knows of the transaction that is open in one of the log's slots.
struct Slot: BitwiseCopyable {
  /// Counts the slot's transactions.
  var generation: UInt64 = 0
  /// The newest record; 0 for none.
  var head = 0
  /// How many records there are.
  var recordCount = 0
  /// Where the next record goes, and where its chunk ends.
  var cursor = 0
  var chunkEnd = 0
  /// The newest of the chunks that the transaction took beside its slot's own; -1 for none.
  var extraChunk: Int32 = -1
  /// The segments in which it declared ranges, allocated or freed, as bits.
  var segments: UInt64 = 0
  /// Whether it allocated or freed, and whether it freed.
  var hasHeapRecords = false
  var hasReleases = false
  /// Whether it changed the root of a heap.
  var hasRootClaims = false
}

/// The slots, in memory of their own: each belongs to the thread whose transaction is open there, so that exclusive access
/// need not be checked.
@safe final class SlotTable: @unchecked Sendable {
  private let slots: UnsafeMutablePointer<Slot>

  init() {
    unsafe slots = .allocate(capacity: LogLayout.slotCount)
    unsafe slots.initialize(repeating: Slot(), count: LogLayout.slotCount)
  }

  deinit { unsafe slots.deallocate() }

  subscript(number: Int) -> Slot {
    @inline(__always) get { unsafe slots[number] }
    @inline(__always) _modify { yield unsafe &slots[number] }
  }
}
