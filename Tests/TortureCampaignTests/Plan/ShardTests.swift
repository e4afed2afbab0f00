import Testing
import TortureCore
import TortureSamples

@testable import TortureCampaign

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
