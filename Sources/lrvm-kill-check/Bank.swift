import LRVM
import Storage

/// A bank whose every transaction follows from a seed and a number, so that the image after any of them is
/// known.
///
/// The segment: 64 accounts of 8 bytes in the first page; the number of the last transaction at the end of
/// the second.
/// Each transaction moves money between two accounts and stores its own number, so half of one shows in the
/// sum,
/// in the accounts, or in the number.
struct Bank {
  static let log = "bank.log"
  static let segment = "accounts"
  static let accountCount = 64
  private static let openingBalance: Int64 = 1000
  /// More transactions than a child gets to do before it is killed.
  private static let sabotageLead: UInt64 = 1_000_000
  private static let numberOffset = 2 * RVM.pageLength - 8
  /// A few kilobytes, so that the log wraps and truncates all the time.
  private static let shape = LogShape(recordSectors: 16, statusLength: 512)

  private let seed: UInt64
  private(set) var balances = [Int64](repeating: openingBalance, count: accountCount)
  private(set) var number: UInt64 = 0

  init(seed: UInt64) { self.seed = seed }

  struct Transfer {
    var from: Int
    var to: Int
    var amount: Int64
    var mode: CommitMode
    /// Whether a transaction that is aborted goes before it.
    var followsAbort: Bool
  }

  /// The transfer of transaction `number`.
  static func transfer(_ number: UInt64, seed: UInt64) -> Transfer {
    var random = Random(seed: seed ^ number &* 0x2545_F491_4F6C_DD1D)
    return Transfer(
      from: random.below(accountCount), to: random.below(accountCount), amount: Int64(random.below(100)),
      mode: random.below(3) == 0 ? .flush : .noFlush, followsAbort: random.below(8) == 0)
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

  /// Makes the log, and the segment with every account opened.
  static func create(on storage: any Storage) throws {
    try RVM.createLog(log, shape: shape, on: storage)
    try RVM.createSegment(segment, length: 2 * RVM.pageLength, on: storage)
    let rvm = try open(on: storage)
    let region = try rvm.map(segment)
    let transaction = try rvm.begin()
    for account in 0..<accountCount { try transaction.store(openingBalance, in: region, at: 8 * account) }
    try transaction.commit()
    try rvm.terminate()
  }

  static func open(on storage: any Storage) throws -> RVM {
    try RVM(
      log: log, on: storage,
      options: Options(truncationDriver: .background, truncationThreshold: 0.5, spoolBytesMax: 1000))
  }

  static func number(in region: Region) -> UInt64 { region.load(UInt64.self, at: numberOffset) }

  static func balances(in region: Region) -> [Int64] {
    (0..<accountCount).map { region.load(Int64.self, at: 8 * $0) }
  }

  /// Transfers until the process is killed; `acknowledge` is told of each transaction that is durable, or, where it is
  /// sabotaged, of one that is far from begun.
  static func run(
    on storage: any Storage, seed: UInt64, isSabotaged: Bool, acknowledge: (UInt64) -> Void
  ) throws -> Never {
    let rvm = try open(on: storage)
    let region = try rvm.map(segment)
    var number = number(in: region)
    while true {
      number += 1
      let transfer = transfer(number, seed: seed)
      if transfer.followsAbort {
        let abandoned = try rvm.begin()
        try move(transfer, in: region, by: abandoned)
        abandoned.abort()
      }
      let transaction = try rvm.begin()
      try move(transfer, in: region, by: transaction)
      try transaction.store(number, in: region, at: numberOffset)
      try transaction.commit(transfer.mode)
      if transfer.mode == .flush { acknowledge(isSabotaged ? number + sabotageLead : number) }
    }
  }

  private static func move(_ transfer: Transfer, in region: Region, by transaction: borrowing Transaction)
    throws
  {
    for (account, amount) in [(transfer.from, -transfer.amount), (transfer.to, transfer.amount)] {
      let balance = region.load(Int64.self, at: 8 * account)
      try transaction.store(balance + amount, in: region, at: 8 * account)
    }
  }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA '14): the same numbers for the same seed, everywhere and for
/// ever.
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
