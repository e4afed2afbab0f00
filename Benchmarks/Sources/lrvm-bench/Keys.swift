/// The keys of the stores that map keys to values: 8 bytes, big-endian, the kind first.
enum Key {
  static func account(_ index: Int) -> UInt64 { (1 << 56 | UInt64(index)).bigEndian }
  static func history(_ number: UInt64) -> UInt64 {
    (2 << 56 | number % UInt64(Workload.historySlots)).bigEndian
  }
  static func record(_ index: Int) -> UInt64 { (3 << 56 | UInt64(index)).bigEndian }

  /// All of them, with the length of their values, in order.
  static func forEach(_ body: (UInt64, Int) throws -> Void) rethrows {
    for index in 0..<Workload.accountSlots { try body(account(index), Workload.accountLength) }
    for index in 0..<Workload.historySlots { try body(history(UInt64(index)), Workload.recordLength) }
    for index in 0..<Workload.recordSlots { try body(record(index), Workload.recordLength) }
  }

  /// What one transaction puts.
  @inline(__always)
  static func forEachPut(
    _ workload: Workload, _ draws: inout Draws, _ put: (UInt64, UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    draws.advance()
    switch workload {
    case .w1:
      for _ in 0..<3 {
        let key = account(draws.below(Workload.accountSlots))
        try draws.value.withUnsafeBytes { try put(key, .init(rebasing: $0.prefix(Workload.accountLength))) }
      }
      let key = history(draws.number)
      try draws.value.withUnsafeBytes { try put(key, .init(rebasing: $0.prefix(Workload.recordLength))) }
    case .w2:
      let key = record(draws.below(Workload.recordSlots))
      try draws.value.withUnsafeBytes { try put(key, .init(rebasing: $0.prefix(Workload.recordLength))) }
    }
  }
}
