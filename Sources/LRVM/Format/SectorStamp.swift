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
///     30  zero              2
struct SectorStamp: Hashable {
  static let length = 32

  var position: UInt64
  var generation: UInt32
  var sectorInBatch: UInt32
  var batchSectors: UInt32
  var usedBytes: Int

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
    buffer.store(0 as UInt16, at: start + 30)
    buffer.store(buffer.checksum(of: start + 8..<start + sectorLength, seed: 0), at: start)
  }

  /// The stamp of a sector; nil where it does not verify itself: never written, torn, or damaged later.
  static func verify(_ sector: RawSpan) -> SectorStamp? {
    let stamp = claimed(sector)
    guard
      sector.load(UInt64.self, at: 0) == sector.checksum(of: 8..<sector.byteCount),
      stamp.usedBytes <= sector.byteCount - length, stamp.sectorInBatch < stamp.batchSectors,
      stamp.position >= UInt64(stamp.sectorInBatch), stamp.position < 1 << 62
    else { return nil }
    return stamp
  }

  /// What a sector says of itself, whether or not that is true.
  static func claimed(_ sector: RawSpan) -> SectorStamp {
    SectorStamp(
      position: sector.load(UInt64.self, at: 8),
      generation: sector.load(UInt32.self, at: 16),
      sectorInBatch: sector.load(UInt32.self, at: 20),
      batchSectors: sector.load(UInt32.self, at: 24),
      usedBytes: Int(sector.load(UInt16.self, at: 28)))
  }
}
