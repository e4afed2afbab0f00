import FaultFS

/// Looks for one failure among the crash states that the operations of a reproducer can lead to.
///
/// The cells and operations of a run are numbered as they come, so a crash state of one run says nothing in another
/// one, which has an operation less or stores a byte less. So nothing is translated: the states of the new run are
/// searched for the same failure. At each crash point first come the states that most failures need (everything kept,
/// nothing kept, a prefix), then all that recovery can tell apart, up to a cap, and where the cap is met, a few drawn
/// ones.
///
/// How far it looks is counted in executions (a run of the workload, or a recovery), never in time, so that the same
/// hunt always comes to the same end. May trap where the system under test does.
struct CrashHunt {
  /// The failure where it was found.
  struct Catch: Codable, Hashable, Sendable {
    var violation: Violation
    /// The outer crash first, then those in recovery; empty where the run itself fails.
    var crashes: [CrashState]
    /// What the last of the crashes lost.
    var story: [String]
    /// How many operations of the workload had begun when power was cut.
    var operations: Int
  }

  /// What was found, and what it took.
  struct Outcome: Codable, Hashable, Sendable {
    var caught: Catch?
    var executions: Int
    /// Whether every crash state (tears aside) was judged, where nothing was found.
    var isComplete: Bool
  }

  /// Which of the states with the failure is wanted.
  enum Goal: String, Codable, Hashable, Sendable {
    /// Any.
    case any
    /// The fewest crashes, then the earliest, then the one from which no single lost cell can be taken away.
    case nearest
    /// The reproducer's own, from which no single lost cell can be taken away.
    case leastLost = "least-lost"
  }

  /// How many states recovery may tell apart at one crash point before the rest is left to drawing.
  static let statesPerPointMax = 400
  /// How many are drawn there instead.
  static let drawnPerPoint = 40

  let reproducer: Reproducer
  let testCase: TestCase
  /// The failure; nil for any violation.
  let target: FailureIdentity?
  /// What is changed about the run's syncs; nil for nothing.
  var change: SyncChange?
  /// No crash before this point is looked at.
  var firstPoint = 0
  let executionsMax: Int
  var executions = 0
  var isComplete = true
  private let judge: Judge

  init(_ reproducer: Reproducer, target: FailureIdentity?, executionsMax: Int, change: SyncChange? = nil) {
    self.reproducer = reproducer
    self.target = target
    self.executionsMax = executionsMax
    self.change = change
    testCase = reproducer.testCase
    judge = Judge(testCase: testCase)
  }

  /// Looks for the failure that the reproducer has.
  static func run(_ reproducer: Reproducer, _ goal: Goal, executionsMax: Int) -> Outcome {
    let target = reproducer.finding.violation.map { FailureIdentity($0) }
    var hunt = CrashHunt(reproducer, target: target, executionsMax: executionsMax)
    var caught: Catch?
    switch goal {
    case .any: caught = hunt.search()
    case .nearest: caught = hunt.search().map { hunt.nearest(to: $0) }
    case .leastLost: caught = hunt.retry(reproducer.finding.crashes).map { hunt.keepingMore($0) }
    }
    return Outcome(caught: caught, executions: hunt.executions, isComplete: hunt.isComplete)
  }

  /// How many crashes follow one another at most.
  private var depthMax: Int { max(1, reproducer.finding.crashes.count) }

  /// Whether the failure needs no crash, so that the run alone tells.
  private var isOfRun: Bool { reproducer.finding.violation != nil && reproducer.finding.crashes.isEmpty }

  func isTarget(_ violation: Violation) -> Bool {
    target.map { $0 == FailureIdentity(violation) } ?? true
  }

  // MARK: The search

  /// The failure: where the reproducer has it if it is still there, otherwise where it is met first.
  mutating func search() -> Catch? {
    if let caught = retry(reproducer.finding.crashes) { return caught }
    if isOfRun && target != nil { return nil }
    for depth in 1...depthMax {
      if let caught = walk(.few, depth: depth) { return caught }
      isComplete = true
      if let caught = walk(.every, depth: depth) { return caught }
    }
    return nil
  }

  enum Effort {
    case few, every
  }

  mutating func record() -> Recording {
    executions += 1
    return Recording(testCase, faults: reproducer.finding.faults, change: change)
  }

  /// Goes through the crash points in order.
  ///
  /// - Parameter end: the point before which to stop; nil for none.
  mutating func walk(_ effort: Effort, depth: Int, before end: Int? = nil) -> Catch? {
    let recording = record()
    if let violation = recording.violation, isTarget(violation) {
      return Catch(violation: violation, crashes: [], story: [], operations: recording.steps.count)
    }
    let window = CrashWindow(over: recording.disk)
    let last = min(window.lastPoint + 1, end ?? Int.max)
    for point in min(firstPoint, last)..<last {
      window.advance(to: point)
      let terms = recording.terms(at: point, in: testCase)
      if var caught = look(window, [], terms, effort, depth: depth) {
        caught.operations = recording.operations(begunAt: point)
        return caught
      }
      if isSpent { return nil }
    }
    return nil
  }

  /// Whether the budget is spent; then not all was looked at.
  private var isSpent: Bool {
    mutating get {
      if executions < executionsMax { return false }
      isComplete = false
      return true
    }
  }

