import Testing

@testable import LRVM

@Suite struct SpoolTests {
  private func append(_ spool: inout Spool, _ offset: Int, _ length: Int, value: UInt8) {
    spool.append(offset: offset, values: [UInt8](repeating: value, count: length))
  }

  private func values(_ spool: borrowing Spool) -> [[Int]] {
    var found: [[Int]] = []
    for entry in spool.liveEntries {
      spool.forEachRange(of: entry) { range in
        found.append([range.offset, range.length, Int(spool.bytes.load(UInt8.self, at: range.valuesStart))])
      }
    }
    return found
  }

  /// Against a model that compares each record with all before it.
  @Test func coveredRecordsAreDropped() {
    var random = Random(seed: 13)
    for _ in 0..<300 {
      var spool = Spool()
      var model: [[Int]] = []
      var dropped: [[Int]] = []
      var expectedDropped: [[Int]] = []
      var saved = 0
      for value in 0..<20 {
        let offset = random.below(16)
        let length = 1 + random.below(16)
        var ranges = CoalescedRanges()
        ranges.append(.init(segment: 0, offset: offset, length: length, region: 0))
        saved += spool.dropCovered(by: ranges) { dropped.append([$0.offset, $0.length]) }
        append(&spool, offset, length, value: UInt8(value))
        let isCovered = { (old: [Int]) in old[0] >= offset && old[0] + old[1] <= offset + length }
        expectedDropped += model.filter(isCovered).map { Array($0[0..<2]) }
        model.removeAll(where: isCovered)
        model.append([offset, length, value])
      }
      #expect(values(spool) == model)
      #expect(
        dropped.sorted { $0.lexicographicallyPrecedes($1) }
          == expectedDropped.sorted { $0.lexicographicallyPrecedes($1) })
      #expect(saved == expectedDropped.reduce(0) { $0 + 32 + $1[1] })
      #expect(spool.liveBytes == model.reduce(0) { $0 + 32 + $1[1] })
      #expect(Int(spool.liveCount) == model.count)
    }
  }

  @Test func theBytesOfDroppedRecordsAreLetGo() {
    var spool = Spool()
    append(&spool, 50_000, 8, value: 1)
    for turn in 0..<2000 {
      var ranges = CoalescedRanges()
      ranges.append(.init(segment: 0, offset: 0, length: 1000, region: 0))
      _ = spool.dropCovered(by: ranges) { _ in }
      append(&spool, 0, 1000, value: UInt8(turn % 256))
    }
    #expect(spool.bytes.count < 200_000)
    #expect(spool.entries.count < 200)
    #expect(values(spool) == [[50_000, 8, 1], [0, 1000, 1999 % 256]])
  }
}

/// Records of several ranges in several pages and segments, against a model that compares each with the newest before it.
@Suite struct CoveredRecordTests {
  private struct Model {
    var ranges: [CoalescedRanges.Range]
    var isLive = true

    func isCovered(by others: [CoalescedRanges.Range]) -> Bool {
      ranges.allSatisfy { range in
        others.contains {
          $0.segment == range.segment && $0.offset <= range.offset && range.end <= $0.end
        }
      }
    }
  }

  @Test func covered() throws {
    var random = Random(seed: 41)
    var droppedInAll = 0
    for turn in 0..<60 {
      let regions = try (0..<2).map { segment in
        try unsafe Region(
          segment: "\(segment)", segmentIndex: segment, offset: 0, length: 80 * RVM.pageLength, memory: nil,
          owner: ObjectIdentifier(OpenTransaction.self))
      }
      var spool = Spool()
      var models: [Model] = []
      for _ in 0..<80 {
        let transaction = OpenTransaction()
        let indices = regions.map { transaction.add($0) }
        for _ in 0..<1 + random.below(3) {
          let page = random.below(turn % 2 == 0 ? 2 : 40)
          // Some within a page, some across many.
          let length = 1 + random.below(random.below(4) == 0 ? 40 * RVM.pageLength : 3000)
          transaction.declare(indices[random.below(2)], page * RVM.pageLength + random.below(64), length)
        }
        var ranges = CoalescedRanges()
        transaction.collect(into: &ranges)
        ranges.coalesce()
        let saved = spool.dropCovered(by: ranges) { _ in }
        spool.append(length: ranges.recordLength, ranges, of: transaction, ticket: 0)
        let kept = ranges.ranges.elements
        // What is let go with its bytes no longer counts among the newest.
        var expected = 0
        let newest = models.indices.suffix(32)
        for index in newest where models[index].isLive && models[index].isCovered(by: kept) {
          models[index].isLive = false
          expected += 16 + models[index].ranges.reduce(0) { $0 + 16 + $1.length }
          droppedInAll += 1
        }
        #expect(saved == expected)
        models.append(Model(ranges: kept))
        if spool.entries.count < models.count { models.removeAll { !$0.isLive } }
      }
      #expect(spool.liveEntries.count == models.count(where: \.isLive))
      withExtendedLifetime(regions) {}
    }
    #expect(droppedInAll > 200)
  }
}
