/// The first sector of a log: what never changes in its life. Written once, so no crash can tear it.
///
///     0   magic          8   "LRVM log"
///     8   version        4   2
///     12  sectorLength   4
///     16  statusLength   4
///     20  zero           4
///     24  recordSectors  8
///     32  checksum       8   XXH3 of bytes 0..<32
enum LogHeader {
  static let version: UInt32 = 2
  static let length = 40
  private static let magic: UInt64 = 0x676f_6c20_4d56_524c  // "LRVM log", read little-endian

  /// Replaces the buffer's content by the header, padded with zeros to one sector.
  static func encode(_ shape: LogShape, into buffer: inout ByteBuffer) {
    buffer.resize(to: shape.sectorLength)
    buffer.fill(0..<buffer.count, with: 0)
    buffer.store(magic, at: 0)
    buffer.store(version, at: 8)
    buffer.store(UInt32(shape.sectorLength), at: 12)
    buffer.store(UInt32(shape.statusLength), at: 16)
    buffer.store(UInt64(shape.recordSectors), at: 24)
    buffer.store(buffer.checksum(of: 0..<32, seed: 0), at: 32)
  }

  /// The shape in the header that `buffer` begins with; `log` is named in errors.
  static func decode(_ buffer: borrowing ByteBuffer, log: String) throws(RVMError) -> LogShape {
    guard buffer.count >= length, buffer.load(UInt64.self, at: 0) == magic else {
      throw .notALog(file: log)
    }
    let found = buffer.load(UInt32.self, at: 8)
    let isSealed = buffer.load(UInt64.self, at: 32) == buffer.checksum(of: 0..<32, seed: 0)
    guard isSealed else { throw .logDamaged(log: log, reason: "the checksum of its header is wrong") }
    guard found == version else {
      throw .unsupportedVersion(log: log, found: found, supported: version)
    }
    let shape = LogShape(
      recordSectors: Int(clamping: buffer.load(UInt64.self, at: 24)),
      sectorLength: Int(buffer.load(UInt32.self, at: 12)),
      statusLength: Int(buffer.load(UInt32.self, at: 16)))
    if let problem = shape.problem { throw .logDamaged(log: log, reason: problem) }
    return shape
  }
}
