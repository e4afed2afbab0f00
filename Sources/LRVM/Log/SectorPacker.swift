import Storage

/// Lays a batch of records into stamped sectors, ready for one write (two where the ring wraps).
struct SectorPacker: ~Copyable {
  /// Aligned as direct writes need it.
  private var image = ByteBuffer(alignment: 4096)
  private let shape: LogShape

  init(shape: LogShape) { self.shape = shape }

  var byteCount: Int { image.count }

  /// Writes the packed sectors to their places, in two parts where the ring wraps.
  func write(to file: any StorageFile, position: UInt64) throws(StorageError) {
    let offset = shape.fileOffset(of: position)
    let untilWrap = min(image.count, shape.fileLength - offset)
    try image.write(0..<untilWrap, to: file, at: offset)
    if untilWrap < image.count {
      try image.write(untilWrap..<image.count, to: file, at: shape.recordAreaOffset)
    }
  }

  /// The same, and returns once the sectors are durable.
  func writeDurably(to file: any StorageFile, position: UInt64) throws(StorageError) {
    let offset = shape.fileOffset(of: position)
    let untilWrap = min(image.count, shape.fileLength - offset)
    try image.writeDurably(0..<untilWrap, to: file, at: offset)
    if untilWrap < image.count {
      try image.writeDurably(untilWrap..<image.count, to: file, at: shape.recordAreaOffset)
    }
  }

  /// How many sectors a batch of `bytes` bytes takes.
  func sectorCount(bytes: Int) -> Int { (bytes + shape.payloadLength - 1) / shape.payloadLength }

  /// Fills `image` with the sectors of the spool's live records, the first one at `position`.
  ///
  /// Everything before `position` is durable: a batch is written only once its predecessor was synced.
  mutating func pack(_ spool: borrowing Spool, position: UInt64, generation: UInt32) {
    pack(
      spool.bytes, spool.entries.lazy.filter(\.isLive).map { $0.start..<$0.start + $0.length },
      length: spool.liveBytes, position: position, generation: generation)
  }

  /// The same with the records of a batch that lie at `records` in `bytes`, `length` bytes in all.
  mutating func pack(
    _ bytes: borrowing ByteBuffer, _ records: some Sequence<Range<Int>>, length: Int, position: UInt64,
    generation: UInt32
  ) {
    let sectors = sectorCount(bytes: length)
    image.resize(to: sectors * shape.sectorLength)
    var firstRecord = SectorStamp.noRecord
    var sector = 0
    var used = 0
    for record in records {
      if used == shape.payloadLength {
        seal(sector, used: used, firstRecord: firstRecord, position, generation)
        (sector, used, firstRecord) = (sector + 1, 0, SectorStamp.noRecord)
      }
      if firstRecord == SectorStamp.noRecord { firstRecord = UInt16(used) }
      var taken = 0
      while taken < record.count {
        if used == shape.payloadLength {
          seal(sector, used: used, firstRecord: firstRecord, position, generation)
          (sector, used, firstRecord) = (sector + 1, 0, SectorStamp.noRecord)
        }
        let count = min(record.count - taken, shape.payloadLength - used)
        let start = record.lowerBound + taken
        image.replace(
          at: sector * shape.sectorLength + SectorStamp.length + used, with: bytes,
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
      position: position + UInt64(sector), generation: generation, sectorInBatch: UInt32(sector),
      batchSectors: UInt32(image.count / shape.sectorLength), usedBytes: used, firstRecord: firstRecord
    ).seal(&image, sectorAt: sector * shape.sectorLength, sectorLength: shape.sectorLength)
  }
}
