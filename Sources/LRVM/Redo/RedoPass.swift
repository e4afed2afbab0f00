import Storage

/// Applies a stretch of the log to the segments: what recovery and epoch truncation have in common.
///
/// Each byte is written once, with its newest value, in order of segment and offset; then the segments are synced.
/// It advances in steps, so that a caller can do other work in between, or stop.
final class RedoPass {
  /// How much is written at a time where nothing else is to be done in between, in bytes.
  static let portionBytes = 1 << 18

  private(set) var bytesWritten = 0
  /// How much of what is to be written has been, from 0 to 1.
  var shareWritten: Double { selected == nil ? newest.shareTaken : 0 }

  let scan: LogScan
  /// By the segment's index; only of segments that the records name.
  private let files: [(any StorageFile)?]
  private var newest: NewestValues
  /// Where the values lie in the scan's stream that are to be applied; nil once that has begun.
  private var selected: Range<Int>?
  /// What the last step wrote, in `lastFile`.
  private(set) var placements: [Placement] = []
  private(set) var lastFile: (any StorageFile)?
  private var unsynced: [Int] = []

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
    var newest = NewestValues()
    var segment = -1
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
        if range.segment != segment {
          segment = range.segment
          if files[segment] == nil { files[segment] = try segments.file(segment, on: storage) }
        }
        newest.add(range)
        offset = range.valuesEnd
      }
    }
    self.newest = newest
    selected = 0..<scan.stream.count
    self.files = files
    self.scan = scan
  }

  /// What is to be applied next: these records, by their index. None of them is applied again.
  func select(_ records: Range<Int>) {
    let selected = scan.liveRecords[records]
    let start = selected.first?.start ?? 0
    self.selected = start..<(selected.last.map { $0.start + $0.length } ?? start)
  }

  /// Writes all that is selected and syncs the segments.
  func applyAll() throws(RVMError) {
    while try applyNext(bytesMin: Self.portionBytes) { try startWriting() }
    while try syncNext() {}
  }

  /// Writes the next stretches of adjacent bytes, until they have `bytesMin` bytes; false where all are written.
  func applyNext(bytesMin: Int) throws(RVMError) -> Bool {
    if let selected {
      newest.begin(selected)
      self.selected = nil
    }
    guard let segment = newest.nextPortion(atLeast: bytesMin, into: &placements) else { return false }
    guard let file = files[segment] else { fatalError("no file for segment \(segment)") }
    do {
      try scan.stream.write(placements, to: file)
    } catch {
      throw .storage(during: "applying the log", error)
    }
    if unsynced.last != segment { unsynced.append(segment) }
    for placement in placements { bytesWritten += placement.length }
    lastFile = file
    return true
  }

  /// Has what the last step wrote on its way to the disk while the next one is made.
  private func startWriting() throws(RVMError) {
    guard let file = lastFile, let first = placements.first, let last = placements.last else { return }
    do {
      try file.startWriting(last.end - first.offset, at: first.offset)
    } catch {
      throw .storage(during: "applying the log", error)
    }
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
