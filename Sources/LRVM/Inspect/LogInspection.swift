public import Storage

/// What a log file holds, read without writing or locking anything: its header, its status blocks, the records that
/// recovery would find, and where validity ends and why. Damage is a finding here, and no error.
///
/// A log that a program has open may change while it is read; what is said of it then is of no one moment.
public struct LogInspection: Codable, Hashable, Sendable {
  /// How the file is divided.
  public struct Header: Codable, Hashable, Sendable {
    public var recordSectors: Int
    /// In bytes, as the two that follow.
    public var sectorLength: Int
    public var statusLength: Int
    public var fileLength: Int
  }

  /// One of the places for a status block.
  public struct Slot: Codable, Hashable, Sendable {
    public var slot: Int
    /// `valid`, `empty` (never written), or `damaged`.
    public var state: String
    /// Whether recovery goes by this block.
    public var holds = false
    public var counter: UInt64?
    public var generation: UInt32?
    public var generationMax: UInt32?
    public var headPosition: UInt64?
    public var headSequence: UInt64?
    public var durableEnd: UInt64?
    public var segments: [Segment] = []
  }

  /// A segment that a status block names.
  public struct Segment: Codable, Hashable, Sendable {
    public var name: String
    /// In bytes.
    public var length: Int
  }

  /// A record that recovery would apply.
  public struct Entry: Codable, Hashable, Sendable {
    public var sequence: UInt64
    /// In bytes, its headers included.
    public var length: Int
    /// Records after it in the same batch.
    public var followers: UInt32
    public var ranges: [Range]
    /// Whether its ranges make sense to its end.
    public var isWhole: Bool
  }

  /// A range of a record.
  public struct Range: Codable, Hashable, Sendable {
    /// The segment's index in the status block, and its name there.
    public var segment: Int
    public var name: String?
    /// In bytes.
    public var offset: Int
    public var length: Int
    /// The first bytes of the new values, in hexadecimal.
    public var values: String
  }

  /// The file's name.
  public var name: String
  /// How long the file is, in bytes.
  public var length = 0
  /// Nil where it cannot be read.
  public var header: Header?
  public var slots: [Slot] = []
  public var records: [Entry] = []
  /// The position at which the live records begin, and the one after the last of them.
  public var headPosition: UInt64?
  public var endPosition: UInt64?
  /// Why the valid part ends where it does.
  public var ending = ""
  /// What makes recovery refuse the log; nil for nothing.
  public var damage: String?

  /// So many bytes of a range's values are shown.
  static let valuesShownMax = 16

  /// Reads the log `name` on `storage`.
  ///
  /// - Returns: nil where the file does not begin as a log does: a segment, perhaps.
  /// - Throws: where the file cannot be opened or read.
  public init?(_ name: String, on storage: any Storage) throws(RVMError) {
    self.name = name
    let file: any StorageFile
    do {
      file = try storage.open(name, .readOnly)
      length = try file.size()
    } catch {
      throw .storage(during: "opening the log", error)
    }
    let shape: LogShape
    do {
      var buffer = ByteBuffer()
      try Self.read(file, at: 0, 512, into: &buffer)
      shape = try LogHeader.decode(buffer, log: name)
    } catch {
      switch error {
      case .notALog: return nil
      case .storage: throw error
      default:
        damage = "\(error)"
        ending = "the header cannot be read, so nothing else can"
        return
      }
    }
    header = Header(
      recordSectors: shape.recordSectors, sectorLength: shape.sectorLength, statusLength: shape.statusLength,
      fileLength: shape.fileLength)
    guard let status = try readSlots(file, shape) else {
      damage = "none of its status blocks is valid"
      ending = "without a status block nobody knows where the records begin"
      return
    }
    try readRecords(file, shape, status)
  }

