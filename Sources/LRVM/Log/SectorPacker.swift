import Storage

/// Lays a batch of records into stamped sectors, ready for one write (two where the ring wraps).
struct SectorPacker: ~Copyable {
  private var image = ByteBuffer()
  private let shape: LogShape

  init(shape: LogShape) { self.shape = shape }

  var byteCount: Int { image.count }

  func write(_ range: Range<Int>, to file: any StorageFile, at offset: Int) throws(StorageError) {
    try image.write(range, to: file, at: offset)
  }

  /// How many sectors a batch of `bytes` bytes takes.
  func sectorCount(bytes: Int) -> Int { (bytes + shape.payloadLength - 1) / shape.payloadLength }

  /// Fills `image` with the sectors of the spool's live records, the first one at `position`.
  ///
  /// Everything before `position` is durable: a batch is written only once its predecessor was synced.
  mutating func pack(_ spool: borrowing Spool, position: UInt64, generation: UInt32) {
    let sectors = sectorCount(bytes: spool.liveBytes)
    image.resize(to: sectors * shape.sectorLength)
    var firstRecord = SectorStamp.noRecord
    var sector = 0
    var used = 0
    for entry in spool.entries where entry.isLive {
      if used == shape.payloadLength {
        seal(sector, used: used, firstRecord: firstRecord, position, generation)
        (sector, used, firstRecord) = (sector + 1, 0, SectorStamp.noRecord)
      }
      if firstRecord == SectorStamp.noRecord { firstRecord = UInt16(used) }
      var taken = 0
      while taken < entry.length {
        if used == shape.payloadLength {
          seal(sector, used: used, firstRecord: firstRecord, position, generation)
          (sector, used, firstRecord) = (sector + 1, 0, SectorStamp.noRecord)
        }
        let count = min(entry.length - taken, shape.payloadLength - used)
        let start = entry.start + taken
        image.replace(
          at: sector * shape.sectorLength + SectorStamp.length + used, with: spool.bytes,
          start..<start + count)
        taken += count
        used += count
      }
    }
    let usedEnd = sector * shape.sectorLength + SectorStamp.length + used
    image.fill(usedEnd..<(sector + 1) * shape.sectorLength, with: 0)
    seal(sector, used: used, firstRecord: firstRecord, position, generation)
    invariant(sector + 1 == sectors, "a batch of \(sectors) sectors took \(sector + 1)")
  }

  private mutating func seal(
    _ sector: Int, used: Int, firstRecord: UInt16, _ position: UInt64, _ generation: UInt32
  ) {
    SectorStamp(
      position: position + UInt64(sector), generation: generation, unprovenSectors: UInt32(sector),
      usedBytes: used, firstRecord: firstRecord
    ).seal(&image, sectorAt: sector * shape.sectorLength, sectorLength: shape.sectorLength)
  }
}
