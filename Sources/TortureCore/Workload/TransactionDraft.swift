/// A transaction being planned: the images as it will see them, what it writes, and the objects that it claims.
///
/// The images start as the committed ones. A transaction claims every object that its plan depends on before it
/// writes it, and no two open transactions hold the same bytes; so what one reads stays as it was until it ends,
/// whichever of them commits first.
package struct TransactionDraft {
  /// Bytes of a segment that a transaction holds until it ends.
  struct Claim: Hashable {
    var segment: Int
    var range: Range<Int>
  }

  private(set) var images: [[UInt8]]
  private(set) var writes: [WorkloadWrite] = []
  private(set) var claims: [Claim] = []
  private(set) var budget: TransactionBudget
  /// What other open transactions hold.
  private let taken: [Claim]
  /// The writes of the last commit without flush, where nothing was flushed since.
  let spooled: [WorkloadWrite]

  init(
    images: [[UInt8]], budget: TransactionBudget, taken: [Claim] = [], spooled: [WorkloadWrite] = []
  ) {
    self.images = images
    self.budget = budget
    self.taken = taken
    self.spooled = spooled
  }

  /// Claims bytes of a segment; false where another transaction holds some of them.
  mutating func claim(_ segment: Int, _ range: Range<Int>) -> Bool {
    guard !taken.contains(where: { $0.segment == segment && $0.range.overlaps(range) }) else { return false }
    claims.append(Claim(segment: segment, range: range))
    return true
  }

  /// Stages a write to bytes that the transaction has claimed; false where the log has no room for it.
  mutating func write(_ segment: Int, at offset: Int, _ bytes: [UInt8]) -> Bool {
    guard budget.pay(range: bytes.count) else { return false }
    let write = WorkloadWrite(segment: segment, offset: offset, bytes: bytes)
    images[segment].replaceSubrange(write.range, with: bytes)
    writes.append(write)
    return true
  }

  /// Stages what `body` does, or nothing of it where it returns false.
  mutating func attempt(_ body: (inout TransactionDraft) -> Bool) -> Bool {
    var copy = self
    guard body(&copy) else { return false }
    self = copy
    return true
  }
}
