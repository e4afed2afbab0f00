import SeededRandom
import Testing
import TortureCore

@testable import TortureCampaign

@Suite struct ProgressSeriesTests {
  @Test func sumsDoNotDependOnTheirOrder() {
    var random = SplitMix64(seed: 3)
    var whole = ProgressSeries()
    var parts = [ProgressSeries(), ProgressSeries(), ProgressSeries()]
    var states = 0
    for _ in 0..<3000 {
      let result = CaseResult(
        scenario: "s", seed: 1, crashStates: Int(random.next() % 9), violationCount: Int(random.next() % 2))
      let part = Int(random.next() % 3)
      // The first part is short, the others are long.
      let seconds = Double(random.next() % (part == 0 ? 50 : 100_000)) / 7
      whole.add(result, atSeconds: seconds)
      parts[part].add(result, atSeconds: seconds)
      states += result.crashStates
    }
    #expect(whole.buckets.reduce(0) { $0 + $1.executed } == states)
    #expect(whole.buckets.reduce(0) { $0 + $1.cases } == 3000)
    #expect(whole.buckets.count <= ProgressSeries.bucketsMax)
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
      #expect(parts[order[0]] + parts[order[1]] + parts[order[2]] == whole)
      #expect(parts[order[0]] + (parts[order[1]] + parts[order[2]]) == whole)
    }
  }
}