  /// Looks at the states of the window's present point.
  private mutating func look(
    _ window: CrashWindow, _ outer: [CrashState], _ terms: Terms, _ effort: Effort, depth: Int
  ) -> Catch? {
    if effort == .every && depth == 1 {
      let (caught, isExhausted) = resolve(window, outer, terms)
      if caught != nil || isExhausted { return caught }
    }
    var sampler = StateSampler(window, random: testCase.random("hunt \(outer.map(\.point)) \(window.point)"))
    switch effort {
    case .few: sampler.draw([.noneKept, .allKept, .prefix], budget: 4)
    case .every: sampler.draw(CrashOptions.Strategy.allCases, budget: Self.drawnPerPoint)
    }
    for (state, _) in sampler.states {
      if let caught = execute(window, outer, state, terms, effort, depth: depth) { return caught }
      if isSpent { return nil }
    }
    return nil
  }

  /// Recovers from one state, and crashes the recovery where more crashes may follow.
  private mutating func execute(
    _ window: CrashWindow, _ outer: [CrashState], _ state: CrashState, _ terms: Terms, _ effort: Effort,
    depth: Int
  ) -> Catch? {
    executions += 1
    return window.withDisk(showing: state) { disk in
      let (outcome, terms) = recover(disk, terms, isOutermost: outer.isEmpty, opens: state.deviations.isEmpty)
      if let violation = outcome.violation {
        return caught(violation, outer + [state], window)
      }
      guard depth > 1, outcome.verdict < .undetectable else { return nil }
      let inner = CrashWindow(over: disk)
      guard inner.lastPoint > 0 else { return nil }
      for point in 0...inner.lastPoint {
        inner.advance(to: point)
        let innerTerms = terms.afterCrash(at: point, in: outcome)
        if let caught = look(inner, outer + [state], innerTerms, effort, depth: depth - 1) { return caught }
        if isSpent { return nil }
      }
      return nil
    }
  }

  private func caught(_ violation: Violation, _ crashes: [CrashState], _ window: CrashWindow) -> Catch? {
    guard isTarget(violation), let last = crashes.last else { return nil }
    return Catch(
      violation: violation, crashes: crashes, story: CrashStory.lines(window, last), operations: 0)
  }

  /// One recovery as a replay does it: struck first where the reproducer says so, and then once more.
  private func recover(
    _ disk: FaultDisk, _ terms: Terms, isOutermost: Bool, opens: Bool
  ) -> (Judge.Outcome, Terms) {
    guard isOutermost, let fault = reproducer.finding.recoveryFault else {
      return (judge.recover(disk, terms, opens: opens), terms)
    }
    let struck = judge.recover(disk, struckBy: fault, terms)
    if struck.outcome.violation != nil { return (struck.outcome, struck.terms) }
    return (judge.recover(disk, struck.termsOfNext, opens: true), struck.terms)
  }

  // MARK: Every state

  /// Every state of the point that recovery can tell apart; false where the cap was met first.
  private mutating func resolve(
    _ window: CrashWindow, _ outer: [CrashState], _ terms: Terms
  ) -> (Catch?, isExhausted: Bool) {
    if outer.isEmpty && reproducer.finding.recoveryFault != nil {
      isComplete = false
      return (nil, false)
    }
    let tears = testCase.profile.tearing != nil ? TearChoices(garbageSeed: testCase.seed) : nil
    let stack = ChoiceStack()
    var count = 0
    repeat {
      if count == Self.statesPerPointMax || isSpent {
        isComplete = false
        return (nil, false)
      }
      count += 1
      executions += 1
      var found: CrashState?
      window.withDisk(resolvingBy: stack, tears: tears) { disk in
        let outcome = judge.recover(disk, terms, opens: false)
        if let violation = outcome.violation, isTarget(violation) { found = window.resolution.state }
      }
      if let found, let caught = execute(window, outer, found, terms, .few, depth: 1) {
        return (caught, true)
      }
    } while stack.next()
    return (nil, true)
  }

  // MARK: One chain of crashes

  /// The failure in exactly these crashes, if they are possible and lead to it.
  mutating func retry(_ crashes: [CrashState]) -> Catch? {
    let recording = record()
    guard let first = crashes.first else {
      guard let violation = recording.violation, isTarget(violation) else { return nil }
      return Catch(violation: violation, crashes: [], story: [], operations: recording.steps.count)
    }
    let window = CrashWindow(over: recording.disk)
    guard (0...window.lastPoint).contains(first.point) else { return nil }
    let terms = recording.terms(at: first.point, in: testCase)
    guard var caught = follow(crashes, 0, window, terms) else { return nil }
    caught.operations = recording.operations(begunAt: first.point)
    return caught
  }

  /// Goes through a chain of crashes from the one of that number on; the window stands at it or before it.
  mutating func follow(_ crashes: [CrashState], _ number: Int, _ window: CrashWindow, _ terms: Terms)
    -> Catch?
  {
    let state = crashes[number]
    guard (window.point...window.lastPoint).contains(state.point) else { return nil }
    window.advance(to: state.point)
    guard window.isLegal(state) else { return nil }
    executions += 1
    return window.withDisk(showing: state) { disk in
      let (outcome, terms) = recover(disk, terms, isOutermost: number == 0, opens: state.deviations.isEmpty)
      if number == crashes.count - 1 || outcome.violation != nil {
        return outcome.violation.flatMap { caught($0, Array(crashes[...number]), window) }
      }
      guard outcome.verdict < .undetectable else { return nil }
      let next = terms.afterCrash(at: crashes[number + 1].point, in: outcome)
      return follow(crashes, number + 1, CrashWindow(over: disk), next)
    }
  }
}

extension Recording {
  /// How many operations of the workload had begun when power was cut at `point`.
  func operations(begunAt point: Int) -> Int {
    steps.prefix { $0.start < point || ($0.start == point && $0.end > point) }.count
  }
}
