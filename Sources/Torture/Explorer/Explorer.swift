import FaultFS

/// Crashes a recorded run at its crash points, recovers from the states that may be left, and crashes those
/// recoveries in turn.
struct Explorer {
  let testCase: TestCase
  let judge: Judge
  var result: CaseResult
  /// What was written, and what each execution arrived at.
  private var digest: UInt64 = 0

  init(_ testCase: TestCase) {
    self.testCase = testCase
    judge = Judge(testCase: testCase)
    result = CaseResult(scenario: testCase.scenario.name, seed: testCase.seed)
  }

  /// Runs the case; `result` is complete afterwards.
  mutating func run() {
    let recording = Recording(testCase)
    result.operations = recording.steps.count
    result.commits = recording.history.commits
    result.storageOperations = recording.disk.operationCount
    result.marks = recording.marks
    digest = recording.disk.timeline.digest
    if let violation = recording.violation {
      note(violation, crashes: [], strategy: "", story: [])
    }
    let window = CrashWindow(over: recording.disk)
    let first = testCase.firstCrashPoint(of: recording)
    for point in points(count: window.lastPoint + 1) where point >= first {
      window.advance(to: point)
      result.crashPoints += 1
      let bounds = recording.bounds(at: point)
      if testCase.scenario.crash.exploration == .exhaustive, exhaust(window, bounds) { continue }
      var sampler = StateSampler(window, random: testCase.random("states \(point)"))
      sampler.draw(testCase.scenario.crash.strategies, budget: testCase.scenario.crash.statesPerPoint)
      for (state, strategy) in sampler.states {
        execute(window, state, [], strategy, bounds, depth: testCase.scenario.crash.recoveryDepth)
      }
    }
    if result.violationCount > 0 { result.verdict = .violation }
    result.digest = Hexadecimal.text((0..<8).map { UInt8(truncatingIfNeeded: digest >> (56 - 8 * $0)) })
  }

  /// The crash points of the scenario, in ascending order.
  private func points(count: Int) -> [Int] {
    switch testCase.scenario.crash.points {
    case .every: return Array(0..<count)
    case .stride(let stride): return Array(Swift.stride(from: 0, to: count, by: stride))
    case .sample(let size): return sample(size, of: count, testCase.random("crash points"))
    }
  }

  private func sample(_ size: Int, of count: Int, _ random: SplitMix64) -> [Int] {
    var random = random
    var points = Array(0..<count)
    random.shuffle(&points)
    return points.prefix(size).sorted()
  }

  /// Recovers from one state, and from crashes in that recovery.
  private mutating func execute(
    _ window: CrashWindow, _ state: CrashState, _ outer: [CrashState], _ strategy: CrashOptions.Strategy,
    _ bounds: Bounds?, depth: Int
  ) {
    result.crashStates += 1
    if !outer.isEmpty { result.recoveryCrashStates += 1 }
    let crashes = outer + [state]
    window.withDisk(showing: state) { disk in
      let outcome = judge.recover(disk, bounds, opens: state.deviations.isEmpty)
      addToDigest(outcome)
      if let violation = outcome.violation {
        let story = result.findings.count < CaseResult.findingsMax ? CrashStory.lines(window, state) : []
        note(violation, crashes: crashes, strategy: strategy.rawValue, story: story)
      } else if depth > 0 {
        crashRecovery(disk, crashes, bounds, outcome, depth)
      }
    }
  }

  private mutating func crashRecovery(
    _ disk: FaultDisk, _ crashes: [CrashState], _ bounds: Bounds?, _ outcome: Judge.Outcome, _ depth: Int
  ) {
    let options = testCase.scenario.crash
    let window = CrashWindow(over: disk)
    // With nothing written there is nothing to lose.
    guard window.lastPoint > 0 else { return }
    let purpose = "recovery " + crashes.map { "\($0.point) \($0.deviations)" }.joined(separator: ", ")
    let random = testCase.random(purpose)
    for point in sample(options.recoveryPointsMax, of: window.lastPoint + 1, random) {
      window.advance(to: point)
      var sampler = StateSampler(window, random: random.split("states \(point)"))
      sampler.draw(options.strategies, budget: options.recoveryStatesPerPoint)
      let inner = self.bounds(afterCrashAt: point, bounds, outcome)
      for (state, strategy) in sampler.states {
        execute(window, state, crashes, strategy, inner, depth: depth - 1)
      }
    }
  }

  mutating func addToDigest(_ outcome: Judge.Outcome) {
    digest = SplitMix64.mix(digest ^ UInt64(bitPattern: Int64(outcome.prefix ?? -1)))
  }

  /// What a crash in recovery may leave: once recovery has returned, what it showed may not change any more.
  func bounds(afterCrashAt point: Int, _ bounds: Bounds?, _ outcome: Judge.Outcome) -> Bounds? {
    guard point >= outcome.recoveryEnd, let prefix = outcome.prefix else { return bounds }
    return Bounds(promised: prefix, attempted: prefix)
  }

  mutating func note(_ violation: Violation, crashes: [CrashState], strategy: String, story: [String]) {
    result.violationCount += 1
    guard result.findings.count < CaseResult.findingsMax else { return }
    let place = crashes.map { "\($0.point)" }.joined(separator: "-")
    result.findings.append(
      Finding(
        id:
          "\(testCase.scenario.name)-\(testCase.seed)-\(place.isEmpty ? "run" : place)-\(result.violationCount)",
        violation: violation, crashes: crashes, crashStory: story, strategy: strategy,
        afterCrashStates: result.crashStates))
  }
}

extension Recording {
  /// What a crash at `point` may leave; nil where the store was still being created.
  func bounds(at point: Int) -> Bounds? {
    if point < created { return nil }
    return Bounds(promised: history.promised(at: point), attempted: history.attempted(at: point))
  }
}
