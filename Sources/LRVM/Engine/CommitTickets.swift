import Synchronization
import Threads

/// What the lanes have in common: the order of their commits, and how much they have spooled together.
///
/// A commit that changes something takes a *ticket*, numbered 1, 2, 3, … over all lanes, with room for its record. It does so while it
/// has its lane, and has the record in the lane's spool before it lets go: so whoever has all lanes finds the records of all tickets
/// there are. Commits of one lane, and those that an application does one after the other, have tickets in their order.
final class CommitTickets: Sendable {
  /// The tickets up to this one are in batches. Changed with the engine's `state` and all lanes.
  private let batched = Atomic<UInt64>(0)
  /// What is spooled: how many tickets were taken since, and the lengths of their records together, but for what was left out. One
  /// value, so that a commit changes what all share once.
  private let spooled = Atomic<UInt64>(0)
  /// A batch never exceeds the log.
  private let batchBytesMax: Int
  /// What a scheduler knows these values by.
  private let scheduled: Scheduled?

  private struct Scheduled {
    let scheduler: any ThreadScheduler
    let value: Int
  }

  private static let lengthBits: UInt64 = 40
  private static let lengthMask: UInt64 = 1 << lengthBits - 1
  private static let countMax: UInt64 = 1 << (64 - lengthBits) - 1

  init(batchBytesMax: Int, _ scheduler: (any ThreadScheduler)?) {
    // A batch is never longer than this, whatever log it could fill.
    self.batchBytesMax = min(batchBytesMax, Int(Self.lengthMask))
    scheduled = scheduler.map { Scheduled(scheduler: $0, value: $0.makeLock("commit order")) }
  }

  /// The newest ticket. With the engine's `state` or a lane.
  var newest: UInt64 {
    let newest = batched.load(ordering: .relaxed) + spooled.load(ordering: .acquiring) >> Self.lengthBits
    noteAccess(learning: newest)
    return newest
  }

  var spooledBytes: Int {
    let length = spooled.load(ordering: .relaxed) & Self.lengthMask
    noteAccess(learning: length)
    return Int(length)
  }

  /// A ticket, and room for its record of `length` bytes; nil where that and what is spooled would exceed a batch, or `limit`. For a
  /// caller that has its lane.
  @inline(__always)
  func take(_ length: Int, limit: Int = .max) -> UInt64? {
    var present = spooled.load(ordering: .relaxed)
    while true {
      let count = present >> Self.lengthBits
      guard Int(present & Self.lengthMask) + length <= min(batchBytesMax, limit), count < Self.countMax else {
        noteAccess(learning: 0)
        return nil
      }
      let (exchanged, original) = spooled.weakCompareExchange(
        expected: present, desired: present + (1 << Self.lengthBits | UInt64(length)),
        ordering: .acquiringAndReleasing)
      if exchanged {
        let ticket = batched.load(ordering: .relaxed) + count + 1
        noteAccess(learning: ticket)
        return ticket
      }
      present = original
    }
  }

  /// Records of this many bytes were left out.
  func giveBack(_ length: Int) {
    spooled.wrappingSubtract(UInt64(length), ordering: .relaxed)
    noteAccess(learning: 0)
  }

  /// All spools are taken as a batch; the newest ticket, which is in it. For a caller that has `state` and all lanes.
  func takeBatch() -> UInt64 {
    let newest = batched.load(ordering: .relaxed) + spooled.load(ordering: .relaxed) >> Self.lengthBits
    batched.store(newest, ordering: .relaxed)
    spooled.store(0, ordering: .relaxed)
    noteAccess(learning: newest)
    return newest
  }

  @inline(__always)
  private func noteAccess(learning answer: UInt64) {
    guard let scheduled else { return }
    let content = [batched.load(ordering: .relaxed), spooled.load(ordering: .relaxed)]
    scheduled.scheduler.access(scheduled.value, content: content.hashValue, learning: Int(answer))
  }
}
