import Testing

@testable import LRVM

/// The records of several lanes in one batch, against a model that sorts them by ticket.
@Suite struct BatchTests {
  private struct Model: Hashable {
    var lane: Int
    var ticket: UInt64
    var offset: Int
    var value: UInt8
  }

  private func records(_ batch: borrowing Batch) -> [(header: Record.Header, offset: Int, value: UInt8)] {
    var found: [(header: Record.Header, offset: Int, value: UInt8)] = []
    batch.forEachRecord { spool, entry in
      let header = Record.Header.load(from: spool.bytes, at: entry.start)
      spool.forEachRange(of: entry) { range in
        found.append((header, range.offset, spool.bytes.load(UInt8.self, at: range.valuesStart)))
      }
    }
    return found
  }

  private func stretches(_ batch: borrowing Batch) -> [[UInt8]] {
    var found: [[UInt8]] = []
    batch.forEachStretch { bytes, stretch in found.append(stretch.map { bytes.load(UInt8.self, at: $0) }) }
    return found
  }

  @Test func recordsComeInTheOrderOfTheirTickets() {
    var random = Random(seed: 27)
    var batch = Batch()
    for turn in 0..<200 {
      let lanes = 1 + random.below(Batch.partsMax)
      var model: [Model] = []
      var spools: [[Model]] = Array(repeating: [], count: lanes)
      for ticket in 0..<random.below(60) {
        let lane = random.below(lanes)
        // Some tickets are followed by others of the same lane, so that stretches are long.
        for part in 0..<1 + random.below(3) {
          let record = Model(
            lane: lane, ticket: UInt64(ticket * 4 + part), offset: random.below(8) * 8,
            value: UInt8(random.below(256)))
          // A later record of the same lane covers earlier ones at its place.
          model.removeAll { $0.lane == lane && $0.offset == record.offset }
          model.append(record)
          spools[lane].append(record)
        }
      }
      if model.isEmpty { continue }
      for (lane, records) in spools.enumerated() {
        var spool = Spool()
        for record in records {
          var ranges = CoalescedRanges()
          ranges.append(.init(segment: 0, offset: record.offset, length: 8, region: 0))
          _ = spool.dropCovered(by: ranges) { _ in }
          spool.append(
            offset: record.offset, values: Array(repeating: record.value, count: 8), ticket: record.ticket)
        }
        batch.take(&spool, ofLane: lane)
        let isTaken = spool.isEmpty
        #expect(isTaken)
      }
      model.sort { $0.ticket < $1.ticket }
      // Records beyond the newest of a lane that a new one is compared with are not left out.
      let isWhole = spools.allSatisfy { $0.count <= 32 }
      #expect(!isWhole || Int(batch.liveCount) == model.count)
      #expect(batch.liveBytes == Int(batch.liveCount) * 40)
      let sequence = UInt64(turn * 1000)
      batch.seal(firstSequence: sequence)
      let found = records(batch)
      if isWhole {
        #expect(found.map(\.offset) == model.map(\.offset))
        #expect(found.map(\.value) == model.map(\.value))
      }
      #expect(found.map(\.header.sequence) == found.indices.map { sequence + UInt64($0) })
      #expect(found.map(\.header.followers) == found.indices.reversed().map { UInt32($0) })
      #expect(found.allSatisfy { $0.header.length == 40 })
      let joined = stretches(batch)
      #expect(joined.reduce(0) { $0 + $1.count } == batch.liveBytes)
      #expect(
        joined.flatMap { $0 }.enumerated().filter { $0.offset % 40 == 32 }.map(\.element)
          == found.map(\.value))
      batch.removeAll()
      #expect(batch.liveCount == 0 && batch.liveBytes == 0)
    }
  }
}
