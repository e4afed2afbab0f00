package import FaultFS
import SeededRandom

/// Runs with faults: the same workload again and again, each time with other calls that go wrong.
///
/// Where each kind strikes once, the call is one of those that the kind can strike in the run without faults, each as likely.
/// Where every call is struck in turn, a kind's first run has its fault at the first call that it can strike, the second at
/// the second, until a run ends before it gets there. Each of these runs is crashed, from the first strike on. Then
/// runs with two faults follow, and recoveries from crashes of the run without faults are struck in the same way.
extension Explorer {
  /// Runs all that the scenario asks for.
  ///
  /// - Parameter plain: the run without faults.
  mutating func sweepFaults(_ plain: Recording) {
    let options = testCase.scenario.faults
    if !options.isBesidePlainRun {
      if let violation = plain.violation { note(violation, crashes: [], strategy: "", losses: []) }
      result.marks.merge(plain.marks, uniquingKeysWith: +)
    }
    if options.afterError != .reopen { result.marks[Recording.wentOnMark, default: 0] += 0 }
    switch options.placement {
    case .once: strikeOnce()
    case .every:
      let calls = options.kinds.map { kind in (kind: kind, count: strikeEachCall(kind)) }
      strikePairs(calls)
      strikeRecoveries(plain)
    case .call(let number):
      for kind in options.kinds { strike([fault(kind, at: .call(number))], as: kind.rawValue) }
    case .rate(let rate):
      strike(options.kinds.map { fault($0, at: .rate(rate)) }, as: Self.label(options.kinds))
    case .swarm(let rateMax):
      strike(swarm(rateMax), as: "swarm")
    }
  }

  /// What runs with these faults at a time are counted as.
  private static func label(_ kinds: [Fault.Kind]) -> String {
    kinds.map(\.rawValue).joined(separator: "+")
  }

  private func fault(_ kind: Fault.Kind, at placement: Fault.Placement) -> Fault {
    var random = testCase.random("fault").split(
      testCase.scenario.faults.fault(kind, at: placement, seed: 0).purpose)
    return testCase.scenario.faults.fault(kind, at: placement, seed: random.next())
  }

  /// A random part of the kinds, at least one, each at a rate of its own. The rates are spread over orders of
  /// magnitude: a rare fault finds the run still in order.
  private func swarm(_ rateMax: Double) -> [Fault] {
    var random = testCase.random("swarm")
    let kinds = testCase.scenario.faults.kinds
    let sure = random.below(kinds.count)
    var faults: [Fault] = []
    for (index, kind) in kinds.enumerated() where random.chance(0.4) || index == sure {
      let rate = max(rateMax / Double(1 << random.below(8)), 0.000001)
      faults.append(fault(kind, at: .rate(rate)))
    }
    return faults
  }

  /// A run with one fault for each kind, at a call that is drawn.
  private mutating func strikeOnce() {
    let kinds = testCase.scenario.faults.kinds
    // Faults at no call count those that they could strike.
    let counts = Recording(testCase, faults: kinds.map { fault($0, at: .call(.max)) }).matchingCallCounts
    for (kind, count) in zip(kinds, counts) where count > 0 {
      var random = testCase.random("struck call").split(kind.rawValue)
      strike([fault(kind, at: .call(1 + random.below(count)))], as: kind.rawValue)
    }
  }

  /// Runs with one fault, at each call that it can strike.
  ///
  /// - Returns: how many such calls there are.
  private mutating func strikeEachCall(_ kind: Fault.Kind) -> Int {
    var number = 1
    while strike([fault(kind, at: .call(number))], as: kind.rawValue)[0] >= number { number += 1 }
    return number - 1
  }

  /// Runs with two faults: all pairs of calls, or as many of them, drawn, as the scenario allows.
  private mutating func strikePairs(_ calls: [(kind: Fault.Kind, count: Int)]) {
    let singles = calls.flatMap { call in (0..<call.count).map { (kind: call.kind, number: $0 + 1) } }
    let pairsMax = testCase.scenario.faults.pairsMax
    guard pairsMax > 0, singles.count > 1 else { return }
    func strikeBoth(_ first: Int, _ second: Int) {
      let pair = [first, second].map { fault(singles[$0].kind, at: .call(singles[$0].number)) }
      strike(pair, as: "pairs")
    }
    if singles.count * (singles.count - 1) / 2 <= pairsMax {
      for first in singles.indices { for second in (first + 1)..<singles.count { strikeBoth(first, second) } }
    } else {
      var random = testCase.random("pairs")
      for _ in 0..<pairsMax {
        let first = random.below(singles.count)
        let second = (first + 1 + random.below(singles.count - 1)) % singles.count
        strikeBoth(min(first, second), max(first, second))
      }
    }
  }

  /// One run, crashed from its first strike on. Where nothing strikes it, it is not counted.
  ///
  /// - Returns: how many calls each of the faults could have struck.
  @discardableResult
  private mutating func strike(_ faults: [Fault], as label: String) -> [Int] {
    let recording = Recording(testCase, faults: faults, origins: origins)
    guard recording.problem == nil, let first = recording.firedFaults.first else {
      return recording.problem == nil ? recording.matchingCallCounts : faults.map { _ in 0 }
    }
    run = Run(
      purpose: faults.reduce(SplitMix64(seed: 0)) { $0.split($1.purpose) }.key, faults: faults)
    if let wentOn = recording.marks[Recording.wentOnMark] {
      result.marks[Recording.wentOnMark, default: 0] += wentOn
    }
    let before = (states: result.crashStates, violations: result.violationCount)
    let last = recording.disk.operationCount
    // What was going on when it struck, what the application was answered, what the opening after it left, and the end;
    // the rest is drawn.
    var points = Set([first.operation, last] + recording.doubts.map(\.upperBound))
    if let struck = recording.steps.first(where: { $0.end > first.operation }) { points.insert(struck.end) }
    points.formUnion(
      sample(
        testCase.scenario.faults.pointsPerRun, of: first.operation..<last + 1, random("points")))
    crash(recording, at: points.sorted())
    count(label, since: before)
    return recording.matchingCallCounts
  }

