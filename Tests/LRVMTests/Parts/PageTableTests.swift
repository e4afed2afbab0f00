import Testing

@testable import LRVM

/// Against painted bytes: what incremental truncation writes is what the log still holds, no less and no
/// more.
@Suite struct PageTableTests {
  /// Only a log gives one.
  private func vouchedEnd(_ position: UInt64) throws -> VouchedEnd {
    try LogFile(opening: "log", on: SmallLog.disk()).replaceStatus { $0.durableEnd = position }
  }

  @Test func dirtyRangesAreTheBytesThatTheLogStillHolds() throws {
    let vouched = try vouchedEnd(.max)
    var random = Random(seed: 14)
    for _ in 0..<60 {
      var table = PageTable(regionLength: 2 * RVM.pageLength)
      var newest = [UInt64](repeating: 0, count: 2 * RVM.pageLength)
      var applied: UInt64 = 0
      for position in 1...300 as ClosedRange<UInt64> {
        let offset = random.below(2 * RVM.pageLength - 50)
        let length = 1 + random.below(50)
        table.markDirty(
          offset, length, since: LogPlace(position: position, sequence: position), until: position + 1
        ) { _ in }
        for byte in offset..<offset + length { newest[byte] = position }
        if random.below(40) == 0 {
          applied = position - UInt64(random.below(Int(position - applied) + 1))
          table.appliedBefore(LogPlace(position: applied, sequence: applied))
        }
      }
      for page in 0..<2 {
        var found = [Bool](repeating: false, count: RVM.pageLength)
        for range in try #require(table[page].dirtyRanges(within: vouched)) {
          for byte in range { found[byte] = true }
        }
        let expected = newest[page * RVM.pageLength..<(page + 1) * RVM.pageLength].map {
          $0 > 0 && $0 >= applied
        }
        #expect(found == expected)
      }
    }
  }

  @Test func aPageThatStaysDirtyHasABoundedNumberOfRanges() throws {
    var table = PageTable(regionLength: RVM.pageLength)
    for position in 1...5000 as ClosedRange<UInt64> {
      let offset = Int(position % 10) * 100
      table.markDirty(offset, 8, since: LogPlace(position: position, sequence: position), until: position + 1)
      { _ in }
    }
    #expect(table[0].changes.count <= 64)
    #expect(try table[0].dirtyRanges(within: vouchedEnd(5001))?.count == 10)
    #expect(try table[0].dirtyRanges(within: vouchedEnd(5000)) == nil)
  }
}
