import Testing

@testable import LRVM

/// Against painted bytes.
@Suite struct CoalescedRangesTests {
  @Test func coalescingKeepsExactlyTheDeclaredBytes() {
    var random = Random(seed: 11)
    for _ in 0..<2000 {
      var ranges = CoalescedRanges()
      var painted = [[Bool]](repeating: [Bool](repeating: false, count: 64), count: 2)
      for _ in 0..<1 + random.below(10) {
        let segment = random.below(2)
        let offset = random.below(60)
        let length = 1 + random.below(min(12, 64 - offset))
        ranges.append(.init(segment: segment, offset: offset, length: length, region: segment))
        for byte in offset..<offset + length { painted[segment][byte] = true }
      }
      ranges.coalesce()
      var found = [[Bool]](repeating: [Bool](repeating: false, count: 64), count: 2)
      var previous: CoalescedRanges.Range?
      for range in ranges.ranges.elements {
        if let previous {
          // Disjoint, sorted, and a gap between any two.
          #expect((previous.segment, previous.end) < (range.segment, range.offset))
        }
        for byte in range.offset..<range.end { found[range.segment][byte] = true }
        previous = range
      }
      #expect(found == painted)
      #expect(ranges.valueBytes == painted.joined().count { $0 })
      for _ in 0..<20 {
        let segment = random.below(2)
        let offset = random.below(60)
        let length = 1 + random.below(min(8, 64 - offset))
        let isCovered = painted[segment][offset..<offset + length].allSatisfy { $0 }
        #expect(ranges.contain(segment: segment, offset: offset, length: length) == isCovered)
      }
    }
  }

  @Test func rangesOfDifferentRegionsStayApart() {
    var ranges = CoalescedRanges()
    ranges.append(.init(segment: 0, offset: 4096, length: 8, region: 1))
    ranges.append(.init(segment: 0, offset: 4088, length: 8, region: 0))
    ranges.coalesce()
    #expect(ranges.ranges.elements.map(\.region) == [0, 1])
    #expect(ranges.recordLength == 16 + 2 * 16 + 16)
  }
}
