/// The root of a log: where its live records begin, which life it is in, and which segments it names.
///
/// Three are kept and written in turn, each under its own checksum; the valid one with the highest counter holds. So the
/// two newest are never written over: a torn write leaves both, and even where the newest was in the cache
/// alone (a sync of it failed), the one before it is on the disk.
///
///     0   magic            8   "LRVMstat"
///     8   checksum         8   XXH3 of bytes 16..<usedLength
///     16  usedLength       4   bytes of the block in use, the segment table included
///     20  segmentCount     4
///     24  counter          8   how many times a status block was written
///     32  generation       4   the life of the log whose records are live
///     36  generationMax    4   no sector of a later generation was ever written
///     40  headPosition     8   the sector where live records begin
///     48  headSequence     8   the sequence number of the first live record
///     56  durableEnd       8   the position up to which the log was durable when the block was written
///     64  segment table        for each: length 8, name length 2, name (UTF-8)
struct StatusBlock: Hashable {
  static let headerLength = 64
  /// How many blocks a log keeps.
  static let slots: UInt64 = 3
  static let nameLengthMax = 1024
  /// No counter, position or sequence number that was counted up from 1 reaches this.
  private static let numberMax: UInt64 = 1 << 62
  private static let magic: UInt64 = 0x7461_7473_4d56_524c  // "LRVMstat", read little-endian

  struct Segment: Hashable {
    var name: String
    var length: Int

    /// The place of a name that is gone.
    static let hole = Segment(name: "", length: 0)
  }

  var counter: UInt64 = 0
  var generation: UInt32 = 1
  var generationMax: UInt32 = 1
  var headPosition: UInt64 = 0
  var headSequence: UInt64 = 1
  var durableEnd: UInt64 = 0
  var segments: [Segment] = []

  /// Begins a new life of the log: no sector that is in the ring belongs to it.
  mutating func beginGeneration() {
    generationMax += 1
    generation = generationMax
  }

  /// Names a segment at a place that exists, or at the next one.
  mutating func setSegment(_ segment: Segment, at index: Int) {
    if index == segments.count { segments.append(segment) } else { segments[index] = segment }
  }

  /// Bytes that the block takes with its segment table.
  var usedLength: Int {
    segments.reduce(Self.headerLength) { $0 + 10 + $1.name.utf8.count }
  }

  /// Replaces the buffer's content by the block, padded with zeros to whole sectors.
  func encode(into buffer: inout ByteBuffer, sectorLength: Int) {
    let used = usedLength
    buffer.resize(to: (used + sectorLength - 1) / sectorLength * sectorLength)
    buffer.fill(0..<buffer.count, with: 0)
    buffer.store(Self.magic, at: 0)
    buffer.store(UInt32(used), at: 16)
    buffer.store(UInt32(segments.count), at: 20)
    buffer.store(counter, at: 24)
    buffer.store(generation, at: 32)
    buffer.store(generationMax, at: 36)
    buffer.store(headPosition, at: 40)
    buffer.store(headSequence, at: 48)
    buffer.store(durableEnd, at: 56)
    var offset = Self.headerLength
    for segment in segments {
      let name = Array(segment.name.utf8)
      buffer.store(UInt64(segment.length), at: offset)
      buffer.store(UInt16(name.count), at: offset + 8)
      unsafe buffer.replace(at: offset + 10, with: name.span.bytes)
      offset += 10 + name.count
    }
    buffer.store(buffer.checksum(of: 16..<used, seed: 0), at: 8)
  }

  /// Whether the bytes begin as a status block does.
  static func hasMagic(_ bytes: RawSpan) -> Bool {
    bytes.byteCount >= 8 && bytes.load(UInt64.self, at: 0) == magic
  }

  /// The bytes that a block claims to use; nil where its beginning is not a status block's.
  static func claimedLength(_ bytes: RawSpan) -> Int? {
    guard bytes.byteCount >= headerLength, hasMagic(bytes) else { return nil }
    let used = Int(bytes.load(UInt32.self, at: 16))
    return used >= headerLength ? used : nil
  }

  /// The block that the bytes begin with; nil where it was never written, torn or damaged.
  static func decode(_ bytes: RawSpan) -> StatusBlock? {
    guard let used = claimedLength(bytes), used <= bytes.byteCount,
      bytes.load(UInt64.self, at: 8) == bytes.checksum(of: 16..<used),
      let segments = decodeSegments(bytes, used: used)
    else { return nil }
    let block = StatusBlock(
      counter: bytes.load(UInt64.self, at: 24),
      generation: bytes.load(UInt32.self, at: 32),
      generationMax: bytes.load(UInt32.self, at: 36),
      headPosition: bytes.load(UInt64.self, at: 40),
      headSequence: bytes.load(UInt64.self, at: 48),
      durableEnd: bytes.load(UInt64.self, at: 56),
      segments: segments)
    guard block.counter < numberMax, block.headPosition < numberMax, block.headSequence < numberMax,
      block.durableEnd >= block.headPosition, block.durableEnd < numberMax,
      block.generation <= block.generationMax, block.generationMax < UInt32.max - 1
    else { return nil }
    return block
  }

  private static func decodeSegments(_ bytes: RawSpan, used: Int) -> [Segment]? {
    var segments: [Segment] = []
    var offset = headerLength
    for _ in 0..<bytes.load(UInt32.self, at: 20) {
      guard offset + 10 <= used else { return nil }
      let length = bytes.load(UInt64.self, at: offset)
      let nameEnd = offset + 10 + Int(bytes.load(UInt16.self, at: offset + 8))
      guard nameEnd <= used, length <= UInt64(Int.max),
        let name = bytes.string(in: offset + 10..<nameEnd)
      else { return nil }
      segments.append(Segment(name: name, length: Int(length)))
      offset = nameEnd
    }
    return offset == used ? segments : nil
  }
}