  /// Reads all slots.
  ///
  /// - Returns: the block that holds.
  private mutating func readSlots(_ file: any StorageFile, _ shape: LogShape) throws(RVMError) -> StatusBlock?
  {
    var newest: StatusBlock?
    for slot in 0..<Int(StatusBlock.slots) {
      var buffer = ByteBuffer()
      try Self.read(file, at: shape.statusOffset(counter: UInt64(slot)), shape.statusLength, into: &buffer)
      var entry = Slot(slot: slot, state: "damaged")
      if let block = StatusBlock.decode(buffer), block.counter % StatusBlock.slots == slot {
        entry = Slot(
          slot: slot, state: "valid", counter: block.counter, generation: block.generation,
          generationMax: block.generationMax, headPosition: block.headPosition,
          headSequence: block.headSequence,
          durableEnd: block.durableEnd,
          segments: block.segments.map { Segment(name: $0.name, length: $0.length) })
        if newest == nil || block.counter > newest?.counter ?? 0 { newest = block }
      } else if buffer.count >= 8, buffer.load(UInt64.self, at: 0) == 0 {
        entry.state = "empty"
      }
      slots.append(entry)
    }
    if let newest { slots[Int(newest.counter % StatusBlock.slots)].holds = true }
    return newest
  }

  private mutating func readRecords(
    _ file: any StorageFile, _ shape: LogShape, _ status: StatusBlock
  ) throws(RVMError) {
    var scan = LogScan(file, shape, status)
    do {
      try scan.run()
    } catch {
      if case .storage = error { throw error }
      damage = "\(error)"
    }
    headPosition = status.headPosition
    endPosition = scan.end.position
    for record in scan.liveRecords {
      let header = Record.Header.load(from: scan.stream, at: record.start)
      let end = record.start + record.length
      var entry = Entry(
        sequence: record.sequence, length: record.length, followers: header.followers, ranges: [],
        isWhole: true)
      var offset = record.start + Record.headerLength
      while offset < end {
        guard let range = Record.Range.load(from: scan.stream, at: offset, end: end) else {
          entry.isWhole = false
          damage = damage ?? "record \(record.sequence) names bytes that no segment has"
          break
        }
        let names = status.segments
        if damage == nil, range.segment >= names.count || range.end > names[range.segment].length {
          damage = "record \(record.sequence) names bytes that no segment has"
        }
        let shown = range.valuesStart..<range.valuesStart + min(range.length, Self.valuesShownMax)
        entry.ranges.append(
          Range(
            segment: range.segment, name: range.segment < names.count ? names[range.segment].name : nil,
            offset: range.offset, length: range.length,
            values: shown.map { Self.digits(scan.stream.load(UInt8.self, at: $0)) }.joined()))
        offset = range.valuesEnd
      }
      records.append(entry)
    }
    ending = try Self.ending(file, shape, status, at: scan.end.position)
  }

  /// What stands at the position where the valid part ends.
  private static func ending(
    _ file: any StorageFile, _ shape: LogShape, _ status: StatusBlock, at position: UInt64
  ) throws(RVMError) -> String {
    if position >= status.headPosition + UInt64(shape.recordSectors) { return "the record area is full" }
    var buffer = ByteBuffer()
    try read(file, at: shape.fileOffset(of: position), shape.sectorLength, into: &buffer)
    guard buffer.count == shape.sectorLength else { return "the file ends there" }
    guard let stamp = SectorStamp.verify(buffer, sectorAt: 0, sectorLength: shape.sectorLength) else {
      let isZero = (0..<shape.sectorLength / 8).allSatisfy { buffer.load(UInt64.self, at: 8 * $0) == 0 }
      return isZero
        ? "the sector there was never written"
        : "the checksum of the sector there does not hold: it was torn, or damaged later"
    }
    if stamp.generation != status.generation {
      return "the sector there is of generation \(stamp.generation), another life of the log"
    }
    if stamp.position != position {
      return "the sector there is of another lap, at position \(stamp.position)"
    }
    return "the batch that begins there, of \(stamp.batchSectors) sectors, is not complete"
  }

  /// What the file has of `count` bytes from `offset` on.
  private static func read(
    _ file: any StorageFile, at offset: Int, _ count: Int, into buffer: inout ByteBuffer
  ) throws(RVMError) {
    do { try buffer.read(count, from: file, at: offset) } catch {
      throw .storage(during: "reading the log", error)
    }
  }

  private static func digits(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.utf8.count == 1 ? "0\(digits)" : digits
  }
}
