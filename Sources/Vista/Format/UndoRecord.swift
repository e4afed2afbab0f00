/// A record of what a transaction has to undo, or to do at its end.
///
///     0    link      8   where the record before it is, in words of 8 bytes, 0 for none; the kind in the highest byte
///     8    owner     8   the generation's low half, in the upper half; the segment's number; the length (16 bits each)
///     16   place     8   in the segment, bytes
///     24   bytes         as `length` says, of kind `bytes`; to a multiple of 8
///
/// A transaction's records are a list, the newest first. A record that no head leads to does not exist.
struct UndoRecord: Equatable {
  enum Kind: UInt8 {
    /// The bytes that a range held.
    case bytes = 1
    /// A bit of the heap that was set, and is cleared where the transaction aborts. `length` is the bit's number.
    case allocation = 2
    /// A bit of the heap that is cleared when the transaction has committed. `length` is the bit's number.
    case release = 3
  }

  static let headerLength = 24
  static let lengthMax = LogLayout.chunkLength - headerLength

  var kind: Kind
  /// The record before it; 0 for none.
  var previous: Int
  var generation: UInt32
  var segment: Int
  /// Of the bytes, or a bit's number.
  var length: Int
  /// In the segment.
  var place: Int

  var byteCount: Int { kind == .bytes ? length : 0 }
  /// What the record takes in the undo area.
  static func extent(byteCount: Int) -> Int { headerLength + ((byteCount + 7) & ~7) }

  var words: (link: UInt64, owner: UInt64, place: UInt64) {
    @inline(__always) get {
      (
        UInt64(previous / 8) | UInt64(kind.rawValue) << 56,
        UInt64(generation) << 32 | UInt64(segment) << 16 | UInt64(length), UInt64(place)
      )
    }
  }

  @inline(__always)
  init(kind: Kind, previous: Int, generation: UInt64, segment: Int, length: Int, place: Int) {
    self.kind = kind
    self.previous = previous
    self.generation = UInt32(truncatingIfNeeded: generation)
    self.segment = segment
    self.length = length
    self.place = place
  }

  /// Nil where the words are no record.
  init?(link: UInt64, owner: UInt64, place: UInt64) {
    guard let kind = Kind(rawValue: UInt8(link >> 56)), (link << 8) >> 40 == 0, place <= Int.max else {
      return nil
    }
    self.init(
      kind: kind, previous: Int(link & 0xffff_ffff) * 8, generation: owner >> 32,
      segment: Int(owner >> 16 & 0xffff), length: Int(owner & 0xffff), place: Int(place))
  }

  /// The record at `place` of a log; nil where the words are none that lies in one chunk.
  init?(_ place: Int, in log: AddressedMemory) {
    guard place >= LogLayout.undoOffset, place <= log.length - Self.headerLength else { return nil }
    self.init(link: log.load(place), owner: log.load(place + 8), place: log.load(place + 16))
    let inChunk = (place - LogLayout.undoOffset) % LogLayout.chunkLength
    if inChunk + Self.extent(byteCount: byteCount) > LogLayout.chunkLength { return nil }
  }

  /// Whether it is about a place in a segment of that many bytes.
  func fits(_ segmentLength: Int) -> Bool {
    switch kind {
    case .bytes: length > 0 && place <= segmentLength - length
    case .allocation, .release: place % 8 == 0 && place <= segmentLength - 8 && length < 64
    }
  }
}
