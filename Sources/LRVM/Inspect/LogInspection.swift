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
  /// Whether the header's first copy is damaged, and the second one was read.
  public var isHeaderDamaged = false
  public var slots: [Slot] = []
  public var records: [Entry] = []
  /// The position at which the live records begin, and the one after the last of them.
  public var headPosition: UInt64?
  public var endPosition: UInt64?
  /// Why the valid part ends where it does.
  public var ending = ""
  /// What makes recovery refuse the log; nil for nothing.
  public var damage: String?

  /// This many bytes of a range's values are shown.
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
      let found = try LogHeader.read(file)
      shape = found.shape
      isHeaderDamaged = found.isFirstDamaged
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
    let found: StatusSlots
    do { found = try StatusSlots(file, shape) } catch { throw .storage(during: "reading the log", error) }
    let newest = found.newest
    for (index, slot) in found.slots.enumerated() {
      switch slot {
      case .blank: slots.append(Slot(slot: index, state: "empty"))
      case .damaged: slots.append(Slot(slot: index, state: "damaged"))
      case .block(let block):
        slots.append(
          Slot(
            slot: index, state: "valid", holds: block == newest, counter: block.counter,
            generation: block.generation, generationMax: block.generationMax,
            headPosition: block.headPosition, headSequence: block.headSequence,
            durableEnd: block.durableEnd,
            segments: block.segments.map { Segment(name: $0.name, length: $0.length) }))
      }
    }
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
    endPosition = scan.end.place.position
    do { ending = try scan.endingDescription() } catch {
      if case .storage = error { throw error }
      ending = "the file ends there"
    }
    var start = 0
    while start < scan.end.offset {
      let header = Record.Header.load(from: scan.stream, at: start)
      records.append(entry(header, at: start, in: scan.stream, status))
      start += header.length
    }
  }

  private func entry(
    _ header: Record.Header, at start: Int, in stream: borrowing ByteBuffer, _ status: StatusBlock
  ) -> Entry {
    let end = start + header.length
    var entry = Entry(
      sequence: header.sequence, length: header.length, followers: header.followers, ranges: [])
    var offset = start + Record.headerLength
    while offset < end {
      guard let range = Record.Range.load(from: stream, at: offset, end: end) else { break }
      let names = status.segments
      let shown = range.valuesStart..<range.valuesStart + min(range.length, Self.valuesShownMax)
      entry.ranges.append(
        Range(
          segment: range.segment, name: range.segment < names.count ? names[range.segment].name : nil,
          offset: range.offset, length: range.length,
          values: shown.map { Self.digits(stream.load(UInt8.self, at: $0)) }.joined()))
      offset = range.valuesEnd
    }
    return entry
  }

  private static func digits(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.utf8.count == 1 ? "0\(digits)" : digits
  }
}
