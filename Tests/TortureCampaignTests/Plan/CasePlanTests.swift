import Testing
import TortureCore
import TortureSamples

@testable import TortureCampaign

@Suite struct CasePlanTests {
  private func order(_ plan: CasePlan, without done: Set<Int> = []) -> [String] {
    var plan = plan
    var order: [String] = []
    while let planned = plan.next(without: done.contains) {
      #expect(planned.index == order.count)
      order.append("\(planned.scenario):\(planned.seed)")
    }
    return order
  }

  @Test func scenariosTakeTurns() throws {
    let scenarios = [
      try makeScenario("a", first: 1, count: 3), try makeScenario("b", first: 10, count: 1),
      try makeScenario("c", first: 5, count: 2),
    ]
    let plan = CasePlan(scenarios, SeedSelection())
    #expect(order(plan) == ["0:1", "1:10", "2:5", "0:2", "2:6", "0:3"])
    #expect(plan.count == 6)
    #expect(order(plan, without: [0]) == ["1:10", "2:5", "2:6"])
    #expect(order(plan, without: [0, 1, 2]).isEmpty)
  }

  @Test func theCommandLineComesBeforeTheScenario() throws {
    let scenarios = [try makeScenario("a", first: 1, count: 3), try makeScenario("b", first: 10, count: 1)]
    #expect(order(CasePlan(scenarios, SeedSelection(only: 7))) == ["0:7", "1:7"])
    #expect(order(CasePlan(scenarios, SeedSelection(runs: 2))) == ["0:1", "1:10", "0:2", "1:11"])
    #expect(order(CasePlan(scenarios, SeedSelection(first: 4))) == ["0:4", "1:4", "0:5", "0:6"])
    #expect(SeedSelection(first: .max, runs: 2).seeds(scenarios[0])[1] == 0)
    let plan = CasePlan(scenarios, SeedSelection(listed: ["b": [9, 4], "c": [1]]))
    #expect(order(plan) == ["1:9", "1:4"])
    #expect(plan.round(of: 4, scenario: 1) == 1 && plan.round(of: 5, scenario: 1) == nil)
    #expect(plan.round(of: 1, scenario: 0) == nil)
  }

  @Test func everyCaseOfAPlanComesOnce() throws {
    // Against the plain definition: all pairs, sorted by round and then by scenario.
    let counts = [4, 0, 1, 7, 2]
    let scenarios = try counts.indices.map { try makeScenario("s\($0)", first: 0, count: max(counts[$0], 1)) }
    let plan = CasePlan(scenarios, SeedSelection())
    var expected: [String] = []
    for round in 0..<7 {
      for (index, count) in counts.enumerated() where round < max(count, 1) {
        expected.append("\(index):\(round)")
      }
    }
    #expect(order(plan) == expected)
  }

  @Test(arguments: [
    ("0", 0), ("42", 42), ("18446744073709551615", UInt64.max), ("0xff", 255),
    ("8f031c0aa0d9f4dd4e0a6f1c2b3a495867768594", 0x8f03_1c0a_a0d9_f4dd),
  ]) func seedsAreRead(_ text: String, _ seed: UInt64) {
    #expect(SeedSelection.parse(text) == seed)
  }

  @Test(arguments: ["", "-1", "+1", "1.5", "18446744073709551616", "0x", "0x+1", "abc", "8f031c0", " 1"])
  func whatIsNoSeedIsRefused(_ text: String) {
    #expect(SeedSelection.parse(text) == nil)
  }
}
