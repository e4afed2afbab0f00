import SeededRandom

/// A bank whose every transaction follows from a seed and a number, so that the image after any of them is known.
///
/// The segment: 64 accounts of 8 bytes in the first page; the number of the last transaction at the end of the second.
/// Each transaction moves money between two accounts and stores its own number, so half of one shows in the sum, in the
/// accounts, or in the number.
struct Bank {
  static let accountCount = 64
  static let openingBalance: Int64 = 1000
  /// More transactions than a child gets to do before it is killed.
  static let sabotageLead: UInt64 = 1_000_000
  static let segmentLength = 8192
  private static let numberOffset = segmentLength - 8

  private let seed: UInt64
  private(set) var balances = [Int64](repeating: openingBalance, count: accountCount)
  private(set) var number: UInt64 = 0

  init(seed: UInt64) { self.seed = seed }

  private struct Transfer {
    var from: Int
    var to: Int
    var amount: Int64
    /// Whether it is acknowledged once it is durable.
    var isAcknowledged: Bool
    /// Whether a transaction that is aborted goes before it.
    var followsAbort: Bool
  }

  /// The transfer of transaction `number`.
  private static func transfer(_ number: UInt64, seed: UInt64) -> Transfer {
    var random = SplitMix64(seed: seed ^ number &* 0x2545_F491_4F6C_DD1D)
    return Transfer(
      from: random.below(accountCount), to: random.below(accountCount), amount: Int64(random.below(100)),
      isAcknowledged: random.below(3) == 0, followsAbort: random.below(8) == 0)
  }

  /// Goes on to the state after transaction `newNumber`.
  mutating func advance(to newNumber: UInt64) {
    while number < newNumber {
      number += 1
      let transfer = Self.transfer(number, seed: seed)
      balances[transfer.from] -= transfer.amount
      balances[transfer.to] += transfer.amount
    }
  }

  /// Opens every account.
  static func fill(_ keeper: any BankKeeper) throws {
    try keeper.transact((0..<accountCount).map { (8 * $0, openingBalance) }, .durable)
  }

  static func number(in keeper: any BankKeeper) -> UInt64 {
    UInt64(bitPattern: keeper.load(at: numberOffset))
  }

  static func balances(in keeper: any BankKeeper) -> [Int64] {
    (0..<accountCount).map { keeper.load(at: 8 * $0) }
  }

  /// Transfers until the process is killed; `acknowledge` is called for each transaction that is durable, or, where it is
  /// sabotaged, of one that is far from begun.
  static func run(
    in keeper: any BankKeeper, seed: UInt64, isSabotaged: Bool, acknowledge: (UInt64) -> Void
  ) throws -> Never {
    var number = number(in: keeper)
    while true {
      number += 1
      let transfer = transfer(number, seed: seed)
      if transfer.followsAbort { try keeper.transact(stores(of: transfer, in: keeper), .aborted) }
      let stores = stores(of: transfer, in: keeper) + [(numberOffset, Int64(bitPattern: number))]
      try keeper.transact(stores, transfer.isAcknowledged ? .durable : .committed)
      if transfer.isAcknowledged { acknowledge(isSabotaged ? number + sabotageLead : number) }
    }
  }

  private static func stores(of transfer: Transfer, in keeper: any BankKeeper) -> [(Int, Int64)] {
    let (from, to) = (8 * transfer.from, 8 * transfer.to)
    let taken = (from, keeper.load(at: from) - transfer.amount)
    // An account may move money to itself.
    return [taken, (to, (from == to ? taken.1 : keeper.load(at: to)) + transfer.amount)]
  }
}
