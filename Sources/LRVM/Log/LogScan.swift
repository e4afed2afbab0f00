import Storage

/// The live records of a log, read forward from the head and verified sector by sector.
///
/// The scan asks for one sector at a time and stops at the first that settles where the log ends, so that
/// recovery reads no more than it needs; where the file says that large reads are faster, it asks for more. A batch that is not complete is left out whole.
///
/// **Where the log ends.** It ends at the first sector that is not there: torn, never written, of an earlier lap of the ring or
/// an earlier life. A crash leaves that only in the last batch, since each batch was synced before the next
/// was written. So whatever the missing sector looks like, a sector of a *later* batch proves that it had been durable: then it
/// was damaged afterwards, and the log is refused rather than cut short. Likewise where the status block says that the log
/// was durable further than it goes.
///
/// **Looking for a later batch** reads only what tells something. Sectors of the batch that lacks one may be there or not, so
/// looking at each of them would multiply the states that recovery can tell apart. Any one of them says where the batch
/// ends, and from there on the search goes on: `searchSectors` sectors, which is more than what disks lose at once.
///
/// **A status block that is too old.** A sector of this generation and a later lap, or of a generation that the block does not
/// know, means that the newest block was damaged after it was durable: the log is refused.
struct LogScan: ~Copyable {
  struct FoundRecord {
    var sequence: UInt64
    /// Where the record lies in `stream`.
    var start: Int
    var length: Int
  }

  /// Where a batch begins, in the log and among the records.
  struct BatchStart: Hashable {
    var place: LogPlace
    var record: Int
  }

  /// How many sectors after the log's end, or after the batch that is not complete, are looked at for a later one.
  static let searchSectors: UInt64 = 16

  /// The payloads, one after the other.
  private(set) var stream = ByteBuffer()
  private(set) var records: [FoundRecord] = []
  /// After the last complete batch.
  private(set) var end: LogPlace
  /// Where the last complete batch begins, and the one before it.
  private(set) var lastBatch: BatchStart
  private(set) var batchBefore: BatchStart?
  /// Whether a sector of a batch after the last complete one was found: that one was synced before it was written.
  private(set) var foundLaterSector = false

  private let file: any StorageFile
  private let shape: LogShape
  private let status: StatusBlock
  /// The sectors that were read last, from position `chunkStart` on.
  private var chunk = ByteBuffer()
  private var chunkStart: UInt64 = 0
  private var chunkSectors = 0
  /// How many sectors the next read asks for, where the file wants large reads: it begins small and grows.
  private var readSectors = 16
  private var expectedSequence: UInt64
  private var recordStart = 0

  /// How many bytes of records a scan makes room for at once, where the log can hold so many: memory that is not used costs
  /// nothing where the scan reads much at a time.
  private static let reservedBytesMax = 1 << 16
  private static let reservedBytesMaxSequential = 1 << 26

  init(_ file: any StorageFile, _ shape: LogShape, _ status: StatusBlock) {
    self.file = file
    self.shape = shape
    self.status = status
    end = status.head
    lastBatch = BatchStart(place: end, record: 0)
    expectedSequence = end.sequence
  }

  private var ringEnd: UInt64 { status.headPosition + UInt64(shape.recordSectors) }

  /// Reads the records from the head to `limit`, or to the end of the log where it is nil.
  mutating func run(limit: UInt64? = nil) throws(RVMError) {
    let stop = limit ?? ringEnd
    var position = end.position
    /// Where the batch ends that lacks a sector, once another sector of it is known.
    var batchEnd: UInt64?
    /// Where a copy ends that lies in the place of that batch.
    var copyEnd: UInt64?
    while position < stop, let stamp = try read(position) {
      guard stamp.generation == status.generation else {
        copyEnd = stamp.batchEnd
        break
      }
      guard stamp.batchStart == end.position else {
        throw damaged(
          "the sector at position \(position) says that its batch begins at \(stamp.batchStart), not at "
            + "\(end.position)")
      }
      if position == status.headPosition {
        let reservedMax =
          file.sequentialReadLength > 0 ? Self.reservedBytesMaxSequential : Self.reservedBytesMax
        stream.reserve(min(shape.batchBytesMax, reservedMax))
      }
      let payload = chunkOffset(position) + SectorStamp.length
      stream.append(chunk, payload..<payload + stamp.usedBytes)
      position += 1
      try acceptRecords(before: position, stamp)
      foundLaterSector = !stamp.isLastOfBatch
      batchEnd = stamp.isLastOfBatch ? nil : stamp.batchEnd
    }
    if let limit, end.position != limit {
      throw damaged("its records end at position \(end.position), not at \(limit) as they were written")
    }
    if limit == nil {
      if position < ringEnd {
        try refuseDamageOfDurable(position, batchEnd: batchEnd, from: batchEnd ?? copyEnd ?? position + 1)
      }
      if end.position < status.durableEnd {
        throw damaged(
          "its records end at position \(end.position), although they were durable up to \(status.durableEnd)"
        )
      }
    }
    stream.resize(to: records.prefix(liveCount).last.map { $0.start + $0.length } ?? 0)
  }

  private func chunkOffset(_ position: UInt64) -> Int { Int(position - chunkStart) * shape.sectorLength }

