/// Records of a lane's committed transactions that have not reached the log, in commit order.
///
/// A flush takes the spools of all lanes as one batch. Since a batch is recovered whole or not at all, a record that a
/// later one of the same spool covers can be left out (the inter-transaction optimization).
struct Spool: ~Copyable {
  struct Entry: BitwiseCopyable {
    var start: Int
    var length: Int
    /// Its place in the order of all commits.
    var ticket: UInt64
    /// Where its first range begins.
    fileprivate var firstPage: Page
    /// The newest entry before this one whose first range begins in a page of the same hash; -1 where there is none.
    fileprivate var previous: Int32
    /// False once a later record covers it.
    var isLive: Bool

    var end: Int { start + length }
  }

  /// A page of a segment.
  fileprivate struct Page: Hashable, BitwiseCopyable {
    var segment: UInt32
    var number: UInt32

    /// Of the page with a byte of a segment.
    @inline(__always)
    init(_ segment: Int, at offset: Int) {
      self.segment = UInt32(truncatingIfNeeded: segment)
      number = UInt32(truncatingIfNeeded: offset / RVM.pageLength)
    }

    @inline(__always)
    var hash: Int {
      let place = UInt64(number) &+ UInt64(segment) &* 0x1_0001
      return Int(truncatingIfNeeded: (place &* 0x9E37_79B9_7F4A_7C15) >> 56)
    }
  }

  /// How many of the newest records a new one is compared with: clients rewrite what they wrote just before.
  private static let coverSearchMax = 32
  /// Records that are left out keep their bytes until these are as many, and no fewer than the live ones.
  private static let deadBytesMax = 1 << 16

  private(set) var bytes = ByteBuffer()
  private(set) var entries = PlainList<Entry>()
  private(set) var liveBytes = 0
  private(set) var liveCount: UInt32 = 0
  /// By the hash of the page where an entry's first range begins: the newest such entry. A record that covers an entry
  /// changes that page, so all that it can cover are found behind its pages.
  private var newestAtHash = PlainList<Int32>()

  var isEmpty: Bool { entries.isEmpty }

  mutating func removeAll() {
    bytes.removeAll()
    entries.removeAll()
    liveBytes = 0
    liveCount = 0
    newestAtHash.removeAll()
  }

  /// Appends a record of `length` bytes with the ranges of `transaction` as memory has them.
  mutating func append(
    length: Int, _ ranges: borrowing CoalescedRanges, of transaction: OpenTransaction, ticket: UInt64
  ) {
    let start = bytes.count
    bytes.append(length) { record in
      // The header is written with the batch: what is left out then takes no sequence number.
      record.skip(Record.headerLength)
      for index in ranges.ranges.indices { transaction.encode(ranges.ranges[index], to: &record) }
    }
    let first = ranges.ranges[0]
    append(
      Entry(
        start: start, length: length, ticket: ticket, firstPage: Page(first.segment, at: first.offset),
        previous: -1, isLive: true))
    liveBytes += length
    liveCount += 1
  }

  private mutating func append(_ entry: Entry) {
    let hash = entry.firstPage.hash
    if newestAtHash.isEmpty { newestAtHash.append(-1, count: 256) }
    var entry = entry
    entry.previous = newestAtHash[hash]
    newestAtHash[hash] = Int32(entries.count)
    entries.append(entry)
  }

  /// Leaves out each earlier record all of whose ranges lie in `ranges`, which is sorted and disjoint.
  ///
  /// - Returns: the bytes saved; `dropped` is called with each range that is left out.
  mutating func dropCovered(
    by ranges: borrowing CoalescedRanges, dropped: (Record.Range) -> Void
  ) -> Int {
    if isEmpty { return 0 }
    let before = liveBytes
    let oldest = max(0, entries.count - Self.coverSearchMax)
    for index in ranges.ranges.indices {
      let range = ranges.ranges[index]
      if range.length > Self.coverSearchMax * RVM.pageLength {
        for candidate in oldest..<entries.count { drop(candidate, ifCoveredBy: ranges, dropped) }
        continue
      }
      var offset = range.offset
      while offset < range.end {
        let page = Page(range.segment, at: offset)
        var candidate = Int(newestAtHash[page.hash])
        while candidate >= oldest {
          if entries[candidate].firstPage == page { drop(candidate, ifCoveredBy: ranges, dropped) }
          candidate = Int(entries[candidate].previous)
        }
        // On to the next page's first byte.
        offset += RVM.pageLength - offset % RVM.pageLength
      }
    }
    if bytes.count - liveBytes > max(Self.deadBytesMax, liveBytes) { compact() }
    return before - liveBytes
  }

  private mutating func drop(
    _ index: Int, ifCoveredBy ranges: borrowing CoalescedRanges, _ dropped: (Record.Range) -> Void
  ) {
    let entry = entries[index]
    guard entry.isLive, covers(ranges, entry) else { return }
    forEachRange(of: entry, dropped)
    entries[index].isLive = false
    liveBytes -= entry.length
    liveCount -= 1
  }

  /// Lets the bytes of dead records go, so that the spool's limit bounds its memory too.
  private mutating func compact() {
    var keptBytes = ByteBuffer()
    var old = PlainList<Entry>()
    swap(&old, &entries)
    newestAtHash.removeAll()
    for index in old.indices where old[index].isLive {
      var entry = old[index]
      let start = keptBytes.count
      keptBytes.append(bytes, entry.start..<entry.end)
      entry.start = start
      append(entry)
    }
    bytes = keptBytes
  }

  private func covers(_ ranges: borrowing CoalescedRanges, _ entry: Entry) -> Bool {
    var offset = entry.start + Record.headerLength
    while offset < entry.end {
      let range = range(of: entry, at: offset)
      if !ranges.contain(segment: range.segment, offset: range.offset, length: range.length) { return false }
      offset = range.valuesEnd
    }
    return true
  }

  /// The ranges of a record, in the order in which they were encoded.
  func forEachRange(of entry: Entry, _ body: (Record.Range) -> Void) {
    var offset = entry.start + Record.headerLength
    while offset < entry.end {
      let range = range(of: entry, at: offset)
      body(range)
      offset = range.valuesEnd
    }
  }

  private func range(of entry: Entry, at offset: Int) -> Record.Range {
    guard let range = Record.Range.load(from: bytes, at: offset, end: entry.end) else {
      fatalError("a spooled record has a broken range at \(offset) of \(entry)")
    }
    return range
  }

  /// The first record from an index on that is not left out; the number of records where there is none.
  @inline(__always)
  func firstLive(from index: Int) -> Int {
    var index = index
    while index < entries.count, !entries[index].isLive { index += 1 }
    return index
  }

  @inline(__always)
  mutating func setHeader(_ header: Record.Header, of index: Int) {
    header.store(in: &bytes, at: entries[index].start)
  }
}
