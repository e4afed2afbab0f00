import Testing

@testable import Torture

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
    #expect(SeedSelection(first: .max, runs: 2).seed(scenarios[0], 1) == 0)
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

@Suite struct ReorderBufferTests {
  @Test func anyOrderComesOutInOrder() {
    // All orders of five elements.
    func permutations(_ elements: [Int]) -> [[Int]] {
      guard !elements.isEmpty else { return [[]] }
      return elements.flatMap { first in
        permutations(elements.filter { $0 != first }).map { [first] + $0 }
      }
    }
    for order in permutations([0, 1, 2, 3, 4]) {
      var buffer = ReorderBuffer<Int>()
      var output: [Int] = []
      var seen: Set<Int> = []
      for index in order {
        output += buffer.insert(index * 10, at: index)
        seen.insert(index)
        // What is out is the longest beginning without a gap.
        let complete = (0..<5).prefix { seen.contains($0) }
        #expect(output == complete.map { $0 * 10 })
      }
    }
  }

  @Test func drainGivesTheRestInOrder() {
    var buffer = ReorderBuffer<String>()
    #expect(buffer.insert("c", at: 2).isEmpty)
    #expect(buffer.insert("f", at: 5).isEmpty)
    #expect(buffer.insert("a", at: 0) == ["a"])
    #expect(buffer.drain() == ["c", "f"])
    #expect(buffer.drain().isEmpty)
    #expect(buffer.insert("g", at: 6) == ["g"])
  }
}

@Suite struct TimeLimitTests {
  @Test(arguments: [
    ("60s", 60), ("90", 90), ("2m", 120), ("1h30m", 5400), ("1h0m5s", 3605), ("1h5s", 3605),
    ("86400000", 86_400_000),
  ]) func timesAreRead(_ text: String, _ seconds: Int) throws {
    let limit = try #require(TimeLimit(text))
    #expect(limit.seconds == seconds)
    #expect(TimeLimit("\(limit)") == limit)
  }

  @Test(arguments: [
    "", "0", "0s", "s", "1x", "-1s", "1.5m", "1m1h", "1s1s", "1h30", "99999999999999999999", "24001h", "1 m",
    "m5",
  ]) func whatIsNoTimeIsRefused(_ text: String) {
    #expect(TimeLimit(text) == nil)
  }
}
