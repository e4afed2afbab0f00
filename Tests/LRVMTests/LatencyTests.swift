import FaultFS
import Testing

@testable import LRVM

@Suite struct LatencyTests {
  /// Against sorting all durations.
  @Test(arguments: 1...5) func quantilesAreThoseOfTheSortedDurations(seed: UInt64) {
    var histogram = LatencyHistogram()
    var all: [Int] = []
    var random = seed
    for _ in 0..<2000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let nanoseconds = Int(random >> 33) >> Int(random >> 20 % 31)
      all.append(nanoseconds)
      histogram.add(nanoseconds: nanoseconds)
    }
    all.sort()
    #expect(histogram.count == all.count && histogram.largestNanoseconds == all.last)
    #expect(histogram.totalNanoseconds == all.reduce(0, +))
    for share in [0, 0.01, 0.5, 0.9, 0.99, 1] {
      let exact = all[max(0, Int((Double(all.count) * share).rounded(.up)) - 1)]
      let found = histogram.nanoseconds(atQuantile: share)
      #expect(found >= exact && found <= exact + exact / 8, "\(share)")
    }
    #expect(LatencyHistogram().nanoseconds(atQuantile: 0.5) == 0)
  }

  @Test func everyDurableCommitAndBatchIsCounted() throws {
    let disk = FaultDisk()
    try RVM.createLog("log", shape: LogShape(recordSectors: 8, statusLength: 512), on: disk)
    try RVM.createSegment("a", length: RVM.pageLength, on: disk)
    let rvm = try RVM(log: "log", on: disk, options: Options(truncationDriver: .stepped))
    let region = try rvm.map("a")
    for step in 0..<20 {
      let transaction = try rvm.begin()
      try transaction.store(step, in: region, at: 8 * step)
      try transaction.commit(step % 2 == 0 ? .flush : .noFlush)
    }
    let latencies = rvm.latencies()
    let statistics = rvm.query().statistics
    #expect(latencies.commits.count == 10)
    #expect(latencies.batches.count == statistics.logFlushes)
    #expect(latencies.logFullWaits.count == statistics.logFullWaits && statistics.logFullWaits > 0)
    try rvm.terminate()
  }
}
