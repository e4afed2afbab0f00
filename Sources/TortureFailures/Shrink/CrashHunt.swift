package import FaultFS
import ThreadSchedules
package import TortureCore

/// Looks for one failure among the crash states that the operations of a case can lead to.
///
/// The cells and operations of a run are numbered as they come, so a crash state of one run says nothing in another
/// one, which has an operation less or stores a byte less. So nothing is translated: the states of the new run are
/// searched for the same failure. At each crash point first come the states that most failures need (everything kept,
/// nothing kept, a prefix), then all that recovery can tell apart, with all crashes in it, up to a cap; and where the cap is
/// met, a few drawn ones. What was judged is counted (`HuntExtent`).
///
/// How far it looks is counted in executions (a run of the workload, or a recovery), never in time, so that the same
/// hunt always comes to the same end. May trap where the system under test does.
package struct CrashHunt {
  /// The failure where it was found.
  package struct Catch: Codable, Hashable, Sendable {
    package var violation: Violation
    /// The outer crash first, then those in recovery; empty where the run itself fails.
    package var crashes: [CrashState]
    /// What each of the crashes lost.
    package var losses: [[Loss]]
    /// How many operations of the workload had begun when power was cut; nil where clients are threads.
    var operations: Int?
    /// The faults of the run, and which call of which operation each of them struck.
    var faults: [Fault] = []
    var struckCalls: [StruckCall?] = []
    /// Who went on when, where clients are threads.
    var schedule: Schedule?
  }

  /// What was found, and what it took.
  package struct Outcome: Codable, Hashable, Sendable {
    package var caught: Catch?
    package var executions: Int
    /// What was judged where nothing was found; nil where that is nothing at all.
    package var extent: HuntExtent?

    /// Whether every crash state (tears aside) was judged and nothing found.
    package var isComplete: Bool { caught == nil && extent?.isComplete == true }
  }

  /// Which of the states with the failure is wanted.
  package enum Goal: String, Codable, Hashable, Sendable {
    /// Any.
    case any
    /// Any, where clients are threads also on other schedules: with other operations a schedule means something else.
    case anySchedule = "any-schedule"
    /// The fewest crashes, then the earliest, then the one from which no single lost cell can be taken away.
    case nearest
    /// The reproducer's own, from which no single lost cell can be taken away.
    case leastLost = "least-lost"
  }

  package let testCase: TestCase
  /// The failure; nil for any violation.
  package let target: FailureIdentity?
  package let executionsMax: Int
  /// What strikes the run, and the recovery from the outermost crash.
  package var faults: [Fault] = []
  package var recoveryFault: Fault?
  /// Crashes that are tried before any other; where it is empty and there is a target, the failure needs no crash.
  package var known: [CrashState] = []
  /// How many crashes follow one another at most, those of `outer` not counted.
  package var depthMax = 1
  /// Crashes that are given: the hunt is for those in the recovery from the last of them.
  package var outer: [CrashState] = []
  /// What is changed about the syncs of the run, or else of the recovery from the last of `outer`.
  package var change: SyncChange?
  /// No crash before this point is looked at, and none after the other: points of the run, or else of the recovery from the
  /// last of `outer`.
  package var firstPoint = 0
  package var lastPoint = Int.max
  package internal(set) var executions = 0
  package internal(set) var extent: HuntExtent?
  let judge: Judge
  /// The number of the drawn schedule that the run is made by; nil for the case's own.
  private var drawnSchedule: Int?
  /// The schedule of the last run.
  private var lastSchedule: Schedule?
  /// How many schedules are drawn.
  private static let drawnSchedules = 32

  package init(_ testCase: TestCase, target: FailureIdentity?, executionsMax: Int) {
    self.testCase = testCase
    self.target = target
    self.executionsMax = executionsMax
    var judge = Judge(testCase: testCase)
    judge.remembersRuns = true
    testCase.program?.remembersStates = true
    self.judge = judge
  }

  /// A hunt in the case of a reproducer, with its faults, for as many crashes as it has.
  package init(_ reproducer: Reproducer, target: FailureIdentity?, executionsMax: Int) {
    self.init(reproducer.testCase, target: target, executionsMax: executionsMax)
    faults = reproducer.finding.faults
    recoveryFault = reproducer.finding.recoveryFault
    known = reproducer.finding.crashes
    depthMax = max(1, known.count)
  }

  /// Looks for the failure that the reproducer has.
  ///
  /// - Parameter struckCalls: which call each of its faults is to strike, where that is not the one with its number.
  package static func run(
    _ reproducer: Reproducer, _ goal: Goal, executionsMax: Int, struckCalls: [StruckCall?] = []
  ) -> Outcome {
    let target = reproducer.finding.violation.map { FailureIdentity($0) }
    var hunt = CrashHunt(reproducer, target: target, executionsMax: executionsMax)
    hunt.placeFaults(at: struckCalls)
    var caught: Catch?
    switch goal {
    case .any: caught = hunt.search()
    case .anySchedule: caught = hunt.search() ?? hunt.searchOtherSchedules()
    case .nearest: caught = hunt.search().map { hunt.nearest(to: $0) }
    case .leastLost: caught = hunt.retry(known: hunt.known).map { hunt.keepingMore($0) }
    }
    return hunt.outcome(of: caught)
  }

  /// Looks for the failure, and says what came of it.
  package mutating func outcome() -> Outcome {
    let caught = search()
    return outcome(of: caught)
  }

  private func outcome(of caught: Catch?) -> Outcome {
    var caught = caught
    caught?.faults = faults
    caught?.schedule = lastSchedule
    return Outcome(caught: caught, executions: executions, extent: caught == nil ? extent : nil)
  }

  func isTarget(_ violation: Violation) -> Bool { target.map { $0.matches(violation) } ?? true }

  // MARK: The search

  /// The failure: in the known crashes if it is still there, otherwise where it is met first.
  ///
  /// A run with changed syncs numbers its calls otherwise, so there the known crashes say nothing.
  package mutating func search() -> Catch? {
    extent = nil
    if change == nil, let caught = retry(known: known) { return caught }
    if target != nil && known.isEmpty {
      // The run alone decides.
      extent = HuntExtent()
      return nil
    }
    for depth in 1...depthMax {
      extent = nil
      for effort in [Effort.few, .every] {
        if isSpent { return nil }
        if let caught = walk(effort, depth: depth) { return caught }
      }
    }
    return nil
  }

  /// The failure on schedules that are drawn one after the other: in a run, or in the states that most failures need.
  private mutating func searchOtherSchedules() -> Catch? {
    guard testCase.threads != nil else { return nil }
    for number in 0..<Self.drawnSchedules where !isSpent {
      drawnSchedule = number
      if target != nil && known.isEmpty {
        if let caught = retry(known: []) { return caught }
        continue
      }
      for depth in 1...depthMax {
        if let caught = walk(.few, depth: depth) { return caught }
      }
    }
    drawnSchedule = nil
    return nil
  }

  mutating func record() -> Recording {
    executions += 1
    var decider = drawnSchedule.map { testCase.drawnDecider($0) } ?? testCase.decider()
    let recording = Recording(testCase, faults: faults, change: outer.isEmpty ? change : nil, &decider)
    lastSchedule = recording.schedule
    return recording
  }

  var isSpent: Bool { executions >= executionsMax }
}

extension Recording {
  /// How many operations of the workload had begun when power was cut at `point`: up to the one that was under way, and
  /// those before it that made no storage call.
  ///
  /// - Returns: nil where clients are threads, whose operations do not come in the order of the list.
  package func operations(begunAt point: Int) -> Int? {
    schedule == nil ? steps.prefix { $0.start <= point }.count : nil
  }

  /// A failure of the run itself.
  func caught(_ violation: Violation) -> CrashHunt.Catch {
    CrashHunt.Catch(
      violation: violation, crashes: [], losses: [], operations: schedule == nil ? steps.count : nil,
      struckCalls: struckCalls)
  }
}
