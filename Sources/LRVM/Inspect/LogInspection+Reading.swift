import Storage

/// How an inspection reads a log: as recovery does, for as far as that goes, and then every sector by itself.
extension LogInspection {
  /// - Returns: false where nothing in the file is a log's.
  mutating func read(_ file: any StorageFile, on storage: any Storage) throws(RVMError) -> Bool {
    let shape: LogShape
    do {
      let found = try LogHeader.read(file)
      shape = found.shape
      headerCopiesDamaged = found.isFirstDamaged ? [1] : []
    } catch {
      switch error {
      case .storage: throw error
      case .unsupportedVersion:
        damage = "\(error)"
        ending = "this library does not know the format"
        return true
      default:
        return try readWithoutHeader(file, refusal: error)
      }
    }
    if headerCopiesDamaged.isEmpty, try !LogHeader.isSecondCopyWhole(file, shape) {
      headerCopiesDamaged = [2]
    }
    header = Header(
      recordSectors: shape.recordSectors, sectorLength: shape.sectorLength, statusLength: shape.statusLength,
      fileLength: shape.fileLength)
    if length < shape.fileLength {
      damage = "\(RVMError.logTruncated(log: name, length: length, expected: shape.fileLength))"
    }
    let status = try readSlots(file, shape)
    if let status {
      try scan(file, shape, status, on: storage)
    } else {
      damage = damage ?? "none of its status blocks is valid"
      ending = "without a status block nothing says where the records begin"
    }
    let end = max(shape.recordAreaOffset, min(length, shape.fileLength))
    let sweep = SectorSweep(file, shape.recordAreaOffset..<end, sectorLength: shape.sectorLength)
    try readBatches(sweep.batches(shape), file, shape.sectorLength, status)
    return true
  }

  /// Reads all slots.
  ///
  /// - Returns: the block that holds.
  private mutating func readSlots(_ file: any StorageFile, _ shape: LogShape) throws(RVMError) -> StatusBlock?
  {
    let found: StatusSlots
    do { found = try StatusSlots(file, shape) } catch { throw .storage(during: "reading the log", error) }
    let newest = found.newest
    for (index, slot) in found.slots.enumerated() {
      let offset = shape.statusOffset(counter: UInt64(index))
      switch slot {
      case .blank: slots.append(Slot(slot: index, fileOffset: offset, state: "empty"))
      case .damaged: slots.append(Slot(slot: index, fileOffset: offset, state: "damaged"))
      case .block(let block): slots.append(Self.slot(block, at: offset, holds: block == newest))
      }
    }
    return newest
  }

  private static func slot(_ block: StatusBlock, at fileOffset: Int, holds: Bool) -> Slot {
    Slot(
      slot: Int(block.counter % StatusBlock.slots), fileOffset: fileOffset, state: "valid", holds: holds,
      counter: block.counter, generation: block.generation, generationMax: block.generationMax,
      headPosition: block.headPosition, headSequence: block.headSequence, durableEnd: block.durableEnd,
      segments: block.segments.map { Segment(name: $0.name, length: $0.length) })
  }

  /// Finds out how far recovery would come.
  private mutating func scan(
    _ file: any StorageFile, _ shape: LogShape, _ status: StatusBlock, on storage: any Storage
  ) throws(RVMError) {
    // The records are read by batch later on: none need be kept here.
    var scan = LogScan(file, shape, status, bytesMax: 0)
    do {
      try scan.run()
      if scan.recordCount > 0 { try checkSegments(status.segments, scan.isNamed, on: storage) }
    } catch {
      if case .storage = error { throw error }
      damage = damage ?? "\(error)"
    }
    headPosition = status.headPosition
    endPosition = scan.end.place.position
    endFileOffset = shape.fileOffset(of: scan.end.place.position)
    do { ending = try scan.endingDescription() } catch {
      if case .storage = error { throw error }
      ending = "the file ends there"
    }
  }

  /// Throws where a segment that recovery would write to is missing or too short.
  private func checkSegments(
    _ segments: [StatusBlock.Segment], _ isNamed: [Bool], on storage: any Storage
  ) throws(RVMError) {
    for (segment, isNamed) in zip(segments, isNamed) where isNamed {
      let length: Int
      do {
        let file = try storage.open(segment.name, .readOnly)
        defer { file.close() }
        length = try file.size()
      } catch {
        throw .segmentUnusable(segment: segment.name, reason: "\(error)")
      }
      if length < segment.length { throw SegmentTable.tooShort(segment, length) }
    }
  }

  /// Reads what is left of a log that has no header: any sector that says itself what it is.
  ///
  /// - Returns: false where there is none.
  private mutating func readWithoutHeader(
    _ file: any StorageFile, refusal: RVMError
  ) throws(RVMError) -> Bool {
    headerCopiesDamaged = [1, 2]
    damage = "\(refusal)"
    ending = "without a header nothing says where the records are"
    let sweeps = LogShape.sectorLengths.map { SectorSweep(file, 0..<length, sectorLength: $0) }
    // What was written in sectors of one length does not verify itself in those of another.
    let found = sweeps[0].sectors.count >= sweeps[1].sectors.count ? 0 : 1
    var blocks: [(block: StatusBlock, fileOffset: Int)] = []
    var buffer = ByteBuffer()
    for offset in sweeps[0].statusOffsets {
      do { try buffer.read(LogShape.statusLengthMax, from: file, at: offset) } catch { continue }
      if let block = StatusBlock.decode(buffer.bytes) { blocks.append((block, offset)) }
    }
    if case .notALog = refusal {
      if blocks.isEmpty && sweeps[found].sectors.isEmpty { return false }
      damage = "\(RVMError.logDamaged(log: name, reason: "nothing of its header is left"))"
    }
    slots = blocks.map { Self.slot($0.block, at: $0.fileOffset, holds: false) }
    let newest = blocks.max { $0.block.counter < $1.block.counter }?.block
    try readBatches(sweeps[found].batches(nil), file, LogShape.sectorLengths[found], newest)
    return true
  }

  /// Takes the records of the batches: the live ones, and those of the newest life that recovery does not reach. What lies
  /// before the head, or is of an earlier life, is in the segments, or was never acknowledged.
  private mutating func readBatches(
    _ batches: [SectorSweep.Batch], _ file: any StorageFile, _ sectorLength: Int, _ status: StatusBlock?
  ) throws(RVMError) {
    let generation = status?.generation ?? batches.last?.generation ?? 0
    let head = status?.headPosition ?? 0
    for batch in batches where batch.generation >= generation {
      if batch.generation == generation && batch.start < head { continue }
      let isLive = batch.generation == generation && batch.start < endPosition ?? 0
      let entries = try BatchReader(batch, file, sectorLength: sectorLength).entries(status?.segments ?? [])
      if isLive {
        records += entries
      } else {
        unreached.append(
          UnreachedBatch(
            generation: batch.generation, position: batch.start, sectors: batch.sectorCount,
            sectorsReadable: batch.sectors.count, records: entries))
      }
    }
  }
}
