import SeededRandom

/// Integers in images: eight or four bytes, the lowest first.
enum LittleEndian {
  static func bytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  static func bytes(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }

  static func bytes(_ values: [UInt64]) -> [UInt8] {
    values.flatMap { bytes($0) }
  }

  static func integer64(_ image: [UInt8], at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(image[offset + index]) << (8 * UInt64(index)) }
    return value
  }

  static func integer32(_ image: [UInt8], at offset: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in 0..<4 { value |= UInt32(image[offset + index]) << (8 * UInt32(index)) }
    return value
  }

  /// A checksum of integers: each is mixed with those before it, so that their order counts. Never 0, which is what
  /// untouched bytes hold.
  static func checksum(_ values: [UInt64]) -> UInt64 {
    let sum = values.reduce(0x7465_7374) { SplitMix64.mix($0 &+ SplitMix64.mix($1 &+ 0x9e37_79b9_7f4a_7c15)) }
    return sum | 1
  }

  static func isZero(_ image: [UInt8], _ range: Range<Int>) -> Bool {
    image[range].allSatisfy { $0 == 0 }
  }
}
