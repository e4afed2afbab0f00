import Storage

/// Asks about sectors of the record area, and reads them: one at a time, or many where the file says that large reads are
/// faster.
///
/// What is read ahead is not needed: where that fails, only the sector that was asked for is read.
struct SectorReader: ~Copyable {
  private let file: any StorageFile
  private let shape: LogShape
  /// The sectors that were read last, from position `start` on.
  private var chunk = ByteBuffer()
  private var start: UInt64 = 0
  private var count = 0
  /// How many sectors the next read asks for: it begins small and grows.
  private var readSectors = 16
  private let readsAhead: Bool

  init(_ file: any StorageFile, _ shape: LogShape) {
    self.file = file
    self.shape = shape
    readsAhead = file.sequentialReadLength > shape.sectorLength
  }

  /// What `question` makes of the sector at `position`; see `StorageFile.examine`.
  mutating func ask<Answer: Hashable>(
    _ position: UInt64, _ question: (RawSpan) -> Answer
  ) throws(RVMError) -> Answer {
    if readsAhead {
      try fill(position)
      return question(chunk.bytes.extracting(range(of: position)))
    }
    let length = shape.sectorLength
    let answer: Answer?
    do {
      answer = try file.examine(length, at: shape.fileOffset(of: position)) { sector in
        sector.byteCount == length ? question(sector) : nil
      }
    } catch {
      throw .storage(during: "reading records", error)
    }
    guard let answer else { throw ends(within: position) }
    return answer
  }

  /// Reads the sector at `position`, of which the answer to a question was `stamp`: once more where it was not read then.
  ///
  /// - Throws: `.logDamaged` where it says something else now.
  mutating func read(_ position: UInt64, _ stamp: SectorStamp) throws(RVMError) {
    if readsAhead { return try fill(position) }
    try readOne(position)
    if SectorStamp.verify(chunk.bytes) != stamp {
      throw .logDamaged(
        log: file.name, reason: "the sector at position \(position) has changed while it was read")
    }
  }

  /// Appends the sector that was read last.
  func appendSector(_ position: UInt64, to buffer: inout ByteBuffer) {
    buffer.append(chunk, range(of: position))
  }

  /// Appends the payload of the sector that was read last.
  func appendPayload(_ position: UInt64, of stamp: SectorStamp, to stream: inout ByteBuffer) {
    let payload = range(of: position).lowerBound + SectorStamp.length
    stream.append(chunk, payload..<payload + stamp.usedBytes)
  }

  /// Where the sector at `position` lies in the chunk.
  private func range(of position: UInt64) -> Range<Int> {
    let first = Int(position - start) * shape.sectorLength
    return first..<first + shape.sectorLength
  }

  /// Makes the chunk hold the sector at `position`.
  private mutating func fill(_ position: UInt64) throws(RVMError) {
    if position >= start, position < start + UInt64(count) { return }
    let place = shape.fileOffset(of: position)
    start = position
    count = min(readSectors, (shape.fileLength - place) / shape.sectorLength)
    readSectors = min(2 * readSectors, file.sequentialReadLength / shape.sectorLength)
    if let found = try? chunk.read(count * shape.sectorLength, from: file, at: place),
      found == count * shape.sectorLength
    {
      return
    }
    readSectors = 1
    try readOne(position)
  }

  /// Makes the chunk the sector at `position`.
  private mutating func readOne(_ position: UInt64) throws(RVMError) {
    (start, count) = (position, 0)
    let found: Int
    do { found = try chunk.read(shape.sectorLength, from: file, at: shape.fileOffset(of: position)) } catch {
      throw .storage(during: "reading records", error)
    }
    guard found == shape.sectorLength else { throw ends(within: position) }
    count = 1
  }

  private func ends(within position: UInt64) -> RVMError {
    .logDamaged(log: file.name, reason: "it ends within the sector at position \(position)")
  }
}
