import FaultFS
import TortureCore

/// Every state of a point that recovery can tell apart, and every crash in these recoveries.
extension CrashHunt {
  /// Explores the window's present point to its end, to the failure, or to the cap.
  ///
  /// - Parameters:
  ///   - depth: how many crashes follow one another at most, this one included.
  ///   - limit: how many executions it may take; at least `executionsPerPointMin` all the same.
  /// - Returns: the failure, and what was covered; a point that was not explored to its end is a capped one.
  mutating func exhaust(
    _ window: CrashWindow, _ cuts: [Cut], _ terms: Terms, depth: Int, executionsMax limit: Int
  ) -> (Catch?, Coverage) {
    var coverage = Coverage()
    if cuts.isEmpty && recoveryFault != nil {
      // A fault strikes whole disks only.
      coverage.pointsCapped = 1
      return (nil, coverage)
    }
    let stack = ChoiceStack()
    let end = min(executionsMax, executions + max(limit, Self.executionsPerPointMin))
    var isUnconfirmed = false
    var hasMore = true
    while hasMore && executions < end {
      let isFirst = coverage.executions == 0
      let found = window.withDisk(resolvingBy: stack, tears: tears, keepsVersions: depth > 1) { disk in
        if isFirst { coverage.addLegal(of: window) }
        return recover(disk, stack, [window], terms, depth: depth, before: end, &coverage)
      }
      if let found {
        if let caught = follow(cuts.map(\.state) + found, window, cuts, terms) { return (caught, coverage) }
        isUnconfirmed = true
      }
      // A checker that asks otherwise of the same files cannot be explored by its questions.
      guard stack.divergence == nil, testCase.runs?.divergence == nil else { break }
      hasMore = stack.next()
    }
    // A cap that was met within the last recovery has cut that one short.
    let isExhausted = !hasMore && executions < end && !isUnconfirmed
    if isExhausted { coverage.pointsExhausted = 1 } else { coverage.pointsCapped = 1 }
    return (nil, coverage)
  }

  /// The tears that are among the alternatives: all that the disk has.
  private var tears: TearChoices? {
    TearChoices(testCase, mixesVersions: testCase.profile.tearing != nil)
  }

  /// Runs one recovery on a resolving disk, and crashes it in turn.
  ///
  /// - Parameter windows: the one of the disk last, in those around it.
  /// - Returns: the crashes that lead to the failure.
  private mutating func recover(
    _ disk: FaultDisk, _ stack: ChoiceStack, _ windows: [CrashWindow], _ terms: Terms, depth: Int,
    before end: Int, _ coverage: inout Coverage
  ) -> [CrashState]? {
    executions += 1
    coverage.executions += 1
    let outcome = judge.recover(disk, terms, opens: false)
    if windows.count == 1 { coverage.addCovered(of: windows[0]) }
    if let violation = outcome.violation {
      // Only now: what was settled in the outer windows depends on what this execution looked at.
      return isTarget(violation) ? windows.map(\.resolution.state) : nil
    }
    guard depth > 1, outcome.verdict < .undetectable else { return nil }
    let window = CrashWindow(over: disk)
    // Each inner execution may settle more of the outer windows, for itself alone.
    window.keepsOuterChoices = false
    var found: [CrashState]?
    for point in 0...window.lastPoint where found == nil && executions < end {
      window.advance(to: point)
      if window.openCells.isEmpty && point < window.lastPoint { continue }
      let inner = terms.afterCrash(at: point, in: outcome)
      stack.withExploration {
        repeat {
          let tears = testCase.profile.tearing != nil ? tears : nil
          found = window.withDisk(resolvingBy: stack, tears: tears, keepsVersions: depth > 2) { disk in
            recover(disk, stack, windows + [window], inner, depth: depth - 1, before: end, &coverage)
          }
        } while found == nil && executions < end && stack.divergence == nil
          && testCase.runs?.divergence == nil && stack.next()
      }
    }
    return found
  }
}
