import CFloors

/// What a transaction changes.
enum Workload: String, CaseIterable, Codable {
  /// Debit-credit: three records of 128 bytes at random in 32 MiB, and the next history record of 64 bytes.
  case w1 = "W1"
  /// One range of 64 bytes at random in 32 MiB.
  case w2 = "W2"

  static let memoryLength = 32 << 20
  static let historySlots = 16_384
  static let accountLength = 128
  static let recordLength = 64
  static let accountSlots = memoryLength / accountLength
  static let recordSlots = memoryLength / recordLength

  /// Bytes that one transaction changes.
  var declaredBytes: Int { self == .w1 ? 3 * Self.accountLength + Self.recordLength : Self.recordLength }
}

/// When a commit returns.
enum Durability: String, CaseIterable, Codable {
  case durable
  /// Durable after the next flush, which comes at the end of a measurement.
  case lazy = "lazily durable"
  /// Every hundredth transaction is durable, and all before it with that.
  case hundred = "one flush for 100"
}

/// The places of one thread's transactions, and their values.
struct Draws {
  /// Whether a transaction's places are known when the one before it begins.
  let isAhead: Bool
  /// The places that were drawn for the next transaction.
  var ahead = (0, 0, 0)
  private var state: UInt64
  private(set) var number: UInt64 = 0
  /// The value that is written; its first 8 bytes number it.
  private(set) var value = [UInt8](repeating: 0, count: Workload.accountLength)

  init(seed: UInt64, isAhead: Bool = false) {
    state = seed
    self.isAhead = isAhead
  }

  @inline(__always)
  mutating func below(_ bound: Int) -> Int { Int(cfloors_next(&state) % UInt64(bound)) }

  /// Makes the next transaction's value.
  @inline(__always)
  mutating func advance() {
    number += 1
    let number = number
    value.withUnsafeMutableBytes { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number))
      bytes.storeBytes(of: number, as: UInt64.self)
    }
  }
}
