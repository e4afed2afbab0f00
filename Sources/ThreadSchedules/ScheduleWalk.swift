/// Every schedule with at most a given number of preemptions, one after the other, depth first (Musuvathi and Qadeer, PLDI '07).
///
/// A preemption takes a thread that could go on off the processor. Where the thread that runs cannot go on, each of the others is
/// tried, at no cost. So the schedules within the bound are all those of a run of fixed length but for the choices that would
/// preempt once too often; those are counted.
///
/// Most schedules come to states that others came to before, in another order of steps that have nothing to do with each other. From
/// such a state nothing is walked again, if it was met with at most as many preemptions: all that can follow has been, or is walked from
/// there.
package struct ScheduleWalk {
  private struct Fork {
    var decision: Decision
    /// The program's state there.
    var state: UInt64
    /// What is tried, in turn.
    var choices: [Int]
    /// The place in `choices` of the present one.
    var place = 0
    /// Preemptions before this decision.
    var preemptions: Int

    var choice: Int { choices[place] }
  }

  private let preemptionsMax: Int
  private let remembers: Bool
  private var forks: [Fork] = []
  /// The states at decisions, with the fewest preemptions that led there.
  private var known: [UInt64: Int] = [:]
  /// Whether the present run has come to a known state.
  private var isKnown = false
  /// How many schedules were walked to their end.
  package private(set) var schedules = 0
  /// How many of them came to a state that was known.
  package private(set) var joined = 0
  /// How many choices would have preempted once too often.
  package private(set) var choicesBeyondBound = 0
  private var depth = 0

  /// - Parameter remembers: whether nothing is walked again from a state that was met before.
  package init(preemptionsMax: Int, remembers: Bool = true) {
    self.preemptionsMax = preemptionsMax
    self.remembers = remembers
  }

  /// Goes on to the next schedule; false where there is none left. Called after each run.
  package mutating func advance() -> Bool {
    schedules += 1
    if isKnown { joined += 1 }
    isKnown = false
    precondition(depth == forks.count, "a run made \(depth) decisions of the \(forks.count) that led to it")
    depth = 0
    while var fork = forks.popLast() {
      fork.place += 1
      if fork.place < fork.choices.count {
        forks.append(fork)
        return true
      }
    }
    return false
  }
}

extension ScheduleWalk: Decider {
  package mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int {
    if isKnown { return decision.usual }
    let state = state()
    defer { if !isKnown { depth += 1 } }
    if depth < forks.count {
      let fork = forks[depth]
      precondition(
        fork.decision == decision && fork.state == state,
        "\(decision) in state \(state) was \(fork.decision) in state \(fork.state): the program is not deterministic"
      )
      return fork.choice
    }
    let preemptions = forks.last.map { $0.preemptions + ($0.decision.preempts($0.choice) ? 1 : 0) } ?? 0
    if remembers {
      if let fewest = known[state], fewest <= preemptions {
        isKnown = true
        return decision.usual
      }
      known[state] = preemptions
    }
    let within = decision.options.filter { preemptions < preemptionsMax || !decision.preempts($0) }
    choicesBeyondBound += decision.options.count - within.count
    forks.append(
      Fork(
        decision: decision, state: state, choices: [decision.usual] + within.filter { $0 != decision.usual },
        preemptions: preemptions))
    return decision.usual
  }
}
