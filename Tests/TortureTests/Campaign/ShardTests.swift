import Testing

@testable import Torture

@Suite struct ShardTests {
  @Test(arguments: ["", "1", "0/3", "4/3", "1/0", "-1/3", "+1/3", "1/3/5", "a/b", "1/ 3", "1/99999999999"])
  func whatIsNoShardIsRefused(_ text: String) {
    #expect(Shard(text) == nil)
  }

  @Test func shardsAreWrittenShort() throws {
    let shard = try #require(Shard("2/8"))
    #expect("\(shard)" == "2/8")
    let fifth = try #require(Shard("5/8"))
    let third = try #require(Shard("3/8"))
    #expect(shard.union(fifth)?.union(third).map { "\($0)" } == "2-3,5/8")
    #expect(shard.union(.whole) == nil)
  }

  @Test func aSlurmArrayIsUnderstood() {
    func slurm(_ id: String, _ first: String, _ last: String, _ step: String? = nil) -> String? {
      var environment = [
        "SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": first, "SLURM_ARRAY_TASK_MAX": last,
      ]
      environment["SLURM_ARRAY_TASK_STEP"] = step
      return Shard(slurm: environment).map { "\($0)" }
    }
    #expect(slurm("1", "1", "8") == "1/8")
    #expect(slurm("0", "0", "7", "1") == "1/8")
    #expect(slurm("14", "2", "20", "4") == "4/5")
    #expect(slurm("15", "2", "20", "4") == nil)
    #expect(slurm("9", "1", "8") == nil)
    #expect(slurm("x", "1", "8") == nil)
    #expect(Shard(slurm: [:]) == nil)
  }

  /// Against the plain definition: every case is in one shard and one only, and the counts are those of the shards.
  @Test(arguments: [[4], [4, 4, 4], [4, 0, 1, 7, 2], [12, 12, 12, 12], [1, 1, 1, 1, 1, 1, 1]])
  func shardsAreDisjointAndTogetherTheWhole(_ counts: [Int]) throws {
    let scenarios = try counts.indices.map { try makeScenario("s\($0)", count: max(counts[$0], 1)) }
      .enumerated().filter { counts[$0.offset] > 0 }.map(\.element)
    var whole = CasePlan(scenarios, SeedSelection())
    var order: [PlannedCase] = []
    while let planned = whole.next(without: { _ in false }) { order.append(planned) }
    for (place, planned) in order.enumerated() {
      #expect(whole.place(scenario: planned.scenario, round: planned.round) == place)
    }
    for count in 1...9 {
      var seen: Set<String> = []
      for number in 1...count {
        let shard = try #require(Shard(number, of: count))
        var plan = CasePlan(scenarios, SeedSelection(), shard: shard)
        var cases = 0
        var lastPlace = -1
        while let planned = plan.next(without: { _ in false }) {
          #expect(planned.index == cases)
          let place = plan.place(scenario: planned.scenario, round: planned.round)
          #expect(place > lastPlace)
          lastPlace = place
          #expect(plan.round(of: planned.seed, scenario: planned.scenario) == planned.round)
          #expect(seen.insert("\(planned.scenario) \(planned.round)").inserted)
          cases += 1
        }
        #expect(cases == plan.count)
        #expect((order.count / count...order.count / count + 1).contains(cases))
      }
      #expect(seen.count == order.count)
    }
  }

  @Test func asManyShardsAsScenariosGetAllOfThem() throws {
    let scenarios = try (0..<4).map { try makeScenario("s\($0)", count: 8) }
    for number in 1...4 {
      var plan = CasePlan(scenarios, SeedSelection(), shard: try #require(Shard(number, of: 4)))
      var met: Set<Int> = []
      while let planned = plan.next(without: { _ in false }) { met.insert(planned.scenario) }
      #expect(met.count == 4)
    }
  }

  @Test func seedsOfOtherShardsAndCampaignsHaveNoRound() throws {
    let scenarios = [try makeScenario("a", first: 10, count: 4)]
    let plan = CasePlan(scenarios, SeedSelection(), shard: try #require(Shard("1/2")))
    #expect((8...15).map { plan.round(of: $0, scenario: 0) } == [nil, nil, 0, nil, 2, nil, nil, nil])
  }
}

@Suite struct ShareKeeperTests {
  private func result(_ marks: [String: Int] = ["a": 1]) -> CaseResult {
    CaseResult(scenario: "s", seed: 1, crashStates: 1, marks: marks)
  }

  /// Runs `cases` cases one after the other; how many each scenario got.
  private func run(_ costs: [Double], shares: [Int], cases: Int, marks: [[String: Int]]) -> [Int] {
    var keeper = ShareKeeper(shares)
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

  @Test func newSeedsGoFirstWhereMarksAreNewUntilNoneComes() {
    var keeper = ShareKeeper([1, 1])
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
