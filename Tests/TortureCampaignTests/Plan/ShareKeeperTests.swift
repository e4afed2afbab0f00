import Testing
import TortureCore

@testable import TortureCampaign

@Suite struct ShareKeeperTests {
  private func result(_ marks: [String: Int] = ["a": 1]) -> CaseResult {
    CaseResult(scenario: "s", seed: 1, crashStates: 1, marks: marks)
  }

  /// Runs `cases` cases one after the other; how many each scenario got.
  private func run(_ costs: [Double], shares: [Int], cases: Int, marks: [[String: Int]]) -> [Int] {
    var keeper = ShareKeeper(shares, estimates: shares.map { _ in 1 })
    var rounds = costs.map { _ in 0 }
    for _ in 0..<cases {
      let candidates = costs.indices.map {
        PlannedCase(index: 0, scenario: $0, round: rounds[$0], seed: 0)
      }
      guard let next = candidates.min(by: keeper.isBefore) else { break }
      keeper.begin(next.scenario)
      rounds[next.scenario] += 1
      keeper.end(next.scenario, result(marks[next.scenario]), cost: costs[next.scenario])
    }
    return rounds
  }

  @Test func aSlowScenarioDoesNotStarveTheOthers() {
    let marks = [["a": 1], ["a": 1], ["a": 1]]
    let counts = run([1, 10, 1], shares: [1, 1, 1], cases: 210, marks: marks)
    #expect(counts == [100, 10, 100])
  }

  @Test func aShareOfThreeGetsThreeTimesAsMuch() {
    let counts = run([1, 1], shares: [3, 1], cases: 400, marks: [["a": 1], ["a": 1]])
    #expect(counts == [300, 100])
  }

  @Test func eachHasAFirstCaseBeforeAnyHasASecondTheCheapestFirst() {
    var keeper = ShareKeeper([1, 9, 1], estimates: [30, 20, 10])
    var order: [Int] = []
    var rounds = [0, 0, 0]
    for _ in 0..<4 {
      let next = [0, 1, 2].map { PlannedCase(index: 0, scenario: $0, round: rounds[$0], seed: 0) }
        .min(by: keeper.isBefore)
      guard let next else { break }
      order.append(next.scenario)
      rounds[next.scenario] += 1
      keeper.begin(next.scenario)
    }
    #expect(order.prefix(3) == [2, 1, 0])
  }

  @Test func newSeedsGoFirstWhereMarksAreNewUntilNoneComes() {
    var keeper = ShareKeeper([1, 1], estimates: [1, 1])
    #expect(keeper.isPromising(0))
    keeper.count(0, result(["a": 1]), cost: 1)
    #expect(!keeper.isPromising(0))
    for _ in 0..<ShareKeeper.patience - 1 { keeper.count(1, result(["a": 0, "b": 0]), cost: 1) }
    #expect(keeper.isPromising(1))
    keeper.count(1, result(["a": 0, "b": 1]), cost: 1)
    for _ in 0..<ShareKeeper.patience - 1 { keeper.count(1, result(["a": 0, "b": 1]), cost: 1) }
    #expect(keeper.isPromising(1))
    keeper.count(1, result(["a": 0, "b": 1]), cost: 1)
    #expect(!keeper.isPromising(1))
  }
}
