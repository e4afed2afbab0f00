import Storage

/// The live records of a log, read forward from the head and verified sector by sector.
///
/// The scan asks for one sector at a time and stops at the first that settles where the log ends, so that
/// recovery reads no more than it needs. Where the log ends is decided thus:
///
/// - An intact sector of an earlier position or generation, or a blank one, was never overwritten: the log ends here.
/// - A damaged sector is a torn write, unless a later sector proves that this one had been durable before:
///   then it was damaged afterwards, and the log is refused rather than cut short.
/// - An intact sector of this generation and a later lap, or of a later generation, means that the status block is
///   older than the log: the newest one was damaged after it was durable, and the log is refused.
///
/// A batch that is not complete is left out whole.
struct LogScan: ~Copyable {
  struct FoundRecord {
    var sequence: UInt64
    /// Where the record lies in `stream`.
    var start: Int
    var length: Int
  }

  /// The payloads, one after the other.
  private(set) var stream = ByteBuffer()
  private(set) var records: [FoundRecord] = []
  /// The position and the sequence number after the last complete batch.
  private(set) var endPosition: UInt64
  private(set) var endSequence: UInt64

  private let file: any StorageFile
  private let shape: LogShape
  private let generation: UInt32
  private var sector: ByteBuffer
  private var expectedSequence: UInt64
  private var recordStart = 0

  /// How many bytes of records a scan makes room for at once, where the log can hold so many.
  private static let reservedBytesMax = 1 << 16

  init(_ file: any StorageFile, _ shape: LogShape, _ status: StatusBlock) {
    self.file = file
    self.shape = shape
    generation = status.generation
    endPosition = status.headPosition
    endSequence = status.headSequence
    expectedSequence = status.headSequence
    sector = ByteBuffer()
    sector.resize(to: shape.sectorLength)
  }

  /// Reads the records from the head to `limit`, or to the end of the log where it is nil.
  mutating func run(limit: UInt64? = nil) throws(RVMError) {
    let head = endPosition
    let ringEnd = head + UInt64(shape.recordSectors)
    var position = head
    while position < (limit ?? ringEnd) {
      switch try read(position) {
      case .intact(let stamp) where stamp.generation == generation && stamp.position == position:
        if position == head { stream.reserve(min(shape.batchBytesMax, Self.reservedBytesMax)) }
        stream.append(sector, SectorStamp.length..<SectorStamp.length + stamp.usedBytes)
        position += 1
        try acceptRecords(before: position, isLastOfBatch: stamp.usedBytes < shape.payloadLength)
        continue
      case .intact(let stamp) where stamp.generation == generation && stamp.position > position:
        throw damaged(
          "the sector at position \(position) was overwritten by position \(stamp.position), "
            + "so the status block that was found is not the newest")
      case .intact(let stamp) where stamp.generation > generation:
        throw damaged(
          "the sector at position \(position) was written in generation \(stamp.generation), so the status "
            + "block that was found, of generation \(generation), is not the newest")
      case .intact, .blank: break
      case .damaged: try refuseDamageOfDurable(position, ringEnd: ringEnd)
      }
      break
    }
    if let limit, endPosition != limit {
      throw damaged("its records end at position \(endPosition), not at \(limit) as they were written")
    }
    stream.resize(to: records.last.map { $0.start + $0.length } ?? 0)
  }

  private mutating func read(_ position: UInt64) throws(RVMError) -> SectorStamp.Content {
    do {
      try sector.read(shape.sectorLength, from: file, at: shape.fileOffset(of: position))
    } catch {
      throw .storage(during: "reading records", error)
    }
    guard sector.count == shape.sectorLength else {
      throw damaged("it ends within the sector at position \(position)")
    }
    return SectorStamp.verify(sector, sectorAt: 0, sectorLength: shape.sectorLength)
  }

  /// Takes the records that are complete; the batch they belong to becomes live with its last one.
  private mutating func acceptRecords(before position: UInt64, isLastOfBatch: Bool) throws(RVMError) {
    while stream.count - recordStart >= Record.headerLength {
      let header = Record.Header.load(from: stream, at: recordStart)
      guard header.sequence == expectedSequence, header.length >= Record.headerLength else {
        throw damaged(
          "the record before position \(position) has sequence number \(header.sequence) and length "
            + "\(header.length), where number \(expectedSequence) belongs")
      }
      guard header.length <= stream.count - recordStart else { return }
      records.append(
        FoundRecord(sequence: header.sequence, start: recordStart, length: header.length))
      recordStart += header.length
      expectedSequence += 1
      if header.followers == 0 {
        guard recordStart == stream.count else {
          throw damaged("bytes follow the last record of a batch before position \(position)")
        }
        endPosition = position
        endSequence = expectedSequence
      }
    }
    if isLastOfBatch && recordStart < stream.count {
      throw damaged("a batch ends within a record before position \(position)")
    }
  }

  /// Looks through the rest of the ring for a sector that was written when `position` was already durable.
  private mutating func refuseDamageOfDurable(_ position: UInt64, ringEnd: UInt64) throws(RVMError) {
    var later = position + 1
    while later < ringEnd {
      if case .intact(let stamp) = try read(later), stamp.generation == generation, stamp.position == later,
        stamp.provenEnd > position
      {
        throw damaged(
          "the sector at position \(position) is damaged, although it was durable before position "
            + "\(later) was written")
      }
      later += 1
    }
  }

  /// Drops the records of a batch that is not complete, and gives the rest.
  var liveRecords: ArraySlice<FoundRecord> {
    records.prefix { $0.sequence < endSequence }
  }

  private func damaged(_ reason: String) -> RVMError { .logDamaged(log: file.name, reason: reason) }
}
