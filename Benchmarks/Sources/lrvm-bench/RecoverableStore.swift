/// A region of recoverable memory, of either engine: the same transactions run on both, with the types changed.
protocol RecoverableStore: Sendable {
  associatedtype Transaction: ~Copyable

  var bytes: UnsafeMutableRawBufferPointer { get }
  func prefetch(_ offset: Int, _ length: Int)
  func begin() throws -> Transaction
  func setRange(_ transaction: borrowing Transaction, _ offset: Int, _ length: Int) throws
  func commit(_ transaction: consuming Transaction, isDurable: Bool) throws
}

extension RecoverableStore {
  /// Does N transactions, one after the other.
  @inline(__always)
  func run(
    _ transactions: Int, _ workload: Workload, _ durability: Durability, _ draws: inout Draws
  ) throws {
    for done in 0..<transactions {
      draws.advance()
      let isDurable = durability == .durable || durability == .hundred && done % 100 == 99
      switch workload {
      case .w1:
        // All places are known at the beginning, so that memory is waited for once.
        let (first, second, third) = places(&draws) { draws in
          (account(&draws), account(&draws), account(&draws))
        }
        let transaction = try begin()
        try change(transaction, first, Workload.accountLength, draws)
        try change(transaction, second, Workload.accountLength, draws)
        try change(transaction, third, Workload.accountLength, draws)
        let history = Int(draws.number % UInt64(Workload.historySlots)) * Workload.recordLength
        try change(transaction, Workload.memoryLength + history, Workload.recordLength, draws)
        try commit(transaction, isDurable: isDurable)
      case .w2:
        let (record, _, _) = places(&draws) { draws in
          let record = draws.below(Workload.recordSlots) * Workload.recordLength
          prefetch(record, Workload.recordLength)
          return (record, 0, 0)
        }
        let transaction = try begin()
        try change(transaction, record, Workload.recordLength, draws)
        try commit(transaction, isDurable: isDurable)
      }
    }
  }

  /// A transaction's places: drawn now, or before the transaction before it began.
  @inline(__always)
  private func places(_ draws: inout Draws, _ draw: (inout Draws) -> (Int, Int, Int)) -> (Int, Int, Int) {
    let drawn = draw(&draws)
    guard draws.isAhead else { return drawn }
    defer { draws.ahead = drawn }
    return draws.ahead
  }

  @inline(__always)
  private func account(_ draws: inout Draws) -> Int {
    let offset = draws.below(Workload.accountSlots) * Workload.accountLength
    prefetch(offset, Workload.accountLength)
    return offset
  }

  /// Declares, then writes to memory as an application does.
  @inline(__always)
  private func change(
    _ transaction: borrowing Transaction, _ offset: Int, _ length: Int, _ draws: borrowing Draws
  ) throws {
    try setRange(transaction, offset, length)
    draws.value.withUnsafeBytes { value in
      UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + length])
        .copyMemory(from: .init(rebasing: value[..<length]))
    }
  }
}
