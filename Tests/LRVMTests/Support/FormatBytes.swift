@testable import LRVM

/// Checksums of the log's format over plain arrays.
enum FormatBytes {
  static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var buffer = ByteBuffer()
    for byte in bytes { buffer.append(byte) }
    let checksum = buffer.checksum(of: 0..<bytes.count, seed: 0)
    return (0..<8).map { UInt8(truncatingIfNeeded: checksum >> UInt64(8 * $0)) }
  }
}
