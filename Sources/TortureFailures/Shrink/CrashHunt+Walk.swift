import FaultFS
import SeededRandom
import TortureCore

/// Going through the crash points in order.
extension CrashHunt {
  /// How many executions the states that recovery can tell apart at one crash point may take at least before the rest is
  /// left to drawing; more where an equal share of what is left for the points is more.
  static let executionsPerPointMin = 400
  /// How many are drawn there instead.
  static let drawnPerPoint = 40

  enum Effort {
    case few, every
  }

  /// Goes through the crash points of the run, or of the recovery from the last of `outer`.
  ///
  /// - Parameter end: the point before which to stop; nil for none.
  mutating func walk(_ effort: Effort, depth: Int, before end: Int? = nil) -> Catch? {
    let recording = record()
    if let violation = recording.violation, isTarget(violation) { return recording.caught(violation) }
    let window = CrashWindow(over: recording.disk)
    let testCase = testCase
    var caught: Catch?
    if let first = outer.first {
      guard (0...window.lastPoint).contains(first.point) else { return nil }
      caught = descend(window, [], recording.terms(at: first.point, in: testCase), effort, depth: depth)
    } else {
      caught = visit(window, [], effort, depth: depth, before: end) { recording.terms(at: $0, in: testCase) }
    }
    if let first = caught?.crashes.first { caught?.complete(recording, first) }
    return caught
  }

  /// Goes through the crashes that are given, down to the recovery from the last of them.
  private mutating func descend(
    _ window: CrashWindow, _ cuts: [Cut], _ terms: Terms, _ effort: Effort, depth: Int
  ) -> Catch? {
    let state = outer[cuts.count]
    guard (window.point...window.lastPoint).contains(state.point) else { return nil }
    window.advance(to: state.point)
    guard window.isLegal(state) else { return nil }
    executions += 1
    return window.withDisk(showing: state) { disk in
      let (outcome, terms) = recover(disk, terms, after: cuts.count, opens: state.deviations.isEmpty)
      let cuts = cuts + [Cut(window: window, state: state)]
      if let violation = outcome.violation { return caught(violation, cuts) }
      guard outcome.verdict < .undetectable else { return nil }
      let inner = CrashWindow(over: disk)
      guard cuts.count == outer.count else {
        let next = terms.afterCrash(at: outer[cuts.count].point, in: outcome)
        return descend(inner, cuts, next, effort, depth: depth)
      }
      return visit(inner, cuts, effort, depth: depth) { terms.afterCrash(at: $0, in: outcome) }
    }
  }

  /// Looks at each point of the window.
  private mutating func visit(
    _ window: CrashWindow, _ cuts: [Cut], _ effort: Effort, depth: Int, before end: Int? = nil,
    _ terms: (Int) -> Terms
  ) -> Catch? {
    let last = min(min(window.lastPoint, lastPoint) + 1, end ?? Int.max)
    let first = min(firstPoint, last)
    if effort == .every { extent = HuntExtent(depth: depth, points: last - first) }
    for point in first..<last {
      if isSpent { return nil }
      window.advance(to: point)
      if effort == .every {
        let share = (executionsMax - executions) / (last - point)
        let (caught, coverage) = exhaust(window, cuts, terms(point), depth: depth, executionsMax: share)
        if let caught { return caught }
        if let known = extent?.coverage { extent?.coverage = known + coverage }
        if coverage.pointsExhausted == 1 { continue }
      }
      if let caught = draw(window, cuts, terms(point), effort, depth: depth) { return caught }
    }
    return nil
  }

  /// Draws states of the window's present point.
  private mutating func draw(
    _ window: CrashWindow, _ cuts: [Cut], _ terms: Terms, _ effort: Effort, depth: Int
  ) -> Catch? {
    let random = cuts.reduce(testCase.random("hunt")) { $0.split($1.state.purpose) }.split(
      UInt64(window.point))
    var sampler = StateSampler(window, random: random)
    switch effort {
    case .few: sampler.draw([.noneKept, .allKept, .prefix], budget: 4)
    case .every: sampler.draw(CrashOptions.Strategy.allCases, budget: Self.drawnPerPoint)
    }
    for (state, _) in sampler.states {
      if isSpent { return nil }
      if let caught = execute(window, cuts, state, terms, effort, depth: depth) { return caught }
    }
    return nil
  }

  /// Recovers from one state, and crashes the recovery where more crashes may follow.
  private mutating func execute(
    _ window: CrashWindow, _ cuts: [Cut], _ state: CrashState, _ terms: Terms, _ effort: Effort, depth: Int
  ) -> Catch? {
    executions += 1
    return window.withDisk(showing: state) { disk in
      let (outcome, terms) = recover(disk, terms, after: cuts.count, opens: state.deviations.isEmpty)
      let cuts = cuts + [Cut(window: window, state: state)]
      if let violation = outcome.violation { return caught(violation, cuts) }
      guard depth > 1, outcome.verdict < .undetectable else { return nil }
      let inner = CrashWindow(over: disk)
      // With nothing written there is nothing to lose.
      guard inner.lastPoint > 0 else { return nil }
      for point in 0...inner.lastPoint {
        if isSpent { return nil }
        inner.advance(to: point)
        let innerTerms = terms.afterCrash(at: point, in: outcome)
        if effort == .every {
          let (caught, coverage) = exhaust(
            inner, cuts, innerTerms, depth: depth - 1, executionsMax: Self.executionsPerPointMin)
          if let caught { return caught }
          if coverage.pointsExhausted == 1 { continue }
        }
        if let caught = draw(inner, cuts, innerTerms, effort, depth: depth - 1) { return caught }
      }
      return nil
    }
  }
}
