/// Every schedule with at most a given number of preemptions, those with fewer first (Musuvathi and Qadeer, PLDI '07).
///
/// A preemption takes a thread that could go on off the processor. Where the thread that runs cannot go on, each of the others is
/// tried, at no cost. So the schedules within the bound are all those of a run of fixed length but for the choices that would
/// preempt once too often; those are counted.
///
/// Most schedules come to states that others came to before, in another order of steps that have nothing to do with each other. From
/// such a state nothing is walked again: all that can follow has been, or is walked from there, with as many preemptions or fewer.
///
/// The first run is that of `ScheduleScout()`, which departs nowhere. What a run passes is added, and says which are to be made.
package struct ScheduleWalk {
  /// A schedule: that of another branch, and one more departure.
  private struct Branch {
    /// Its place among `branches`; -1 for a schedule with this departure alone.
    var parent: Int32
    var decision: Int32
    var thread: Int32
    /// The program's state there.
    var state: UInt64
  }

  private let preemptionsMax: Int
  private let remembers: Bool
  private var branches: [Branch] = []
  /// The branches to be walked, as places in `branches`: those with as many preemptions as the present ones, and those with one more.
  private var pending: [Int32] = []
  private var postponed: [Int32] = []
  /// The preemptions of the present schedules.
  private var preemptions = 0
  private let known = KnownStates()
  /// How many schedules were walked to their end.
  package private(set) var schedules = 0
  /// How many of them came to a state that was known.
  package private(set) var joined = 0
  /// How many choices would have preempted once too often.
  package private(set) var choicesBeyondBound = 0

  /// - Parameter remembers: whether nothing is walked again from a state that was met before.
  package init(preemptionsMax: Int, remembers: Bool = true) {
    self.preemptionsMax = preemptionsMax
    self.remembers = remembers
  }

  /// Whether all schedules were given out.
  package var isDone: Bool { pending.isEmpty && postponed.isEmpty }

  /// What makes the decisions of the next runs, at most `count`; all that were given out before have been added.
  package mutating func next(atMost count: Int) -> [ScheduleScout] {
    var scouts: [ScheduleScout] = []
    if pending.isEmpty {
      swap(&pending, &postponed)
      preemptions += 1
    }
    while scouts.count < count, let branch = pending.popLast() { scouts.append(scout(of: branch)) }
    return scouts
  }

  private func scout(of branch: Int32) -> ScheduleScout {
    var turns: [ScheduleScout.Turn] = []
    var place = branch
    while place >= 0 {
      let branch = branches[Int(place)]
      turns.append(.init(decision: Int(branch.decision), thread: Int(branch.thread), state: branch.state))
      place = branch.parent
    }
    return ScheduleScout(turns: turns.reversed(), branch: branch, known: remembers ? known : nil)
  }

  /// Takes in what a run passed.
  package mutating func add(_ scout: ScheduleScout) {
    schedules += 1
    for passage in scout.passages {
      if remembers, !known.insert(passage.state) {
        joined += 1
        return
      }
      let decision = passage.decision
      for option in decision.options where option != decision.usual {
        let preempts = decision.preempts(option)
        if preempts && preemptions == preemptionsMax {
          choicesBeyondBound += 1
          continue
        }
        let branch = Branch(
          parent: scout.branch, decision: Int32(decision.number), thread: Int32(option), state: passage.state)
        if preempts { postponed.append(Int32(branches.count)) } else { pending.append(Int32(branches.count)) }
        branches.append(branch)
      }
    }
  }
}

/// The states of a program that a walk has come to.
///
/// Threading: read by the scouts of a walk while it is not changed.
final class KnownStates: @unchecked Sendable {
  private var states: Set<UInt64> = []

  func contains(_ state: UInt64) -> Bool { states.contains(state) }

  func insert(_ state: UInt64) -> Bool { states.insert(state).inserted }
}

/// Follows a schedule of a walk, and notes what the run passes after that.
package struct ScheduleScout: Decider, Sendable {
  struct Turn {
    var decision: Int
    var thread: Int
    var state: UInt64
  }

  /// A decision after the last departure, and the program's state there.
  struct Passage {
    var state: UInt64
    var decision: Decision
  }

  private let turns: [Turn]
  private var taken = 0
  let branch: Int32
  private(set) var passages: [Passage] = []
  /// Where the run is let go; nil for one that goes to its end.
  private let known: KnownStates?

  package init() { self.init(turns: [], branch: -1, known: nil) }

  init(turns: [Turn], branch: Int32, known: KnownStates?) {
    self.turns = turns
    self.branch = branch
    self.known = known
  }

  package mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int? {
    if taken == turns.count {
      let state = state()
      passages.append(Passage(state: state, decision: decision))
      return known?.contains(state) == true ? nil : decision.usual
    }
    let turn = turns[taken]
    if decision.number < turn.decision { return decision.usual }
    let state = state()
    precondition(
      decision.number == turn.decision && state == turn.state && decision.options.contains(turn.thread),
      "\(decision) in state \(state) was \(turn): the program is not deterministic")
    taken += 1
    return turn.thread
  }
}
