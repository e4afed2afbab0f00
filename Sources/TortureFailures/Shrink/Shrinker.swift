import FaultFS
import ThreadSchedules
package import TortureCore

/// Makes a reproducer smaller for as long as the same failure remains (after delta debugging; Zeller and Hildebrandt,
/// TSE 2002).
///
/// Each stage takes something away: the operations after the crash, transactions, stores, bytes, options, lost cells.
/// Transactions and stores are taken away in parts, down to single ones and pairs (`DeltaDebugging`), the rest one by one;
/// whatever still fails takes the place of the reproducer. A fault goes with the operation whose call it strikes. Rounds
/// through all stages follow until one changes nothing. Then no single item can be left out, as far as the hunt for the
/// failure sees.
///
/// The shrinker runs nothing. It says what to try (`next`) and takes what came of it (`take`): so a candidate that
/// traps costs a worker process, and everything that decides what comes next is in `best`, from which another
/// shrinker goes on.
package struct Shrinker {
  /// How many executions a shrink may take unless somebody says otherwise.
  package static let executionsDefault = 200_000
  /// The same for one candidate.
  static let executionsPerCandidate = 4000

  /// What to try.
  package struct Trial {
    package var reproducer: Reproducer
    package var goal: CrashHunt.Goal
    package var executionsMax: Int
    /// Which call each of its faults is to strike; the one with its number where it is not said.
    package var struckCalls: [StruckCall?] = []

    package var task: HuntTask {
      HuntTask(reproducer, goal, executionsMax: executionsMax, struckCalls: struckCalls)
    }
  }

  /// What came of it.
  package enum Result {
    case hunted(CrashHunt.Outcome)
    case trapped(Trap)
    /// It could not be judged.
    case failed
  }

  /// The smallest reproducer so far, with the progress in it.
  package private(set) var best: Reproducer
  package private(set) var progress: ShrinkProgress
  private let identity: FailureIdentity?
  private var trial: Trial?

  /// Begins to shrink `reproducer`, or goes on where it has the progress of an earlier shrink.
  package init(_ reproducer: Reproducer, executionsMax: Int = Shrinker.executionsDefault) {
    progress = reproducer.shrinking ?? ShrinkProgress(of: reproducer, executionsMax: executionsMax)
    best = reproducer.withOperations()
    best.shrinking = progress
    identity = reproducer.finding.violation.map { FailureIdentity($0) }
  }

  /// Whether the failure was not there to begin with.
  package var isWithoutFailure: Bool { progress.isFinished && progress.stage == .reproduce }

  /// Gives a shrink that ended for want of executions more of them.
  package mutating func allow(executionsMax: Int) {
    progress.executionsMax = executionsMax
    if progress.isCapped && progress.executions < executionsMax {
      progress.isCapped = false
      progress.isFinished = false
    }
    best.shrinking = progress
  }

  // MARK: Trying

  /// What to try next; nil where nothing is left, or the budget is spent.
  package mutating func next() -> Trial? {
    while !progress.isFinished {
      if progress.executions >= progress.executionsMax {
        progress.isCapped = true
        progress.isFinished = true
        break
      }
      if let (candidate, struckCalls) = present() {
        let left = progress.executionsMax - progress.executions
        let isNearest = progress.stage == .crash
        let goal: CrashHunt.Goal =
          switch progress.stage {
          case .crash: .nearest
          case .reproduce, .schedule: .any
          case .tail, .units, .writes, .bytes, .options: .anySchedule
          }
        let next = Trial(
          reproducer: candidate, goal: goal,
          executionsMax: min(left, isNearest ? left : Self.executionsPerCandidate), struckCalls: struckCalls)
        trial = next
        return next
      }
      advance(isAccepted: false)
    }
    best.shrinking = progress
    return nil
  }

  /// Takes in what came of the last trial.
  package mutating func take(_ result: Result) {
    guard let candidate = trial?.reproducer else {
      fatalError("a shrinker was given a trial that it did not ask for")
    }
    trial = nil
    progress.tried += 1
    progress.executions += 1
    var accepted: Reproducer?
    var caught: CrashHunt.Catch?
    switch result {
    case .hunted(let outcome):
      progress.executions += outcome.executions - 1
      if let found = outcome.caught, identity != nil {
        accepted = candidate.with(found)
        caught = found
      }
    case .trapped(let trap):
      if let known = best.finding.trap, known.isLike(trap) {
        accepted = candidate
        accepted?.finding.trap = trap
      }
    case .failed: break
    }
    if progress.stage == .reproduce && accepted == nil {
      progress.isFinished = true
    } else if let accepted, progress.stage != .crash || accepted.isNearer(than: best) {
      if progress.stage != .reproduce { progress.accepted += 1 }
      best = accepted
      progress.begunOperations = caught?.operations
      progress.losses = caught?.losses
      progress.struckCalls = caught?.struckCalls
      advance(isAccepted: true)
    } else {
      advance(isAccepted: false)
    }
    best.shrinking = progress
  }

  /// The candidate that the progress points to, and the calls that its faults are to strike; nil where there is none that
  /// is legal and different.
  private func present() -> (Reproducer, struckCalls: [StruckCall?])? {
    let calls = progress.struckCalls ?? []
    switch progress.stage {
    case .reproduce: return (best, [])
    case .crash: return best.finding.crashes.isEmpty ? nil : (best, [])
    case .tail:
      guard let begun = progress.begunOperations, begun < best.operations?.count ?? 0 else { return nil }
      return (best.with(operations: Array((best.operations ?? []).prefix(begun))), [])
    case .units, .writes:
      let omitted = progress.reduction?.omitted ?? []
      let places = ShrinkItems.places(progress.stage, omitted, in: best.operations ?? [])
      guard !places.isEmpty, let candidate = ShrinkItems.candidate(without: places, of: best) else {
        return nil
      }
      return (candidate, calls.map { $0?.leavingOut(places) })
    case .schedule:
      let omitted = Set(progress.reduction?.omitted ?? [])
      guard !omitted.isEmpty, let schedule = best.finding.schedule else { return nil }
      var candidate = best
      candidate.finding.schedule?.departures = schedule.departures.indices.filter { !omitted.contains($0) }
        .map { schedule.departures[$0] }
      return (candidate, calls)
    case .bytes, .options:
      guard progress.index < ShrinkItems.count(progress.stage, in: best),
        let candidate = ShrinkItems.candidate(progress.stage, changing: progress.index, of: best)
      else { return nil }
      // A change of the faults, or of the order of the operations, is one of the calls that are struck.
      let isSame =
        candidate.finding.faults == best.finding.faults
        && candidate.operations?.count == best.operations?.count
        && candidate.scenario.workload.clients == best.scenario.workload.clients
      return (candidate, isSame ? calls : [])
    }
  }

  // MARK: Going on

  private mutating func advance(isAccepted: Bool) {
    if isAccepted && progress.stage != .reproduce {
      progress.hasChangedInPass = true
      // A crash that came nearer takes nothing from the operations.
      if progress.stage != .crash { progress.hasChangedInRound = true }
    }
    switch progress.stage {
    case .reproduce, .crash, .tail: return enterNextStage()
    case .units, .writes, .schedule:
      if progress.reduction?.omitted != nil {
        progress.reduction?.take(isAccepted)
        let left = ShrinkItems.count(progress.stage, in: best)
        // What comes after a departure that is left out may depart elsewhere: then the rest is another list.
        if progress.reduction?.count != left { progress.reduction = DeltaDebugging(count: left) }
      }
      if progress.reduction?.omitted == nil { enterNextStage() }
    case .bytes, .options:
      // What was accepted has moved the next items here.
      if !isAccepted { progress.index += 1 }
      guard progress.index >= ShrinkItems.count(progress.stage, in: best) else { return }
      if !progress.hasChangedInPass { return enterNextStage() }
      progress.index = 0
      progress.hasChangedInPass = false
    }
  }

  private mutating func enterNextStage() {
    progress.index = 0
    progress.reduction = nil
    progress.hasChangedInPass = false
    if let stage = progress.stage.next {
      progress.stage = stage
    } else if progress.hasChangedInRound {
      progress.round += 1
      progress.stage = .tail
      progress.hasChangedInRound = false
    } else {
      progress.isFinished = true
      return
    }
    if [.units, .writes, .schedule].contains(progress.stage) {
      // Only the first round begins with large parts.
      progress.reduction = DeltaDebugging(
        count: ShrinkItems.count(progress.stage, in: best), isFine: progress.round > 0)
    }
  }
}

