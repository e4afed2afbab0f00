/// The bytes that a transaction changed: its declared ranges, sorted, overlapping and adjacent ones joined.
///
/// Declaring only appends; the work is done once at commit, so n ranges take n log n steps however they overlap
/// (the intra-transaction optimization, SOSP '93, section 5.2).
struct CoalescedRanges {
  struct Range: Hashable {
    var segment: Int
    /// In the segment, bytes.
    var offset: Int
    var length: Int
    /// Index of the region among the transaction's regions.
    var region: Int
    var end: Int { offset + length }
  }

  private(set) var ranges: [Range] = []

  mutating func removeAll() { ranges.removeAllKeepingCapacity() }

  mutating func append(_ range: Range) { ranges.append(range) }

  /// Sorts, and joins what overlaps or touches within one region.
  mutating func coalesce() {
    guard ranges.count > 1 else { return }
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
  }

  /// A bit for each page that the ranges touch, by a hash of its place: a set of ranges that lies within another has
  /// no bit that the other lacks.
  var pages: UInt64 {
    var bits: UInt64 = 0
    for range in ranges {
      let first = range.offset / RVM.pageLength
      let last = (range.end - 1) / RVM.pageLength
      if last - first >= 64 { return .max }
      for page in first...last {
        let hash = UInt64(truncatingIfNeeded: page &+ range.segment &* 0x1_0001) &* 0x9E37_79B9_7F4A_7C15
        bits |= 1 << (hash >> 58)
      }
    }
    return bits
  }

  var valueBytes: Int { ranges.reduce(0) { $0 + $1.length } }

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
