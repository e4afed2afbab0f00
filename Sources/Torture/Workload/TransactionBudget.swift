/// How much a transaction may write so that it surely fits in the log beside others: a third of the record area,
/// counted the way that a log spends it.
///
/// A sector of the log gives 24 bytes to its own header; a record costs 16 bytes, and a range 16 and its bytes,
/// padded to 8. Nothing is taken off for ranges that overlap, since a log without optimizations writes all of them.
/// A system without such a log has room for any transaction.
struct TransactionBudget: Hashable {
  /// What is left, in bytes.
  private(set) var left: Int

  init(_ log: LogOptions) {
    left = max(1, log.recordSectors / 3) * (log.sector - 24) - 16
  }

  init(_ scenario: Scenario) {
    left = scenario.isOfLRVM ? TransactionBudget(scenario.log).left : Int.max
  }

  /// What a range of `length` bytes costs.
  static func cost(ofRange length: Int) -> Int {
    16 + (length + 7) / 8 * 8
  }

  /// The longest range that can still be paid; 0 for none.
  var rangeLengthMax: Int {
    max(0, (left - 16) / 8 * 8)
  }

  /// Pays for a range of `length` bytes, or returns false.
  mutating func pay(range length: Int) -> Bool {
    let cost = Self.cost(ofRange: length)
    guard cost <= left else { return false }
    left -= cost
    return true
  }
}
