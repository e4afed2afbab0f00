/// The bytes that a transaction changed: its declared ranges, sorted, overlapping and adjacent ones joined.
///
/// Declaring only appends; the work is done once at commit, so n ranges take n log n steps however they overlap
/// (the intra-transaction optimization, SOSP '93, section 5.2).
struct CoalescedRanges: ~Copyable {
  struct Range: Hashable, BitwiseCopyable {
    var segment: Int
    /// In the segment, bytes.
    var offset: Int
    var length: Int
    /// Index of the region among the transaction's regions.
    var region: Int
    var end: Int { offset + length }
  }

  private(set) var ranges = PlainList<Range>()
  /// Whether each range lies behind the one before it, and does not touch it.
  private var isCoalesced = true

  mutating func removeAll() {
    ranges.removeAll()
    valueBytes = 0
    isCoalesced = true
  }

  @inline(__always)
  mutating func append(_ range: Range) {
    if !ranges.isEmpty {
      let last = ranges[ranges.count - 1]
      isCoalesced = isCoalesced && range.segment == last.segment && last.end < range.offset
    }
    ranges.append(range)
    valueBytes += range.length
  }

  /// Sorts, and joins what overlaps or touches within one region.
  mutating func coalesce() {
    if isCoalesced { return }
    ranges.sort { ($0.segment, $0.offset) < ($1.segment, $1.offset) }
    var kept = 0
    for index in 1..<ranges.count {
      let range = ranges[index]
      if range.region == ranges[kept].region, range.offset <= ranges[kept].end {
        ranges[kept].length = max(ranges[kept].end, range.end) - ranges[kept].offset
      } else {
        kept += 1
        ranges[kept] = range
      }
    }
    ranges.removeLast(ranges.count - kept - 1)
    valueBytes = 0
    for index in ranges.indices { valueBytes += ranges[index].length }
    isCoalesced = true
  }

  /// The sum of the lengths.
  private(set) var valueBytes = 0

  /// The length of the record that holds these ranges.
  var recordLength: Int { Record.headerLength + ranges.count * Record.rangeHeaderLength + valueBytes }

  /// Whether all of the given bytes lie in one of the ranges. For coalesced ranges only.
  func contain(segment: Int, offset: Int, length: Int) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if (ranges[middle].segment, ranges[middle].offset) <= (segment, offset) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low > 0 else { return false }
    let candidate = ranges[low - 1]
    return candidate.segment == segment && offset + length <= candidate.end
  }
}
