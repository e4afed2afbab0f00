package import SeededRandom

/// A decision: who goes on.
package struct Decision: Hashable, Sendable {
  /// Its number in the run, from 0.
  package var number: Int
  /// The threads that can go on, by their numbers, in ascending order; then those that wait for a time, which may have come. At least
  /// two.
  package var options: [Int]
  /// How many of the options need no time to come; at least one.
  package var readyCount: Int
  /// The one that runs, where it can go on: another one preempts it.
  package var running: Int?

  /// Who goes on where nobody decides.
  package var usual: Int { running ?? options[0] }

  /// Whether it would keep a thread waiting that can go on, or let a time come early.
  package func preempts(_ option: Int) -> Bool {
    if let running { return option != running }
    return !options[..<readyCount].contains(option)
  }
}

/// Makes the decisions of one run.
package protocol Decider {
  /// One of the decision's options; nil where nothing that follows matters any more, and it is not asked again.
  ///
  /// - Parameter state: a hash of the program's state: what its threads know, and what they share. It costs a look at all threads
  ///   and locks.
  mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int?
}

/// Follows a schedule.
package struct ScheduleFollower: Decider {
  private var departures: ArraySlice<Schedule.Departure>

  package init(_ schedule: Schedule) { departures = schedule.departures[...] }

  package mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int? {
    while let next = departures.first, next.decision < decision.number { departures.removeFirst() }
    guard let next = departures.first, next.decision == decision.number else { return decision.usual }
    // A schedule that was made smaller may meet other decisions than the one that it was taken from.
    return decision.options.contains(next.thread) ? next.thread : decision.usual
  }
}

/// Lets any thread go on, each as likely as the others, at one decision in `period`.
package struct RandomDecider: Decider {
  private var random: SplitMix64
  private let period: Int

  package init(_ random: SplitMix64, period: Int) {
    self.random = random
    self.period = period
  }

  package mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int? {
    if decision.running != nil, random.below(period) > 0 { return decision.usual }
    return decision.options[random.below(decision.options.count)]
  }
}

/// Threads with priorities, of which the highest goes on, and few places at which the one that runs falls below all others (Burckhardt,
/// Kothari, Musuvathi and Nagarakatte, ASPLOS '10): a bug that needs d ordered events is found in a run of k decisions and n
/// threads with a probability of at least 1 / (n k^(d - 1)), however rare it is otherwise.
package struct PriorityDecider: Decider {
  private var random: SplitMix64
  /// Of each thread that was seen; the highest goes on.
  private var priorities: [Int: Int] = [:]
  private let changes: Set<Int>
  private var lowest = 0

  /// - Parameters:
  ///   - depth: d, how many events have to come in order.
  ///   - decisions: k, about how many decisions a run has.
  package init(_ random: SplitMix64, depth: Int, decisions: Int) {
    var random = random
    changes = Set((1..<max(depth, 1)).map { _ in random.below(max(decisions, 1)) })
    self.random = random
  }

  package mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int? {
    for thread in decision.options where priorities[thread] == nil {
      priorities[thread] = 1 + random.below(1 << 30)
    }
    if changes.contains(decision.number), let running = decision.running {
      lowest -= 1
      priorities[running] = lowest
    }
    let best = decision.options.max { one, other in
      (priorities[one] ?? 0, other) < (priorities[other] ?? 0, one)
    }
    return best ?? decision.usual
  }
}
