import Storage

/// Applies a stretch of the log to the segments: what recovery and epoch truncation have in common.
///
/// Each byte is written once, with its newest value, in order of segment and offset; then the segments are synced.
/// It advances in steps, so that a caller can do other work in between, or stop.
final class RedoPass {
  /// The most that one step writes, in bytes.
  private static let runBytesMax = 1 << 16

  private(set) var bytesWritten = 0
  /// What the last step wrote.
  private(set) var lastStretch: (file: any StorageFile, bytes: Range<Int>)?

  /// How much of what is to be written has been, from 0 to 1.
  var shareWritten: Double { pieces.map { Double(nextPiece) / Double(max(1, $0.count)) } ?? 0 }

  let scan: LogScan
  /// By the segment's index; only of segments that the records name.
  private let files: [(any StorageFile)?]
  /// The records that are to be applied, by their index.
  private var selected: Range<Int>
  /// Of what is selected; nil until the first of them is needed.
  private var pieces: [NewestValues.Piece]?
  private var nextPiece = 0
  private var unsynced: [Int] = []
  private var run = ByteBuffer()

  /// Reads the log from its head to `limit`, or to where it ends, and checks all of it before anything is written.
  /// All of it is to be applied, until `select` chooses otherwise.
  ///
  /// Nil where there is nothing to apply.
  init?(
    _ log: LogFile, _ segments: inout SegmentTable, limit: UInt64?, on storage: any Storage
  ) throws(RVMError) {
    var scan = LogScan(log.file, log.shape, log.status)
    try scan.run(limit: limit)
    guard scan.liveCount > 0 else { return nil }
    var files: [(any StorageFile)?] = Array(repeating: nil, count: segments.entries.count)
    let lengths = segments.entries.map(\.length)
    for record in scan.liveRecords {
      var offset = record.start + Record.headerLength
      let recordEnd = record.start + record.length
      while offset < recordEnd {
        guard let range = Record.Range.load(from: scan.stream, at: offset, end: recordEnd),
          range.segment < lengths.count, range.end <= lengths[range.segment]
        else {
          throw .logDamaged(
            log: log.name, reason: "record \(record.sequence) names bytes that no segment has")
        }
        if files[range.segment] == nil {
          files[range.segment] = try segments.file(range.segment, on: storage)
        }
        offset = range.valuesEnd
      }
    }
    self.files = files
    selected = 0..<scan.liveCount
    self.scan = scan
  }

  /// From now on only these records are to be applied, by their index.
  func select(_ records: Range<Int>) {
    selected = records
    pieces = nil
  }

  /// The newest values of what is selected.
  private func collectPieces() -> [NewestValues.Piece] {
    var newest = NewestValues()
    for record in scan.liveRecords[selected] {
      let recordEnd = record.start + record.length
      var offset = record.start + Record.headerLength
      while offset < recordEnd, let range = Record.Range.load(from: scan.stream, at: offset, end: recordEnd) {
        newest.add(range, age: Int(record.sequence))
        offset = range.valuesEnd
      }
    }
    return newest.pieces()
  }

  /// Writes all that is selected and syncs the segments.
  func applyAll() throws(RVMError) {
    while try applyNext() {}
    while try syncNext() {}
  }

  /// Writes the next stretch of adjacent bytes; false where all are written.
  func applyNext() throws(RVMError) -> Bool {
    let pieces = self.pieces ?? collectPieces()
    if self.pieces == nil { (self.pieces, nextPiece) = (pieces, 0) }
    let start = nextPiece
    guard start < pieces.count else { return false }
    let first = pieces[start]
    guard let file = files[first.segment] else { fatalError("no file for segment \(first.segment)") }
    var end = start + 1
    var length = first.length
    while end < pieces.count, pieces[end].segment == first.segment,
      pieces[end].offset == first.offset + length, length + pieces[end].length <= Self.runBytesMax
    {
      length += pieces[end].length
      end += 1
    }
    do {
      if end == start + 1 {
        try scan.stream.write(first.valuesStart..<first.valuesStart + length, to: file, at: first.offset)
      } else {
        join(pieces[start..<end])
        try run.write(0..<length, to: file, at: first.offset)
      }
    } catch {
      throw .storage(during: "applying the log", error)
    }
    if unsynced.last != first.segment { unsynced.append(first.segment) }
    bytesWritten += length
    lastStretch = (file, first.offset..<first.offset + length)
    nextPiece = end
    return true
  }

  /// Makes `run` the bytes of pieces that lie side by side.
  private func join(_ pieces: ArraySlice<NewestValues.Piece>) {
    run.removeAll()
    for piece in pieces { run.append(scan.stream, piece.valuesStart..<piece.valuesStart + piece.length) }
  }

  /// Syncs the next segment that was written; false where all are durable.
  func syncNext() throws(RVMError) -> Bool {
    guard let segment = unsynced.last, let file = files[segment] else { return false }
    do {
      try file.sync(.data)
    } catch {
      throw .storage(during: "syncing a segment", error)
    }
    unsynced.removeLast()
    return true
  }
}
