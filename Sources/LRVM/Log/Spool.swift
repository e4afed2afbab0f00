/// Records of committed transactions that have not reached the log, in commit order.
///
/// A flush takes the whole spool as one batch. Since a batch is recovered whole or not at all, a record that a
/// later one of the same spool covers can be left out (the inter-transaction optimization).
struct Spool: ~Copyable {
  struct Entry {
    var start: Int
    var length: Int
    /// False once a later record covers it.
    var isLive: Bool
    /// A bit for each page that it changes; one bit stands for many pages.
    var pages: UInt64
  }

  /// How many of the newest records a new one is compared with: clients rewrite what they wrote just before.
  private static let coverSearchMax = 32
  /// Records that are left out keep their bytes until these are as many, and no fewer than the live ones.
  private static let deadBytesMax = 1 << 16

  private(set) var bytes = ByteBuffer()
  private(set) var entries: [Entry] = []
  private(set) var liveBytes = 0
  private(set) var liveCount: UInt32 = 0

  var isEmpty: Bool { entries.isEmpty }

  mutating func removeAll() {
    bytes.removeAll()
    entries.removeAll(keepingCapacity: true)
    liveBytes = 0
    liveCount = 0
  }

  /// Appends a record of `length` bytes with the ranges of `transaction` as memory has them.
  mutating func append(length: Int, _ ranges: borrowing CoalescedRanges, of transaction: OpenTransaction) {
    let start = bytes.extend(by: Record.headerLength)
    // The sequence number is given when the batch is written; what is left out then takes none.
    Record.Header(sequence: 0, length: length, followers: 0).store(in: &bytes, at: start)
    for range in ranges.ranges { transaction.encode(range, to: &bytes) }
    invariant(bytes.count == start + length, "a record of \(length) bytes took \(bytes.count - start)")
    entries.append(Entry(start: start, length: length, isLive: true, pages: ranges.pages))
    liveBytes += length
    liveCount += 1
  }

  /// Leaves out each earlier record all of whose ranges lie in `ranges`, which is sorted and disjoint.
  ///
  /// - Returns: the bytes saved; `dropped` is told of each range that is left out.
  mutating func dropCovered(by ranges: CoalescedRanges, dropped: (Record.Range) -> Void) -> Int {
    var saved = 0
    let others = ~ranges.pages
    for index in max(0, entries.count - Self.coverSearchMax)..<entries.count {
      // Most records change a page that the new one does not.
      guard entries[index].pages & others == 0, entries[index].isLive, covers(ranges, entries[index]) else {
        continue
      }
      forEachRange(of: entries[index], dropped)
      entries[index].isLive = false
      saved += entries[index].length
      liveCount -= 1
    }
    liveBytes -= saved
    if bytes.count - liveBytes > max(Self.deadBytesMax, liveBytes) { compact() }
    return saved
  }

  /// Lets the bytes of dead records go, so that the spool's limit bounds its memory too.
  private mutating func compact() {
    var kept = ByteBuffer()
    entries.removeAll { !$0.isLive }
    for index in entries.indices {
      let start = kept.count
      kept.append(bytes, entries[index].start..<entries[index].start + entries[index].length)
      entries[index].start = start
    }
    bytes = kept
  }

  private func covers(_ ranges: CoalescedRanges, _ entry: Entry) -> Bool {
    var all = true
    forEachRange(of: entry) { range in
      all = all && ranges.contain(segment: range.segment, offset: range.offset, length: range.length)
    }
    return all
  }

  /// The ranges of a record, in the order in which they were encoded.
  func forEachRange(of entry: Entry, _ body: (Record.Range) -> Void) {
    let end = entry.start + entry.length
    var offset = entry.start + Record.headerLength
    while offset < end {
      guard let range = Record.Range.load(from: bytes, at: offset, end: end) else {
        invariant(false, "a spooled record has a broken range at \(offset) of \(entry)")
        return
      }
      body(range)
      offset = range.valuesEnd
    }
  }

  /// Gives the live records their sequence numbers and links them as one batch.
  mutating func seal(firstSequence: UInt64) {
    var sequence = firstSequence
    var followers = liveCount
    for entry in entries where entry.isLive {
      followers -= 1
      Record.Header(sequence: sequence, length: entry.length, followers: followers)
        .store(in: &bytes, at: entry.start)
      sequence += 1
    }
  }
}
