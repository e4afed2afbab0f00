internal import CXXHash

/// The bytes of a log. All integers are the machine's (little-endian on every machine that Vista runs on).
///
///     0      magic        8   "RioVista"
///     8      version      8   1
///     16     length       8   of the log
///     24     slotCount    8   32
///     32     chunkLength  8   4096
///     40     checksum     8   XXH3 of the 40 bytes before it
///     64     slots       64 each (`SlotLayout`)
///     4096   segments   256 each (`SegmentEntry`), 60 of them
///     20480  undo area, in chunks of 4096 bytes; the first 32 belong to one slot each
///
/// The header is written before the log has its name, and never again.
enum LogLayout {
  static let magic: UInt64 = 0x6174_7369_566f_6952
  static let version: UInt64 = 1
  static let magicOffset = 0
  static let versionOffset = 8
  static let lengthOffset = 16
  static let slotCountOffset = 24
  static let chunkLengthOffset = 32
  static let checksumOffset = 40
  static let headerLength = 48

  static let slotsOffset = 64
  static let slotLength = 64
  static let slotCount = 32

  static let segmentsOffset = 4096
  static let segmentEntryLength = 256
  static let segmentCount = 60

  static let undoOffset = 20480
  static let chunkLength = 4096
  /// Heads are written in 32 bits, in words of 8 bytes.
  static let lengthMax = 1 << 35
  static let lengthMin = undoOffset + slotCount * chunkLength

  static func header(length: Int) -> [UInt8] {
    var words: [UInt64] = [
      magic, version, UInt64(length), UInt64(slotCount), UInt64(chunkLength),
    ]
    words.append(checksum(words))
    return words.flatMap { word in unsafe withUnsafeBytes(of: word) { unsafe Array($0) } }
  }

  static func checksum(_ words: [UInt64]) -> UInt64 {
    unsafe words.withUnsafeBytes { unsafe cxxhash_xxh3_64($0.baseAddress, $0.count, 0) }
  }
}

/// The bytes of a slot, in which one transaction at a time is open: one cache line, whose stores survive in order.
///
///     0   state   8   the generation, which counts the slot's transactions, times 4; and the phase
///     8   head    8   where the newest record is, in words of 8 bytes; and the generation's low half in the upper half
///
/// A head of another generation is that of an earlier transaction: the list is empty.
enum SlotLayout {
  static let stateOffset = 0
  static let headOffset = 8

  enum Phase: UInt64 {
    /// No transaction, or one that has ended: its records count for nothing.
    case free = 0
    /// Its records are put back if there is a crash.
    case open = 1
    /// It is committed, and what it freed is still to be freed.
    case committed = 2
  }

  static func offset(_ slot: Int) -> Int { LogLayout.slotsOffset + slot * LogLayout.slotLength }

  static func state(_ generation: UInt64, _ phase: Phase) -> UInt64 { generation << 2 | phase.rawValue }

  static func generation(_ state: UInt64) -> UInt64 { state >> 2 }

  /// Nil for a state that no store of ours leaves.
  static func phase(_ state: UInt64) -> Phase? { Phase(rawValue: state & 3) }

  static func head(_ generation: UInt64, _ record: Int) -> UInt64 {
    generation << 32 | UInt64(record / 8)
  }

  /// Where the newest record is that the slot's present transaction made; 0 where it made none.
  static func record(_ head: UInt64, _ generation: UInt64) -> Int {
    head >> 32 == generation & 0xffff_ffff ? Int(head & 0xffff_ffff) * 8 : 0
  }
}

/// One entry of the table of the segments that are mapped.
///
///     0    length   8   the segment's, in bytes; 0: the entry is free
///     8    count    8   the name's bytes
///     16   name   240   UTF-8
///
/// The length is stored last. After a crash an entry says what was mapped then, until its number is given to another segment:
/// records name only segments that were mapped after it.
enum SegmentEntry {
  static let lengthOffset = 0
  static let countOffset = 8
  static let nameOffset = 16
  static let nameLengthMax = LogLayout.segmentEntryLength - nameOffset

  static func offset(_ index: Int) -> Int {
    LogLayout.segmentsOffset + index * LogLayout.segmentEntryLength
  }
}
