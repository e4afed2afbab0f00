/// One committed transaction in the log: a header, then its ranges, each with the new values of its bytes.
///
///     header   0   sequence          8   1, 2, 3, …: without a gap as long as the log lives
///              8   length            4   bytes, header and ranges included
///              12  followers         4   records after this one in the same batch; 0 in the last
///     range    0   offset            8   in the segment, bytes
///              8   length            4   bytes, not 0
///              12  segment           2   index in the status block's segment table
///              14  zero              2
///              16  the new values, `length` bytes
///
/// A batch is what one flush wrote: recovery takes all of it or nothing, which is what allows a record to be left
/// out that a later one of the same batch covers.
enum Record {
  static let headerLength = 16
  static let rangeHeaderLength = 16
  /// Ranges name a segment with 16 bits.
  static let segmentsMax = Int(UInt16.max)

  struct Header: Hashable {
    var sequence: UInt64
    var length: Int
    var followers: UInt32

    func store(in buffer: inout ByteBuffer, at start: Int) {
      buffer.store(sequence, at: start)
      buffer.store(UInt32(length), at: start + 8)
      buffer.store(followers, at: start + 12)
    }

    static func load(from buffer: borrowing ByteBuffer, at start: Int) -> Header {
      Header(
        sequence: buffer.load(UInt64.self, at: start),
        length: Int(buffer.load(UInt32.self, at: start + 8)),
        followers: buffer.load(UInt32.self, at: start + 12))
    }
  }

  struct Range: Hashable {
    var segment: Int
    var offset: Int
    var length: Int
    /// Where the new values lie in the buffer that holds the record.
    var valuesStart: Int

    /// Appends the header; the values follow.
    static func append(segment: Int, offset: Int, length: Int, to buffer: inout ByteBuffer) {
      let start = buffer.extend(by: rangeHeaderLength)
      buffer.store(UInt64(offset), at: start)
      buffer.store(UInt32(length), at: start + 8)
      buffer.store(UInt16(segment), at: start + 12)
      buffer.store(UInt16(0), at: start + 14)
    }

    /// The range whose header starts at `start`, or nil where it does not fit before `end` or makes no sense.
    static func load(from buffer: borrowing ByteBuffer, at start: Int, end: Int) -> Range? {
      guard start + rangeHeaderLength <= end else { return nil }
      let offset = buffer.load(UInt64.self, at: start)
      let length = Int(buffer.load(UInt32.self, at: start + 8))
      let valuesStart = start + rangeHeaderLength
      guard length > 0, length <= end - valuesStart, offset <= UInt64(Int.max - length),
        buffer.load(UInt16.self, at: start + 14) == 0
      else { return nil }
      return Range(
        segment: Int(buffer.load(UInt16.self, at: start + 12)), offset: Int(offset), length: length,
        valuesStart: valuesStart)
    }

    var valuesEnd: Int { valuesStart + length }
    var end: Int { offset + length }
  }
}
