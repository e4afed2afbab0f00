import BigInt
import FaultFS

/// Every crash state of a point, with one execution for each course that recovery and the check can take.
///
/// On a resolving disk (`CrashWindow.withDisk(resolvingBy:)`) nothing is decided until it is looked at. An execution
/// stands for every crash state that agrees with it in all that it observed, so what it comes to is what
/// each of them comes to; and depth first over the choices every state is met exactly once. Where the exploration
/// ends before its cap, the counts must add up to all legal states: that is checked at each point that can be counted.
extension Explorer {
  /// Explores the window's present point. False where the cap was met: then some states were left out.
  mutating func exhaust(_ window: CrashWindow, _ terms: Terms) -> Bool {
    let crash = testCase.scenario.crash
    let stack = ChoiceStack()
    var coverage = Coverage()
    var hasMore = true
    while hasMore && coverage.executions < crash.executionsPerPoint {
      execute(window, stack, inside: [], terms, depth: crash.recoveryDepth, &coverage)
      hasMore = stack.next()
    }
    // A cap that was met within the last recovery has cut that one short.
    let isExhausted = !hasMore && coverage.executions < crash.executionsPerPoint
    if coverage.pointsUncounted > 0 {
      (coverage.legal, coverage.covered) = (0, 0)
    } else if !hasMore {
      guard coverage.covered == coverage.legal else {
        fatalError(
          "exploring crash point \(window.point) covered \(coverage.covered) of \(coverage.legal) legal states"
        )
      }
    }
    if isExhausted { coverage.pointsExhausted = 1 } else { coverage.pointsCapped = 1 }
    result.coverage = (result.coverage ?? Coverage()) + coverage
    return isExhausted
  }

  /// Runs one recovery on a resolving disk, and crashes it in turn.
  private mutating func execute(
    _ window: CrashWindow, _ stack: ChoiceStack, inside outer: [CrashWindow], _ terms: Terms, depth: Int,
    _ coverage: inout Coverage
  ) {
    result.crashStates += 1
    coverage.executions += 1
    if !outer.isEmpty { result.recoveryCrashStates += 1 }
    let isOutermost = outer.isEmpty
    window.withDisk(resolvingBy: stack, tears: tears) { disk in
      // Nothing is settled yet: the product is that of all states.
      if isOutermost && coverage.executions == 1 { count(window, &coverage, \.legal) }
      let outcome = judge.recover(disk, terms, opens: false)
      add(outcome)
      if isOutermost { count(window, &coverage, \.covered) }
      let windows = outer + [window]
      if let violation = outcome.violation {
        // Only now: what was settled in the outer windows depends on what this execution looked at.
        let crashes = windows.map(\.resolution.state)
        let isKept = result.findings.count < CaseResult.findingsMax
        note(
          violation, crashes: crashes, strategy: CrashOptions.Exploration.exhaustive.rawValue,
          story: isKept ? CrashStory.lines(window, window.resolution.state) : [])
      } else if depth > 0 && outcome.verdict < .undetectable {
        crashRecovery(disk, stack, inside: windows, terms, outcome, depth, &coverage)
      }
    }
  }

  /// Crashes a recovery at every operation that it made, and explores what each may leave.
  private mutating func crashRecovery(
    _ disk: FaultDisk, _ stack: ChoiceStack, inside windows: [CrashWindow], _ terms: Terms,
    _ outcome: Judge.Outcome, _ depth: Int, _ coverage: inout Coverage
  ) {
    let window = CrashWindow(over: disk)
    // Each inner execution may settle more of the outer windows, for itself alone.
    window.keepsOuterChoices = false
    for point in 0...window.lastPoint where coverage.executions < testCase.scenario.crash.executionsPerPoint {
      window.advance(to: point)
      if window.openCells.isEmpty && point < window.lastPoint { continue }
      judge.marks.addCut(at: point, of: outcome, depth: windows.count)
      let inner = terms.afterCrash(at: point, in: outcome)
      stack.withExploration {
        repeat {
          execute(window, stack, inside: windows, inner, depth: depth - 1, &coverage)
        } while stack.next() && coverage.executions < testCase.scenario.crash.executionsPerPoint
      }
    }
  }

  /// The tears that are among the alternatives; nil where the scenario asks for none.
  private var tears: TearChoices? {
    let asks = testCase.scenario.crash.strategies.contains(.torn) && testCase.profile.tearing != nil
    return asks ? TearChoices(garbageSeed: testCase.seed) : nil
  }

  /// Adds how many legal crash states agree with all that was observed so far, or notes that this is unknown.
  private func count(
    _ window: CrashWindow, _ coverage: inout Coverage, _ sum: WritableKeyPath<Coverage, BigUInt>
  ) {
    // What could not be counted once is not tried again for each execution.
    if coverage.pointsUncounted > 0 { return }
    if let states = window.resolution.coveredStates(as: BigUInt.self) {
      coverage[keyPath: sum] += states
    } else {
      coverage.pointsUncounted = 1
    }
  }
}
