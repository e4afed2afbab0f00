import Storage

/// Lays a batch of records into stamped sectors, ready for one write (two where the ring wraps).
struct SectorPacker: ~Copyable {
  /// Aligned as direct writes need it.
  private var image = ByteBuffer(alignment: 4096)
  private let shape: LogShape
  /// Of the sector that is being filled.
  private var stamp = SectorStamp(
    position: 0, generation: 0, sectorInBatch: 0, batchSectors: 0, usedBytes: 0)

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

  /// Fills `image` with the sectors of a batch that is sealed, the first one at `position`.
  ///
  /// Everything before `position` is durable: a batch is written only once its predecessor was synced.
  mutating func pack(_ batch: borrowing Batch, position: UInt64, generation: UInt32) {
    begin(bytes: batch.liveBytes, position: position, generation: generation)
    batch.forEachStretch { bytes, stretch in add(stretch, of: bytes) }
    finish()
  }

  private mutating func begin(bytes: Int, position: UInt64, generation: UInt32) {
    let sectors = sectorCount(bytes: bytes)
    image.resize(to: sectors * shape.sectorLength)
    stamp = SectorStamp(
      position: position, generation: generation, sectorInBatch: 0, batchSectors: UInt32(sectors),
      usedBytes: 0)
  }

  /// Copies a stretch of records behind what was copied before; sectors that are full by then are sealed.
  /// The last one is sealed by `finish`.
  private mutating func add(_ stretch: Range<Int>, of bytes: borrowing ByteBuffer) {
    var start = stretch.lowerBound
    while start < stretch.upperBound {
      if stamp.usedBytes == shape.payloadLength { sealSector() }
      let count = min(stretch.upperBound - start, shape.payloadLength - stamp.usedBytes)
      image.replace(
        at: sectorStart + SectorStamp.length + stamp.usedBytes, with: bytes, start..<start + count)
      stamp.usedBytes += count
      start += count
    }
  }

  /// The last sector's rest is zero.
  private mutating func finish() {
    image.fill(
      sectorStart + SectorStamp.length + stamp.usedBytes..<sectorStart + shape.sectorLength, with: 0)
    sealSector()
    invariant(
      stamp.sectorInBatch == stamp.batchSectors,
      "a batch of \(stamp.batchSectors) sectors took \(stamp.sectorInBatch)")
  }

  private var sectorStart: Int { Int(stamp.sectorInBatch) * shape.sectorLength }

  private mutating func sealSector() {
    stamp.seal(&image, sectorAt: sectorStart, sectorLength: shape.sectorLength)
    stamp.position += 1
    stamp.sectorInBatch += 1
    stamp.usedBytes = 0
  }
}
