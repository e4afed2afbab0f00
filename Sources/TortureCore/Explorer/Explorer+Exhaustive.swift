package import BigInt
package import FaultFS
import SeededRandom

/// Every crash state of a point, with one execution for each course that recovery and the check can take.
///
/// On a resolving disk (`CrashWindow.withDisk(resolvingBy:)`) nothing is decided until it is looked at. An execution
/// stands for every crash state that agrees with it in all that it observed, so what it comes to is what
/// each of them comes to; and depth first over the choices every state is met exactly once. Where the exploration
/// ends before its cap, the counts must add up to all legal states: that is checked at each point that can be counted.
extension Explorer {
  /// Explores the window's present point.
  ///
  /// - Returns: whether it was explored to the end, and not to the cap; and how many states are legal, nil where that
  ///   is not known.
  package mutating func exhaust(_ window: CrashWindow, _ terms: Terms) -> (isWhole: Bool, legal: BigUInt?) {
    guard let runs = testCase.runs else { return exhaustPoint(window, terms) }
    return runs.using { exhaustPoint(window, terms) }
  }

  private mutating func exhaustPoint(
    _ window: CrashWindow, _ terms: Terms
  ) -> (isWhole: Bool, legal: BigUInt?) {
    memory?.makeRoom()
    let stack = ChoiceStack(takesLastFirst: isAhead)
    var coverage = Coverage()
    var hasMore = true
    var isFirst = true
    while hasMore && coverage.executions < cap {
      takeCourse(window, stack, terms, &coverage, isFirst: isFirst)
      isFirst = false
      if let divergence = stack.divergence ?? memory?.courses.divergence ?? testCase.runs?.divergence {
        noteDivergence(divergence)
        coverage.pointsUncounted = 1
        break
      }
      hasMore = stack.next()
    }
    // A cap that was met within the last recovery has cut that one short.
    let isExhausted = !hasMore && coverage.executions < cap
    if coverage.pointsUncounted > 0 {
      (coverage.legal, coverage.covered, coverage.torn) = (0, 0, Coverage.Torn())
    } else if !hasMore {
      guard coverage.covered == coverage.legal, coverage.torn.covered == coverage.torn.legal else {
        fatalError(
          "exploring crash point \(window.point) covered \(coverage.covered) of \(coverage.legal) legal states, and "
            + "\(coverage.torn.covered) of \(coverage.torn.legal) with a torn or exposed sector")
      }
    }
    if isExhausted { coverage.pointsExhausted = 1 } else { coverage.pointsCapped = 1 }
    result.coverage = (result.coverage ?? Coverage()) + coverage
    return (isExhausted, coverage.pointsUncounted > 0 ? nil : coverage.legal)
  }

  /// Comes to the end of one course of the recovery from the point's crash: remembered, or executed.
  private mutating func takeCourse(
    _ window: CrashWindow, _ stack: ChoiceStack, _ terms: Terms, _ coverage: inout Coverage, isFirst: Bool
  ) {
    let depth = testCase.scenario.crash.recoveryDepth
    let digestBefore = digest
    digest = 0
    window.withDisk(resolvingBy: stack, tears: tears, keepsVersions: depth > 0) { disk in
      // Nothing is settled yet: the product is that of all states.
      if isFirst { coverage.addLegal(of: window) }
      let remembers = memory != nil && ExplorationMemory.applies(to: terms)
      if remembers, let outcome = memory?.recall(terms, testCase) {
        coverage.remembered += 1
        digest = outcome.digest
        if let sighting = outcome.sightings.first { arrived?(window.point, Arrival(sighting)) }
        run.worst = max(run.worst, outcome.worst)
        return coverage.addCovered(of: window)
      }
      if remembers { memory?.begin(terms) }
      sightings.removeAll(keepingCapacity: true)
      let violations = result.violationCount
      let worst = run.worst
      run.worst = .durableAtomic
      var course: Int?
      execute(disk, window, stack, inside: [], terms, isOfPoint: true, depth, &coverage) {
        explorer, outcome, coverage in
        if remembers { course = explorer.memory?.end(outcome) }
        coverage.addCovered(of: window)
        explorer.arrived?(window.point, Arrival(outcome))
      }
      if let course {
        let isWhole = result.violationCount == violations && coverage.executions < cap
        memory?.keep(
          course,
          isWhole
            ? ExplorationMemory.Outcome(sightings: sightings, digest: digest, worst: run.worst) : nil)
      }
      run.worst = max(worst, run.worst)
    }
    digest = SplitMix64.mix(digestBefore ^ digest)
  }

  private var cap: Int { testCase.scenario.crash.executionsPerPoint }

