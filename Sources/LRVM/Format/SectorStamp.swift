/// The first 32 bytes of every sector in the record area.
///
/// A log is a sequence of sectors that verify themselves. A sector belongs to the log if its checksum holds
/// and it states the generation and the position that the reader expects there; so neither a torn sector, nor
/// one from the ring's last lap, nor one left behind by an earlier life of the log is accepted, and the first
/// sector that fails settles where the log ends. Records fill the payloads as one stream of bytes; a flush
/// begins a new sector, so what was acknowledged is never written over.
///
/// Each sector says where its batch begins and ends: so any one of a batch's sectors tells where the next batch would be,
/// and a sector of a later batch tells that all before that batch was durable when it was written.
///
///     0   checksum          8   XXH3 of bytes 8..<sectorLength
///     8   position          8   the sector's number since the log was created; its place is position mod ring
///     16  generation        4   the life of the log that wrote it
///     20  sectorInBatch     4   how many sectors of its batch lie before it
///     24  batchSectors      4   how many sectors its batch has
///     28  usedBytes         2   payload bytes that belong to records; the rest of the sector is zero
///     30  firstRecord       2   payload offset of the first record that starts here, 0xffff for none
struct SectorStamp: Hashable {
  static let length = 32
  static let noRecord = UInt16.max

  var position: UInt64
  var generation: UInt32
  var sectorInBatch: UInt32
  var batchSectors: UInt32
  var usedBytes: Int
  var firstRecord: UInt16

  /// Where the sector's batch begins. All before it was durable when the sector was written.
  var batchStart: UInt64 { position - UInt64(sectorInBatch) }
  /// Where the next batch begins, if there is one.
  var batchEnd: UInt64 { batchStart + UInt64(batchSectors) }
  var isLastOfBatch: Bool { sectorInBatch + 1 == batchSectors }

  /// Writes the stamp over the sector at `start`, whose payload is in place, and seals it with the checksum.
  func seal(_ buffer: inout ByteBuffer, sectorAt start: Int, sectorLength: Int) {
    buffer.store(position, at: start + 8)
    buffer.store(generation, at: start + 16)
    buffer.store(sectorInBatch, at: start + 20)
    buffer.store(batchSectors, at: start + 24)
    buffer.store(UInt16(usedBytes), at: start + 28)
    buffer.store(firstRecord, at: start + 30)
    buffer.store(buffer.checksum(of: start + 8..<start + sectorLength, seed: 0), at: start)
  }

  /// The stamp of the sector at `start` of `buffer`; nil where the sector does not verify itself: never written,
  /// torn, or damaged later.
  static func verify(_ buffer: borrowing ByteBuffer, sectorAt start: Int, sectorLength: Int) -> SectorStamp? {
    let stamp = claimed(buffer, sectorAt: start)
    guard
      buffer.load(UInt64.self, at: start) == buffer.checksum(of: start + 8..<start + sectorLength, seed: 0),
      stamp.usedBytes <= sectorLength - length, stamp.sectorInBatch < stamp.batchSectors,
      stamp.position >= UInt64(stamp.sectorInBatch), stamp.position < 1 << 62
    else { return nil }
    return stamp
  }

  /// What the sector at `start` says of itself, whether or not that is true.
  static func claimed(_ buffer: borrowing ByteBuffer, sectorAt start: Int) -> SectorStamp {
    SectorStamp(
      position: buffer.load(UInt64.self, at: start + 8),
      generation: buffer.load(UInt32.self, at: start + 16),
      sectorInBatch: buffer.load(UInt32.self, at: start + 20),
      batchSectors: buffer.load(UInt32.self, at: start + 24),
      usedBytes: Int(buffer.load(UInt16.self, at: start + 28)),
      firstRecord: buffer.load(UInt16.self, at: start + 30))
  }
}