  private mutating func count(_ label: String, since before: (states: Int, violations: Int)) {
    var tally = result.faults[label] ?? FaultTally()
    tally.addRun(run.worst)
    tally.crashStates += result.crashStates - before.states
    tally.violations += result.violationCount - before.violations
    result.faults[label] = tally
  }

  // MARK: Recoveries

  /// Strikes recoveries from crashes of the run without faults.
  private mutating func strikeRecoveries(_ plain: Recording) {
    let size = testCase.scenario.faults.recoveriesMax
    guard size > 0, plain.violation == nil else { return }
    if let states = plain.programStates { testCase.program?.states = states }
    if let order = plain.commitOrder { testCase.threads?.order = order }
    let last = plain.disk.operationCount
    let random = testCase.random("struck recoveries")
    let points = sample(size, of: min(plain.created, last)..<last + 1, random)
    let window = CrashWindow(over: plain.disk)
    for point in points {
      window.advance(to: point)
      var sampler = StateSampler(window, random: random.split("states \(point)"))
      sampler.draw([.noneKept, .random, .allKept], budget: 3)
      for (state, strategy) in sampler.states {
        for kind in testCase.scenario.faults.kinds {
          var number = 1
          let terms = plain.terms(at: point, in: testCase)
          while strikeRecovery(window, state, strategy, terms, fault(kind, at: .call(number))) >= number {
            number += 1
          }
        }
      }
    }
  }

  /// Recovers with a fault, recovers again from what that left on the same disk, and crashes both.
  ///
  /// - Returns: how many calls of the recovery the fault could have struck.
  private mutating func strikeRecovery(
    _ window: CrashWindow, _ state: CrashState, _ strategy: CrashOptions.Strategy, _ terms: Terms,
    _ fault: Fault
  ) -> Int {
    run = Run(
      purpose: SplitMix64(seed: 0).split("recovery").split(state.purpose).split(fault.purpose).key,
      recoveryFault: fault)
    let before = (states: result.crashStates, violations: result.violationCount)
    return window.withDisk(showing: state) { disk in
      let struck = judge.recover(disk, struckBy: fault, terms)
      guard !struck.firedFaults.isEmpty else { return struck.matchingCallCount }
      judge.marks.add(.struck)
      finish(struck.outcome, state, strategy, window)
      if struck.outcome.violation == nil {
        // The process is started again, on the cache that it left.
        let again = judge.recover(disk, struck.termsOfNext, opens: true)
        finish(again, state, strategy, window)
        if again.violation == nil && again.verdict < .undetectable {
          crashRecovery(disk, [state], struck.terms, again, 1)
        }
      }
      count(fault.kind.rawValue, since: before)
      return struck.matchingCallCount
    }
  }

  private mutating func finish(
    _ outcome: Judge.Outcome, _ state: CrashState, _ strategy: CrashOptions.Strategy, _ window: CrashWindow
  ) {
    result.crashStates += 1
    add(outcome)
    guard let violation = outcome.violation else { return }
    note(
      violation, crashes: [state], strategy: strategy.rawValue,
      losses: window.losses(in: state).map(\.loss))
  }
}

extension Judge {
  /// A recovery that faults struck.
  package struct Struck {
    package var outcome: Outcome
    package var firedFaults: [FiredFault]
    /// How many calls the fault could have struck.
    package var matchingCallCount: Int
    /// What is owed now that they have struck.
    package var terms: Terms
    /// What the next recovery on the same cache is held to: what was shown is shown again, unless the faults may have
    /// made it up.
    package var termsOfNext: Terms {
      terms.owed.durability == .promised ? terms.afterCrash(at: outcome.recoveryEnd, in: outcome) : terms
    }
  }

  /// Recovers, struck first where there is a fault, and then once more, unless the first of the two went wrong.
  package func recover(
    _ disk: FaultDisk, _ terms: Terms, struckFirstBy fault: Fault?, opens: Bool, change: SyncChange? = nil
  ) -> (outcome: Outcome, struck: Struck?) {
    guard let fault else { return (recover(disk, terms, opens: opens, change: change), nil) }
    let struck = recover(disk, struckBy: fault, terms, change: change)
    if struck.outcome.violation != nil { return (struck.outcome, struck) }
    // The process is started again, on the cache that it left.
    return (recover(disk, struck.termsOfNext, opens: true, change: change), struck)
  }

  /// Recovers while a fault strikes the disk, and takes it away again.
  package func recover(
    _ disk: FaultDisk, struckBy fault: Fault, _ terms: Terms, change: SyncChange? = nil
  ) -> Struck {
    disk.inject([fault])
    let outcome = recover(disk, terms, opens: true, change: change, goesOn: false)
    var struck = Struck(
      outcome: outcome, firedFaults: disk.firedFaults, matchingCallCount: disk.matchingCallCounts[0],
      terms: terms)
    struck.terms.owed.weaken(by: struck.firedFaults, in: testCase)
    disk.inject([])
    return struck
  }
}
