import Storage

/// Applies a stretch of the log to the segments: what recovery and epoch truncation have in common.
///
/// Each byte is written once, with its newest value, in order of segment and offset; then the segments are synced.
/// It advances in steps, so that a caller can do other work in between, or stop.
final class RedoPass {
  /// The most that one step writes, in bytes.
  private static let runBytesMax = 1 << 16

  let recordCount: Int
  /// Where the stretch ends in the log.
  let end: LogPlace
  private(set) var bytesWritten = 0

  private let scan: LogScan
  private let pieces: [NewestValues.Piece]
  /// By the segment's index; only of segments that are written.
  private let files: [(any StorageFile)?]
  private var nextPiece = 0
  private var unsynced: [Int] = []
  private var run = ByteBuffer()

  /// Reads the log from its head to `limit`, or to where it ends, and checks all of it before anything is written.
  ///
  /// Nil where there is nothing to apply.
  init?(
    _ log: LogFile, _ segments: inout SegmentTable, limit: UInt64?, on storage: any Storage
  ) throws(RVMError) {
    var scan = LogScan(log.file, log.shape, log.status)
    try scan.run(limit: limit)
    let records = scan.liveRecords
    guard !records.isEmpty else { return nil }
    var newest = NewestValues()
    for record in records {
      var offset = record.start + Record.headerLength
      let recordEnd = record.start + record.length
      while offset < recordEnd {
        guard let range = Record.Range.load(from: scan.stream, at: offset, end: recordEnd),
          range.segment < segments.entries.count, range.end <= segments.entries[range.segment].length
        else {
          throw .logDamaged(
            log: log.name, reason: "record \(record.sequence) names bytes that no segment has")
        }
        newest.add(range, age: Int(record.sequence))
        offset = range.valuesEnd
      }
    }
    pieces = newest.pieces()
    var files: [(any StorageFile)?] = Array(repeating: nil, count: segments.entries.count)
    for piece in pieces where files[piece.segment] == nil {
      files[piece.segment] = try segments.file(piece.segment, on: storage)
    }
    self.files = files
    recordCount = records.count
    end = LogPlace(position: scan.endPosition, sequence: scan.endSequence)
    self.scan = scan
  }

  /// Writes the next stretch of adjacent bytes; false where all are written.
  func applyNext() throws(RVMError) -> Bool {
    guard nextPiece < pieces.count else { return false }
    let first = pieces[nextPiece]
    guard let file = files[first.segment] else { fatalError("no file for segment \(first.segment)") }
    run.removeAll()
    var index = nextPiece
    while index < pieces.count, pieces[index].segment == first.segment,
      pieces[index].offset == first.offset + run.count,
      run.count == 0 || run.count + pieces[index].length <= Self.runBytesMax
    {
      let start = pieces[index].valuesStart
      run.append(scan.stream, start..<start + pieces[index].length)
      index += 1
    }
    do {
      try run.write(0..<run.count, to: file, at: first.offset)
    } catch {
      throw .storage(during: "applying the log", error)
    }
    if unsynced.last != first.segment { unsynced.append(first.segment) }
    bytesWritten += run.count
    nextPiece = index
    return true
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
