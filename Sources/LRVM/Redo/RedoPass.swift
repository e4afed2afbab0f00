import Storage

/// Applies a stretch of the log to the segments: what recovery and epoch truncation have in common.
///
/// Each byte is written once, with its newest value, in order of segment and offset; then the segments are synced. Where the
/// stretch is longer than its scan keeps in memory, it is applied in several windows, from the oldest to the newest, and a byte is
/// written once for each of them. It advances in steps, so that a caller can do other work in between, or stop. What it applies is
/// vouched for.
final class RedoPass {
  /// How much is written at a time where nothing else is to be done in between, in bytes.
  static let portionBytes = 1 << 18

  private(set) var bytesWritten = 0
  /// How much of what is to be written has been, from 0 to 1; the present window counts as read.
  var shareWritten: Double {
    isWindowTaken ? newest.shareTaken * scan.share(of: limit) : 0
  }

  private let log: LogFile
  private let storage: any Storage
  private var scan: LogScan
  /// Whether the first scan has kept all: then there is none to be read again.
  private let isWhole: Bool
  /// Up to where the stretch goes.
  private var limit: UInt64 = 0
  /// What of the scan's stream is still to be applied; nil where it must be read first, window by window.
  private var whole: Range<Int>?
  private var isWindowTaken = false
  private var newest = NewestValues()
  /// What the last step wrote, in `lastFile`.
  private(set) var placements: [Placement] = []
  private(set) var lastFile: (any StorageFile)?
  private var unsynced: [Int] = []

  /// Applies parts of what a scan has read and checked (`select`).
  init(_ scan: consuming LogScan, of log: LogFile, on storage: any Storage) {
    self.log = log
    self.storage = storage
    isWhole = scan.isWhole
    self.scan = scan
  }

  /// Applies the log from its head to `limit`, and checks it as it goes.
  convenience init(
    _ log: LogFile, to limit: UInt64, within vouched: VouchedEnd, bytesMax: Int, on storage: any Storage
  ) {
    self.init(LogScan(log, bytesMax: bytesMax), of: log, on: storage)
    limitTo(limit, within: vouched)
  }

  private func limitTo(_ limit: UInt64, within vouched: VouchedEnd) {
    invariant(
      limit <= vouched.position,
      "the log of \(log.name) is to be applied to \(limit), and is vouched for to \(vouched.position)")
    self.limit = limit
  }

  /// What is to be applied next.
  func select(_ from: LogScan.Bound, _ to: LogScan.Bound, within vouched: VouchedEnd) {
    limitTo(to.place.position, within: vouched)
    if isWhole {
      whole = from.offset..<to.offset
    } else {
      scan = LogScan(rereading: scan, from: from.place)
    }
  }

  /// Writes all that is selected and syncs the segments.
  func applyAll(_ segments: inout SegmentTable) throws(RVMError) {
    while try applyNext(&segments, bytesMin: Self.portionBytes) { try startWriting() }
    while try syncNext(&segments) {}
  }

  /// Writes the next stretches of adjacent bytes, until they have `bytesMin` bytes; false where all are written.
  func applyNext(_ segments: inout SegmentTable, bytesMin: Int) throws(RVMError) -> Bool {
    while true {
      if isWindowTaken, let segment = newest.nextPortion(atLeast: bytesMin, into: &placements) {
        try write(to: segment, &segments)
        return true
      }
      guard try takeWindow() else { return false }
    }
  }

  /// Makes the next records those whose values are looked for; false where none is left.
  private func takeWindow() throws(RVMError) -> Bool {
    let window: Range<Int>
    if let whole {
      window = whole
      self.whole = 0..<0
    } else {
      do { window = try scan.readWindow(to: limit) }
    }
    isWindowTaken = !window.isEmpty
    newest.removeAll()
    var start = window.lowerBound
    while start < window.upperBound {
      let end = start + Record.Header.load(from: scan.stream, at: start).length
      var offset = start + Record.headerLength
      while offset < end {
        guard let range = Record.Range.load(from: scan.stream, at: offset, end: end) else {
          fatalError("a record that was checked has a broken range at \(offset)")
        }
        newest.add(range)
        offset = range.valuesEnd
      }
      start = end
    }
    newest.begin()
    return isWindowTaken
  }

  private func write(to segment: Int, _ segments: inout SegmentTable) throws(RVMError) {
    // Not shorter than it was: writing would bring back what somebody cut off, as zeros.
    let isFirst = !unsynced.contains(segment)
    let file = try segments.file(segment, on: storage, isToBeChecked: isFirst)
    do {
      try scan.stream.write(placements, to: file)
    } catch {
      throw .storage(during: "applying the log", error)
    }
    if isFirst { unsynced.append(segment) }
    for placement in placements { bytesWritten += placement.length }
    lastFile = file
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
  func syncNext(_ segments: inout SegmentTable) throws(RVMError) -> Bool {
    guard let segment = unsynced.last else { return false }
    let file = try segments.file(segment, on: storage)
    do {
      try file.sync(.data)
    } catch {
      throw .storage(during: "syncing a segment", error)
    }
    unsynced.removeLast()
    return true
  }
}
