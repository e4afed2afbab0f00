/// What incremental truncation knows of a region's pages (the page vector of SOSP '93, section 5.1.2).
///
/// A page may be written to its segment when nothing pins it: no open transaction declared a range in it, and no
/// committed record of it is still on the way to the log. A page whose changes were abandoned in memory (a
/// no-restore transaction that aborted) stays pinned: its memory is no committed image any more.
///
/// The original wrote whole pages. Here only the bytes that the log holds are written: a torn write may leave garbage
/// in place of what it was writing, and the log could not restore bytes that it does not have.
struct PageTable {
  struct Page {
    var pins = 0
    /// The position and sequence number of the batch that holds the oldest change that the segment lacks.
    var dirtySince: LogPlace?
    /// The bytes of the page that the segment lacks, with the position after the batch that holds each,
    /// oldest first; they may overlap.
    private(set) var changes: [(range: Range<Int>, until: UInt64)] = []
    /// How many changes make it worth while to forget those that newer ones cover.
    private var compactAtCount = 64

    /// The same bytes, sorted, overlapping and adjacent ranges joined; nil where one of them is not vouched for yet.
    func dirtyRanges(within vouched: VouchedEnd) -> [Range<Int>]? {
      changes.contains { $0.until > vouched.position } ? nil : joinedRanges
    }

    private var joinedRanges: [Range<Int>] {
      var joined: [Range<Int>] = []
      for range in changes.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if let last = joined.last, range.lowerBound <= last.upperBound {
          joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
          joined.append(range)
        }
      }
      return joined
    }

    mutating func append(_ range: Range<Int>, until: UInt64) {
      if changes.last?.range == range { changes.removeLast() }
      changes.append((range, until))
      if changes.count >= compactAtCount {
        compact()
        compactAtCount = max(64, 2 * changes.count)
      }
    }

    mutating func forgetChanges(until place: UInt64) { changes.removeAll { $0.until <= place } }

    mutating func forgetAllChanges() { changes.removeAll(keepingCapacity: true) }

    /// Keeps each byte once, with its newest change: the list stays bounded however long the page is dirty.
    private mutating func compact() {
      var newest = [UInt64](repeating: 0, count: RVM.pageLength)
      for (range, until) in changes { for byte in range { newest[byte] = until } }
      changes.removeAll(keepingCapacity: true)
      var start = 0
      for byte in 1...RVM.pageLength where byte == RVM.pageLength || newest[byte] != newest[start] {
        if newest[start] > 0 { changes.append((start..<byte, newest[start])) }
        start = byte
      }
    }
  }

  /// Pages are kept in chunks, of which those exist that a transaction has touched: a region costs what is used of it.
  private var chunks: [[Page]]
  private static let chunkPages = 1024

  init(regionLength: Int) {
    let pages = (regionLength + RVM.pageLength - 1) / RVM.pageLength
    chunks = Array(repeating: [], count: (pages + Self.chunkPages - 1) / Self.chunkPages)
  }

  static func indices(_ start: Int, _ length: Int) -> ClosedRange<Int> {
    start / RVM.pageLength...(start + length - 1) / RVM.pageLength
  }

  subscript(index: Int) -> Page {
    get {
      let chunk = index / Self.chunkPages
      return chunks[chunk].isEmpty ? Page() : chunks[chunk][index % Self.chunkPages]
    }
    _modify {
      let chunk = index / Self.chunkPages
      if chunks[chunk].isEmpty { chunks[chunk] = Array(repeating: Page(), count: Self.chunkPages) }
      yield &chunks[chunk][index % Self.chunkPages]
    }
  }

  mutating func pin(_ start: Int, _ length: Int) {
    for index in Self.indices(start, length) { self[index].pins += 1 }
  }

  mutating func unpin(_ start: Int, _ length: Int) {
    for index in Self.indices(start, length) { self[index].pins -= 1 }
  }

  /// A batch at `since` that changes these bytes is durable. `queue` is called with pages that were clean before.
  mutating func markDirty(
    _ start: Int, _ length: Int, since: LogPlace, until: UInt64, queue: (Int) -> Void
  ) {
    for index in Self.indices(start, length) {
      let pageStart = index * RVM.pageLength
      let range = max(0, start - pageStart)..<min(RVM.pageLength, start + length - pageStart)
      self[index].append(range, until: until)
      if self[index].dirtySince == nil {
        self[index].dirtySince = since
        queue(index)
      }
    }
  }

  mutating func markClean(_ index: Int) {
    self[index].dirtySince = nil
    self[index].forgetAllChanges()
  }

  /// The log before `place` was applied by other means.
  mutating func appliedBefore(_ place: LogPlace) {
    for chunk in chunks.indices {
      for index in chunks[chunk].indices {
        guard let since = chunks[chunk][index].dirtySince, since.position < place.position else { continue }
        // The log no longer holds the changes before the place: writing them again could tear what it cannot
        // restore.
        chunks[chunk][index].forgetChanges(until: place.position)
        chunks[chunk][index].dirtySince = chunks[chunk][index].changes.isEmpty ? nil : place
      }
    }
  }

  var isClean: Bool { chunks.allSatisfy { $0.allSatisfy { $0.dirtySince == nil } } }
}

/// A place between batches in the log.
struct LogPlace: Hashable {
  var position: UInt64
  /// The sequence number of the first record after it.
  var sequence: UInt64
}
