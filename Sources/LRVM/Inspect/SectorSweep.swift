import Storage

/// The sectors of records in a part of a file that verify themselves, and the places that begin as status blocks do,
/// whether or not a header leads to them.
///
/// Recovery needs a header, a status block and every sector from the head on. A reader of a damaged log wants what is left:
/// each sector says which position, batch and generation it has, and that puts them in order without anything else.
struct SectorSweep {
  struct Sector: Hashable {
    var stamp: SectorStamp
    var fileOffset: Int
  }

  /// The sectors of one batch that were found; not all of them, where some are lost.
  struct Batch {
    var generation: UInt32
    /// The position of its first sector.
    var start: UInt64
    var sectorCount: Int
    /// In order of position, each once.
    var sectors: [Sector]
  }

  private static let chunkLength = 1 << 20

  private(set) var sectors: [Sector] = []
  /// File offsets.
  private(set) var statusOffsets: [Int] = []

  /// Reads the part, sector by sector of `sectorLength` bytes. What cannot be read is skipped.
  init(_ file: any StorageFile, _ part: Range<Int>, sectorLength: Int) {
    var buffer = ByteBuffer()
    var offset = part.lowerBound
    var readLength = Self.chunkLength
    while offset < part.upperBound {
      let wanted = min(readLength, part.upperBound - offset)
      guard let found = try? buffer.read(wanted, from: file, at: offset), found > 0 else {
        // A disk that fails at one place may give the sectors beside it.
        if readLength == sectorLength { offset += sectorLength }
        readLength = sectorLength
        continue
      }
      for start in stride(from: 0, to: found, by: sectorLength) {
        take(
          buffer.bytes.extracting(start..<min(start + sectorLength, found)), at: offset + start, sectorLength)
      }
      offset += wanted
    }
  }

  private mutating func take(_ bytes: RawSpan, at offset: Int, _ sectorLength: Int) {
    if StatusBlock.hasMagic(bytes) { statusOffsets.append(offset) }
    guard bytes.byteCount == sectorLength, let stamp = SectorStamp.verify(bytes) else { return }
    sectors.append(Sector(stamp: stamp, fileOffset: offset))
  }

  /// The batches, in order of generation and position.
  ///
  /// - Parameter shape: settles which sector is the one of a position, where a write went astray and left two.
  func batches(_ shape: LogShape?) -> [Batch] {
    func isAstray(_ sector: Sector) -> Bool {
      shape.map { $0.fileOffset(of: sector.stamp.position) != sector.fileOffset } ?? false
    }
    let sorted = sectors.sorted { one, other in
      if one.stamp.generation != other.stamp.generation {
        return one.stamp.generation < other.stamp.generation
      }
      if one.stamp.position != other.stamp.position { return one.stamp.position < other.stamp.position }
      return !isAstray(one) && isAstray(other)
    }
    var batches: [Batch] = []
    for sector in sorted {
      let stamp = sector.stamp
      if let last = batches.last, last.generation == stamp.generation, last.start == stamp.batchStart {
        if last.sectors.last?.stamp.position != stamp.position {
          batches[batches.count - 1].sectors.append(sector)
        }
      } else {
        batches.append(
          Batch(
            generation: stamp.generation, start: stamp.batchStart, sectorCount: Int(stamp.batchSectors),
            sectors: [sector]))
      }
    }
    return batches
  }
}