extension Trap {
  /// Whether it is the same trap: its signal, its message and its place, numbers aside.
  fileprivate func isLike(_ other: Trap) -> Bool {
    func masked(_ text: String?) -> String { FailureIdentity.masked(text ?? "") }
    return signal == other.signal && masked(message) == masked(other.message)
      && place?.function == other.place?.function && place?.file == other.place?.file
  }
}

extension Reproducer {
  /// The same operations with the failure as it was caught.
  fileprivate func with(_ caught: CrashHunt.Catch) -> Reproducer {
    var reproducer = self
    reproducer.finding.violation = caught.violation
    reproducer.finding.crashes = caught.crashes
    reproducer.finding.losses = caught.losses.last ?? []
    reproducer.finding.faults = caught.faults
    reproducer.finding.schedule = caught.schedule
    reproducer.finding.strategy = "shrinking"
    return reproducer
  }

  /// Fewer crashes, then an earlier one, then less lost.
  fileprivate func isNearer(than other: Reproducer) -> Bool {
    func measure(_ reproducer: Reproducer) -> [Int] {
      let crashes = reproducer.finding.crashes
      return [crashes.count] + crashes.map(\.point) + crashes.map(\.deviations.count)
        + crashes.map { state in -state.deviations.reduce(0) { $0 + $1.version } }
    }
    return measure(self).lexicographicallyPrecedes(measure(other))
  }
}
