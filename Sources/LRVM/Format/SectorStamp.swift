/// The first 28 bytes of every sector in the record area.
///
/// A log is a sequence of sectors that verify themselves. A sector belongs to the log if its checksum holds
/// and it states the generation and the position that the reader expects there; so neither a torn sector, nor
/// one from the ring's last lap, nor one left behind by an earlier life of the log is accepted, and the first
/// sector that fails settles where the log ends. Records fill the payloads as one stream of bytes; a flush
/// begins a new sector, so what was acknowledged is never written over.
///
///     0   checksum          8   XXH3 of bytes 8..<sectorLength
///     8   position          8   the sector's number since the log was created; its place is position mod ring
///     16  generation        4   the life of the log that wrote it
///     20  unprovenSectors   4   how many positions before this one were not yet known to be durable
///     24  usedBytes         2   payload bytes that belong to records; the rest of the sector is zero
///     26  firstRecord       2   payload offset of the first record that starts here, 0xffff for none
struct SectorStamp: Hashable {
  static let length = 28
  static let noRecord = UInt16.max

  var position: UInt64
  var generation: UInt32
  var unprovenSectors: UInt32
  var usedBytes: Int
  var firstRecord: UInt16

  /// The first position that was not known to be durable when the sector was written.
  /// A sector found damaged below it was damaged later: not a torn write.
  var provenEnd: UInt64 { position - min(position, UInt64(unprovenSectors)) }

  /// Writes the stamp over the sector at `start`, whose payload is in place, and seals it with the checksum.
  func seal(_ buffer: inout ByteBuffer, sectorAt start: Int, sectorLength: Int) {
    buffer.store(position, at: start + 8)
    buffer.store(generation, at: start + 16)
    buffer.store(unprovenSectors, at: start + 20)
    buffer.store(UInt16(usedBytes), at: start + 24)
    buffer.store(firstRecord, at: start + 26)
    buffer.store(buffer.checksum(of: start + 8..<start + sectorLength, seed: 0), at: start)
  }

  /// What a sector read back from the record area is, before it is known where it should be.
  enum Content: Hashable {
    /// It verifies itself.
    case intact(SectorStamp)
    /// Never written: all zeros.
    case blank
    /// Neither: torn, or damaged later.
    case damaged
  }

  /// Verifies the sector at `start` of `buffer`.
  static func verify(_ buffer: borrowing ByteBuffer, sectorAt start: Int, sectorLength: Int) -> Content {
    let checksum = buffer.checksum(of: start + 8..<start + sectorLength, seed: 0)
    guard buffer.load(UInt64.self, at: start) == checksum else {
      return buffer.isZero(in: start..<start + sectorLength) ? .blank : .damaged
    }
    let stamp = SectorStamp(
      position: buffer.load(UInt64.self, at: start + 8),
      generation: buffer.load(UInt32.self, at: start + 16),
      unprovenSectors: buffer.load(UInt32.self, at: start + 20),
      usedBytes: Int(buffer.load(UInt16.self, at: start + 24)),
      firstRecord: buffer.load(UInt16.self, at: start + 26))
    return stamp.usedBytes <= sectorLength - length ? .intact(stamp) : .damaged
  }
}