  /// Makes `chunk` hold the sector at `position`, or its first `count` bytes.
  private mutating func fill(_ position: UInt64, _ count: Int) throws(RVMError) {
    let offset = shape.fileOffset(of: position)
    var length = count
    chunkSectors = 1
    if file.sequentialReadLength > shape.sectorLength {
      chunkSectors = min(readSectors, (shape.fileLength - offset) / shape.sectorLength)
      length = chunkSectors * shape.sectorLength
      readSectors = min(2 * readSectors, file.sequentialReadLength / shape.sectorLength)
    }
    chunkStart = position
    do {
      try chunk.read(length, from: file, at: offset)
    } catch {
      chunkSectors = 0
      throw .storage(during: "reading records", error)
    }
    guard chunk.count == length else {
      throw damaged(
        "it ends within the sector at position \(position + UInt64(chunk.count / shape.sectorLength))")
    }
  }

  private func holds(_ position: UInt64) -> Bool {
    chunkSectors > 1 && position >= chunkStart && position < chunkStart + UInt64(chunkSectors)
  }

  /// The stamp of the sector at `position`, which `chunk` then holds; nil where none is there that tells anything.
  ///
  /// Of a later generation than the log's it is a copy that a recovery did not finish, and that nothing points to.
  private mutating func read(_ position: UInt64) throws(RVMError) -> SectorStamp? {
    if !holds(position) { try fill(position, shape.sectorLength) }
    return try verifiedSector(position)
  }

  /// As `read`, for a sector that is not expected to be there: at first it asks for the stamp alone.
  private mutating func look(_ position: UInt64) throws(RVMError) -> SectorStamp? {
    if !holds(position) { try fill(position, SectorStamp.length) }
    let claimed = SectorStamp.claimed(chunk, sectorAt: chunkOffset(position))
    let mayTell =
      claimed.generation >= status.generation && claimed.position >= position
      || shape.fileOffset(of: claimed.position) != shape.fileOffset(of: position)
      || StatusBlock.hasMagic(chunk, at: chunkOffset(position))
    return mayTell ? try read(position) : nil
  }

  private func verifiedSector(_ position: UInt64) throws(RVMError) -> SectorStamp? {
    let start = chunkOffset(position)
    guard let stamp = SectorStamp.verify(chunk, sectorAt: start, sectorLength: shape.sectorLength) else {
      if StatusBlock.hasMagic(chunk, at: start) {
        var sector = ByteBuffer()
        sector.append(chunk, start..<start + shape.sectorLength)
        if StatusBlock.decode(sector) != nil {
          throw damaged("a status block was written over the sector at position \(position)")
        }
      }
      return nil
    }
    guard shape.fileOffset(of: stamp.position) == shape.fileOffset(of: position) else {
      throw damaged("the sector at position \(position) holds the one of position \(stamp.position)")
    }
    if stamp.generation == status.generation, stamp.position > position {
      throw damaged(
        "the sector at position \(position) was overwritten by position \(stamp.position), "
          + "so the status block that was found is not the newest")
    }
    if stamp.generation > status.generationMax {
      throw damaged(
        "the sector at position \(position) was written in generation \(stamp.generation), so the status "
          + "block that was found, which knows \(status.generationMax), is not the newest")
    }
    return stamp.generation >= status.generation && stamp.position == position ? stamp : nil
  }

  /// Takes the records that are complete; the batch they belong to becomes live with its last one.
  private mutating func acceptRecords(before position: UInt64, _ stamp: SectorStamp) throws(RVMError) {
    while stream.count - recordStart >= Record.headerLength {
      let header = Record.Header.load(from: stream, at: recordStart)
      guard header.sequence == expectedSequence, header.length >= Record.headerLength else {
        throw damaged(
          "the record before position \(position) has sequence number \(header.sequence) and length "
            + "\(header.length), where number \(expectedSequence) belongs")
      }
      guard header.length <= stream.count - recordStart else { break }
      records.append(
        FoundRecord(sequence: header.sequence, start: recordStart, length: header.length))
      recordStart += header.length
      expectedSequence += 1
      if header.followers == 0 {
        guard recordStart == stream.count, stamp.isLastOfBatch else {
          throw damaged("bytes follow the last record of a batch before position \(position)")
        }
        batchBefore = liveCount == 0 ? nil : lastBatch
        lastBatch = BatchStart(place: end, record: liveCount)
        liveCount = records.count
        end = LogPlace(position: position, sequence: expectedSequence)
        return
      }
    }
    if stamp.isLastOfBatch { throw damaged("a batch ends within a record before position \(position)") }
  }

  /// How many of the records belong to complete batches.
  private(set) var liveCount = 0

  /// The sector at `position` is not there. Refuses the log where a sector of a later batch proves that it was.
  ///
  /// - Parameters:
  ///   - batchEnd: where the batch ends that has this position, where another sector of it told that.
  ///   - start: where to begin to look.
  private mutating func refuseDamageOfDurable(
    _ position: UInt64, batchEnd: UInt64?, from start: UInt64
  ) throws(RVMError) {
    var batchEnd = batchEnd
    var place = start
    var left = Self.searchSectors
    while place < ringEnd, left > 0 {
      left -= 1
      guard let stamp = try look(place) else {
        place += 1
        continue
      }
      if stamp.generation == status.generation {
        guard stamp.batchStart <= position, batchEnd == nil else {
          throw damaged(
            "the sector at position \(position) is damaged, although it was durable before position "
              + "\(place) was written")
        }
        foundLaterSector = true
        batchEnd = stamp.batchEnd
        left = Self.searchSectors
      }
      place = stamp.batchEnd
    }
  }

  /// The records of complete batches.
  var liveRecords: ArraySlice<FoundRecord> { records.prefix(liveCount) }

  private func damaged(_ reason: String) -> RVMError { .logDamaged(log: file.name, reason: reason) }
}
