/// One case of a campaign, and its place in the campaign's order.
struct PlannedCase: Hashable, Sendable {
  /// The place in the order, from 0.
  var index: Int
  /// Which of the campaign's scenarios.
  var scenario: Int
  /// The seed.
  var seed: UInt64
}

/// The fixed order of a campaign's cases: the first seed of every scenario, then the second of every scenario, and
/// so on. Whoever stops early has treated all scenarios alike. Cases are made one by one, so a million cost nothing.
struct CasePlan {
  private let scenarios: [Scenario]
  private let seeds: SeedSelection
  private var round = 0
  private var scenario = 0
  private var index = 0

  init(_ scenarios: [Scenario], _ seeds: SeedSelection) {
    self.scenarios = scenarios
    self.seeds = seeds
  }

  /// How many cases there are in all.
  var count: Int { scenarios.reduce(0) { $0 + seeds.count($1) } }

  /// The next case, without those of the scenarios that `isDone` names; nil after the last.
  mutating func next(without isDone: (Int) -> Bool) -> PlannedCase? {
    guard scenarios.indices.contains(where: { !isDone($0) }) else { return nil }
    let rounds = scenarios.map(seeds.count).max() ?? 0
    while round < rounds {
      while scenario < scenarios.count {
        let candidate = scenario
        scenario += 1
        guard round < seeds.count(scenarios[candidate]), !isDone(candidate) else { continue }
        let planned = PlannedCase(
          index: index, scenario: candidate, seed: seeds.seed(scenarios[candidate], round))
        index += 1
        return planned
      }
      scenario = 0
      round += 1
    }
    return nil
  }
}
