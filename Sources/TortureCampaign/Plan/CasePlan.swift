import TortureCore

/// One case of a campaign, and its place in the order in which it is run.
struct PlannedCase: Hashable, Sendable {
  /// How many cases were planned before it.
  var index: Int
  /// Which of the campaign's scenarios.
  var scenario: Int
  /// Which of the scenario's seeds, from 0.
  var round: Int
  /// The seed.
  var seed: UInt64
}

/// The cases of a campaign, and which of them is next.
///
/// The order of a report is round by round: the first seed of every scenario, then the second of every scenario, and so
/// on. Cases are run in that order too, unless a budget gives each scenario a share. They are made one by one, so a
/// million cost nothing.
///
/// Shards are dealt out in a like order, in which the scenarios' places move on by one from round to round: with as
/// many shards as scenarios, each shard would otherwise get one scenario only, and the slowest would decide.
struct CasePlan: Sendable {
  let counts: [Int]
  let shard: Shard
  private let seeds: [SeedList]
  /// The first round of each scenario that was not handed out.
  private var cursors: [Int]
  /// Rounds from there on that are done all the same.
  private var done: [Set<Int>]
  private var planned = 0

  init(_ scenarios: [Scenario], _ seeds: SeedSelection, shard: Shard = .whole) {
    self.seeds = scenarios.map(seeds.seeds)
    counts = self.seeds.map(\.count)
    self.shard = shard
    cursors = scenarios.map { _ in 0 }
    done = scenarios.map { _ in [] }
  }

  /// How many cases there are in all shards, and in this one.
  var total: Int { counts.reduce(0, +) }
  var count: Int { shard.share(of: total) }

  /// The next case in the order of the report, without those of the scenarios that `isDone` names; nil after the last.
  mutating func next(without isDone: (Int) -> Bool) -> PlannedCase? {
    next(without: isDone) { left, right in (left.round, left.scenario) < (right.round, right.scenario) }
  }

  /// The next case of the scenario that comes first in the order `isBefore`; nil where none has one left.
  mutating func next(
    without isDone: (Int) -> Bool, by isBefore: (PlannedCase, PlannedCase) -> Bool
  ) -> PlannedCase? {
    var first: PlannedCase?
    for scenario in counts.indices where !isDone(scenario) {
      guard let candidate = candidate(of: scenario) else { continue }
      if first.map({ isBefore(candidate, $0) }) ?? true { first = candidate }
    }
    guard let first else { return nil }
    cursors[first.scenario] = first.round + 1
    planned += 1
    return first
  }

  /// Says that a case needs not be run: its result is there.
  mutating func markDone(scenario: Int, round: Int) {
    done[scenario].insert(round)
    while done[scenario].remove(cursors[scenario]) != nil { cursors[scenario] += 1 }
  }

  /// The next case of a scenario. Moves its cursor over what is done or belongs to another shard.
  private mutating func candidate(of scenario: Int) -> PlannedCase? {
    while cursors[scenario] < counts[scenario] {
      let round = cursors[scenario]
      if done[scenario].remove(round) == nil && contains(scenario: scenario, round: round) {
        return PlannedCase(index: planned, scenario: scenario, round: round, seed: seeds[scenario][round])
      }
      cursors[scenario] += 1
    }
    return nil
  }

  /// Whether the shard has a case of the scenario at all.
  func hasCase(of scenario: Int) -> Bool {
    (0..<counts[scenario]).contains { contains(scenario: scenario, round: $0) }
  }

  // MARK: Places

  /// The round in which `scenario` has `seed`; nil where it has not, or in another shard.
  func round(of seed: UInt64, scenario: Int) -> Int? {
    guard let round = seeds[scenario].round(of: seed), contains(scenario: scenario, round: round) else {
      return nil
    }
    return round
  }

  /// How many cases come before this one in the order of the report, those of all shards counted.
  func place(scenario: Int, round: Int) -> Int {
    var place = 0
    for other in counts.indices {
      place += min(counts[other], other < scenario ? round + 1 : round)
    }
    return place
  }

  /// Whether the case belongs to this plan's shard.
  private func contains(scenario: Int, round: Int) -> Bool {
    if shard.count == 1 { return true }
    var before = 0
    var rank = 0
    var active = 0
    for other in counts.indices {
      before += min(counts[other], round)
      guard counts[other] > round else { continue }
      if other < scenario { rank += 1 }
      active += 1
    }
    return shard.contains(place: before + (rank + round) % active)
  }
}
