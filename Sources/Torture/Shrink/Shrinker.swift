import FaultFS

/// Makes a reproducer smaller for as long as the same failure remains (after delta debugging; Zeller and Hildebrandt,
/// TSE 2002).
///
/// Each stage takes something away: the operations after the crash, transactions, stores, bytes, options, lost cells.
/// Of a stage's items, half of them are left out at first, then a quarter, down to each by itself; whatever still
/// fails takes the place of the reproducer. Rounds through all stages follow until one changes nothing. Then no single
/// item can be left out, as far as the hunt for the failure sees.
///
/// The shrinker runs nothing. It says what to try (`next`) and is told what came of it (`take`): so a candidate that
/// traps costs a worker process, and everything that decides what comes next is in `best`, from which another
/// shrinker goes on.
struct Shrinker {
  /// How many executions a shrink may take unless somebody says otherwise.
  static let executionsDefault = 200_000
  /// The same for one candidate.
  static let executionsPerCandidate = 4000

  /// What to try.
  struct Trial {
    var reproducer: Reproducer
    var goal: CrashHunt.Goal
    var executionsMax: Int
  }

  /// What came of it.
  enum Result {
    case hunted(CrashHunt.Outcome)
    case trapped(Trap)
    /// It could not be judged.
    case failed
  }

  /// The smallest reproducer so far, with the progress in it.
  private(set) var best: Reproducer
  private(set) var progress: ShrinkProgress
  private let identity: FailureIdentity?
  private var trial: Reproducer?

  /// Begins to shrink `reproducer`, or goes on where it has the progress of an earlier shrink.
  init(_ reproducer: Reproducer, executionsMax: Int = Shrinker.executionsDefault) {
    progress = reproducer.shrinking ?? ShrinkProgress(of: reproducer, executionsMax: executionsMax)
    best = reproducer.withOperations()
    best.shrinking = progress
    identity = reproducer.finding.violation.map { FailureIdentity($0) }
  }

  /// Whether the failure was not there to begin with.
  var isWithoutFailure: Bool { progress.isFinished && progress.stage == .reproduce }

  /// Gives a shrink that ended for want of executions more of them.
  mutating func allow(executionsMax: Int) {
    progress.executionsMax = executionsMax
    if progress.isCapped && progress.executions < executionsMax {
      progress.isCapped = false
      progress.isFinished = false
    }
    best.shrinking = progress
  }

  // MARK: Trying

  /// What to try next; nil where nothing is left, or the budget is spent.
  mutating func next() -> Trial? {
    while !progress.isFinished {
      if progress.executions >= progress.executionsMax {
        progress.isCapped = true
        progress.isFinished = true
        break
      }
      if let candidate = present() {
        trial = candidate
        let left = progress.executionsMax - progress.executions
        let isNearest = progress.stage == .crash
        return Trial(
          reproducer: candidate, goal: isNearest ? .nearest : .any,
          executionsMax: min(left, isNearest ? left : Self.executionsPerCandidate))
      }
      advance(isAccepted: false)
    }
    best.shrinking = progress
    return nil
  }

  /// Takes in what came of the last trial.
  mutating func take(_ result: Result) {
    guard let candidate = trial else { fatalError("a shrinker was told of a trial that it did not ask for") }
    trial = nil
    progress.tried += 1
    progress.executions += 1
    var accepted: Reproducer?
    var begun: Int?
    switch result {
    case .hunted(let outcome):
      progress.executions += outcome.executions - 1
      if let caught = outcome.caught, identity != nil {
        accepted = candidate.with(caught)
        begun = caught.operations
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
      progress.begunOperations = begun
      advance(isAccepted: true)
    } else {
      advance(isAccepted: false)
    }
    best.shrinking = progress
  }

  /// The candidate that the progress points to; nil where it makes none that is legal and different.
  private func present() -> Reproducer? {
    if progress.stage == .reproduce { return best }
    if progress.stage == .crash { return best.finding.crashes.isEmpty ? nil : best }
    if progress.stage == .tail { return best.without(operationsFrom: progress.begunOperations) }
    let count = ShrinkItems.count(progress.stage, in: best)
    guard progress.index < count else { return nil }
    let items = progress.index..<min(progress.index + max(progress.chunk, 1), count)
    guard let candidate = ShrinkItems.candidate(progress.stage, without: items, of: best) else { return nil }
    return candidate == best ? nil : candidate
  }

  // MARK: Going on

  private mutating func advance(isAccepted: Bool) {
    if isAccepted && progress.stage != .reproduce {
      progress.hasChangedInPass = true
      // A crash that came nearer takes nothing from the operations.
      if progress.stage != .crash { progress.hasChangedInRound = true }
    }
    let isSingle = progress.stage == .reproduce || progress.stage == .crash || progress.stage == .tail
    if isSingle { return enterNextStage() }
    // What was accepted has moved the next items here.
    if !isAccepted { progress.index += max(progress.chunk, 1) }
    guard progress.index >= ShrinkItems.count(progress.stage, in: best) else { return }
    progress.index = 0
    if progress.chunk > 1 {
      progress.chunk /= 2
      progress.hasChangedInPass = false
    } else if progress.hasChangedInPass {
      progress.hasChangedInPass = false
    } else {
      enterNextStage()
    }
  }

  private mutating func enterNextStage() {
    progress.index = 0
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
    // Only the first round begins with large parts.
    progress.chunk =
      progress.round == 0 && progress.stage.takesParts
      ? max(1, ShrinkItems.count(progress.stage, in: best) / 2) : 1
  }
}

extension ShrinkStage {
  /// Whether several items may be taken away at a time.
  fileprivate var takesParts: Bool { self == .units || self == .writes }
}

extension Trap {
  /// Whether it is the same trap: its signal, its message and its place, numbers aside.
  fileprivate func isLike(_ other: Trap) -> Bool {
    func masked(_ text: String?) -> String { FailureIdentity.masked(text ?? "") }
    return signal == other.signal && masked(message) == masked(other.message)
      && masked(place) == masked(other.place)
  }
}

extension Reproducer {
  /// The first `count` operations; nil where that is all of them, or nobody knows.
  fileprivate func without(operationsFrom count: Int?) -> Reproducer? {
    guard let count, let operations, count < operations.count else { return nil }
    return with(operations: Array(operations[..<count]))
  }

  /// The same operations with the failure as it was caught.
  fileprivate func with(_ caught: CrashHunt.Catch) -> Reproducer {
    var reproducer = self
    reproducer.finding.violation = caught.violation
    reproducer.finding.crashes = caught.crashes
    reproducer.finding.crashStory = caught.story
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