  /// Runs one recovery on a resolving disk, and crashes it in turn.
  ///
  /// - Parameters:
  ///   - isOfPoint: whether the terms are those of the outermost crash point.
  ///   - judged: called when the recovery has ended, before it is crashed.
  private mutating func execute(
    _ disk: FaultDisk, _ window: CrashWindow, _ stack: ChoiceStack, inside outer: [CrashWindow],
    _ terms: Terms,
    isOfPoint: Bool, _ depth: Int, _ coverage: inout Coverage,
    judged: (inout Explorer, Judge.Outcome, inout Coverage) -> Void = { _, _, _ in }
  ) {
    result.crashStates += 1
    coverage.executions += 1
    if !outer.isEmpty { result.recoveryCrashStates += 1 }
    let outcome = judge.recover(disk, terms, opens: false)
    if testCase.runs?.divergence != nil { return }
    add(outcome)
    if isOfPoint, let hash = outcome.hash {
      let sighting = ExplorationMemory.Sighting(hash: hash, prefix: outcome.prefix)
      if !sightings.contains(sighting) { sightings.append(sighting) }
    }
    judged(&self, outcome, &coverage)
    let windows = outer + [window]
    if let violation = outcome.violation {
      // Only now: what was settled in the outer windows depends on what this execution looked at.
      let crashes = windows.map(\.resolution.state)
      note(
        violation, crashes: crashes, strategy: CrashOptions.Exploration.exhaustive.rawValue,
        losses: window.losses(in: window.resolution.state).map(\.loss))
    } else if depth > 0 && outcome.verdict < .undetectable {
      crashRecovery(disk, stack, inside: windows, terms, isOfPoint: isOfPoint, outcome, depth, &coverage)
    }
  }

  /// Crashes a recovery at every operation that it made, and explores what each may leave.
  private mutating func crashRecovery(
    _ disk: FaultDisk, _ stack: ChoiceStack, inside windows: [CrashWindow], _ terms: Terms, isOfPoint: Bool,
    _ outcome: Judge.Outcome, _ depth: Int, _ coverage: inout Coverage
  ) {
    let window = CrashWindow(over: disk)
    // Each inner execution may settle more of the outer windows, for itself alone.
    window.keepsOuterChoices = false
    // One torn sector after another multiplies the executions, and shows what each of them shows. So does a third crash.
    let isTorn = windows.contains(where: \.resolution.isTorn)
    // A creation that was cut off begins anew, whatever was torn of it. The crashes of that creation are those of the first one, whose
    // tears were tried.
    let isCreation = terms.bounds == nil
    if isCreation && isTorn { return }
    let tears = isTorn || isCreation ? nil : tearsInRecovery
    let depth = isTorn ? 1 : depth
    for point in 0...window.lastPoint where coverage.executions < cap {
      window.advance(to: point)
      if window.openCells.isEmpty && point < window.lastPoint { continue }
      judge.marks.addCut(at: point, of: outcome, depth: windows.count)
      let inner = terms.afterCrash(at: point, in: outcome)
      let isOfPoint = isOfPoint && !terms.changes(afterCrashAt: point, in: outcome)
      stack.withExploration {
        repeat {
          window.withDisk(resolvingBy: stack, tears: tears, keepsVersions: depth > 1) { disk in
            execute(disk, window, stack, inside: windows, inner, isOfPoint: isOfPoint, depth - 1, &coverage)
          }
        } while stack.divergence == nil && testCase.runs?.divergence == nil && stack.next()
          && coverage.executions < cap
      }
    }
  }

  /// The tears that are among the alternatives: of exposed tails always, others where the scenario asks for them.
  package var tears: TearChoices? {
    TearChoices(testCase, mixesVersions: mixesVersions)
  }

  /// The same for crashes in recovery: exposed tails only where there are other tears. A recovery that creates its store anew
  /// exposes all of it at each of its calls.
  private var tearsInRecovery: TearChoices? {
    mixesVersions ? tears : nil
  }

  private var mixesVersions: Bool {
    testCase.scenario.crash.strategies.contains(.torn) && testCase.profile.tearing != nil
  }
}

extension TearChoices {
  /// Nil where the case's disk has none.
  package init?(_ testCase: TestCase, mixesVersions: Bool) {
    guard mixesVersions || !testCase.profile.exposedTail.isEmpty else { return nil }
    self.init(garbageSeed: testCase.seed, mixesVersions: mixesVersions)
  }
}

extension Coverage {
  /// Counts the legal states of the window's point, in the body of the first execution there, before it observed anything.
  package mutating func addLegal(of window: CrashWindow) {
    guard let (untorn, oneTorn) = count(window) else { return }
    legal += untorn
    torn.legal += oneTorn
    if oneTorn == 0 { return }
    guard let all = window.resolution.statesWithAnyTears(as: BigUInt.self) else {
      pointsUncounted = 1
      return
    }
    torn.several += all - untorn - oneTorn
  }

  /// Counts the legal states that the execution of the window's body stands for.
  package mutating func addCovered(of window: CrashWindow) {
    guard let (untorn, oneTorn) = count(window) else { return }
    covered += untorn
    torn.covered += oneTorn
  }

  /// How many legal crash states agree with all that was observed so far; nil where that is unknown, which is noted.
  private mutating func count(_ window: CrashWindow) -> (untorn: BigUInt, oneTorn: BigUInt)? {
    // What could not be counted once is not tried again for each execution.
    if pointsUncounted > 0 { return nil }
    let states = window.resolution.coveredStates(as: BigUInt.self)
    if states == nil { pointsUncounted = 1 }
    return states
  }
}
