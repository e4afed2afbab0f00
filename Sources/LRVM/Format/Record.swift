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

    @inline(__always)
    func store(in buffer: inout ByteBuffer, at start: Int) {
      buffer.store(sequence, at: start)
      buffer.store(UInt64(UInt32(length)) | UInt64(followers) << 32, at: start + 8)
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
    @inline(__always)
    static func append(segment: Int, offset: Int, length: Int, to record: inout ByteWriter) {
      record.append(UInt64(offset))
      record.append(UInt64(UInt32(length)) | UInt64(UInt16(segment)) << 32)
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
