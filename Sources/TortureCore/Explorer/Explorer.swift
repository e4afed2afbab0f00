import BigInt
package import FaultFS
package import SeededRandom
package import ThreadSchedules

/// Crashes the recorded runs of a case at their crash points, recovers from the states that may be left, and crashes
/// those recoveries in turn.
package struct Explorer {
  /// A run that is crashed: what its random choices are drawn for, and the faults that a finding in it needs.
  package struct Run {
    /// Tells its draws from those of the other runs of the case; nil for the run without faults.
    var purpose: UInt64?
    package var faults: [Fault] = []
    /// What strikes the recovery from the outermost crash.
    package var recoveryFault: Fault?
    /// Who went on when, where clients are threads.
    package var schedule: Schedule?
    /// The worst of what its crash states came to.
    var worst = FaultVerdict.durableAtomic
  }

  package let testCase: TestCase
  package let judge: Judge
  package var result: CaseResult
  /// The one that is crashed at present.
  package var run = Run()
  /// What was written, and what each execution arrived at.
  package var digest: UInt64 = 0
  /// What recoveries of the present run came to; nil where nothing is remembered.
  package var memory: ExplorationMemory?
  private var kept = KeptFindings()
  /// Numbers the call stacks of storage calls; nil where every state is drawn.
  let origins: CallOrigins?
  /// The ways in which writes can be out of order, of those that were met where not every state was tried.
  var behaviours = UpdateBehaviours()
  private let remembers: Bool
  /// How many processes may run a program's checkers at a time, and how many threads the runs of schedules.
  let cores: Int
  /// Whether this is a copy that runs checkers ahead of the process, from the other end.
  private(set) var isAhead = false
  /// Whether a checker was found to ask other questions of the same files: then choices that follow its questions mean
  /// nothing.
  private(set) var asksOtherwise = false
  /// The states that were looked up among the prefixes legal at the crash point, since the outermost recovery began.
  var sightings: [ExplorationMemory.Sighting] = []
  /// Called with what each recovery from a crash point comes to, executed or remembered, in an exhaustive exploration.
  var arrived: ((_ point: Int, _ arrival: Arrival) -> Void)?

  /// What a recovery comes to: the state, and what is said of it.
  struct Arrival: Hashable {
    var hash: UInt64?
    var prefix: Int?
    var violation: Violation?

    init(_ outcome: Judge.Outcome) {
      (hash, prefix, violation) = (outcome.hash, outcome.prefix, outcome.violation)
    }

    init(_ sighting: ExplorationMemory.Sighting) {
      (hash, prefix) = (sighting.hash, sighting.prefix)
    }
  }

  /// - Parameters:
  ///   - remembers: whether a recovery that observes what one at an earlier crash point did is not executed.
  ///   - cores: how many processes may run a program's checkers at a time, and how many threads the runs of schedules; the result
  ///     is the same with any number.
  package init(_ testCase: TestCase, remembers: Bool = true, cores: Int = 1) {
    self.testCase = testCase
    self.remembers = remembers
    self.cores = cores
    origins = testCase.scenario.crash.exploration == .sampled ? nil : CallOrigins()
    judge = Judge(testCase: testCase)
    result = CaseResult(scenario: testCase.scenario.name, seed: testCase.seed)
  }

  /// Explores the case; `result` is complete afterwards.
  package mutating func explore() {
    var decider = testCase.decider()
    let recording = Recording(testCase, origins: origins, &decider)
    if let problem = recording.problem {
      (result.verdict, result.reason) = (.failed, problem)
      return
    }
    result.operations = testCase.threads == nil ? recording.steps.count : testCase.workload.operations.count
    result.commits = recording.history.commits
    result.storageOperations = recording.disk.operationCount
    let faults = testCase.scenario.faults
    if testCase.threads != nil {
      if decider is ScheduleScout {
        crashEverySchedule(ScheduleRun(recording, decider))
      } else if faults.isBesidePlainRun {
        crashSchedule(recording)
      }
    } else if faults.isBesidePlainRun {
      let first = testCase.firstCrashPoint(of: recording)
      crash(recording, at: points(count: recording.disk.operationCount + 1).filter { $0 >= first })
    }
    if !faults.kinds.isEmpty { sweepFaults(recording) }
    result.marks.merge(judge.marks.marks(for: testCase.scenario), uniquingKeysWith: +)
    if result.violationCount > 0 { result.verdict = .violation }
    result.digest = Hexadecimal.text((0..<8).map { UInt8(truncatingIfNeeded: digest >> (56 - 8 * $0)) })
  }

  /// Crashes the present run at each of the points, which ascend.
  package mutating func crash(_ recording: Recording, at points: [Int]) {
    result.marks.merge(recording.marks, uniquingKeysWith: +)
    if let states = recording.programStates { testCase.program?.states = states }
    if let order = recording.commitOrder { testCase.threads?.order = order }
    run.schedule = recording.schedule
    digest = SplitMix64.mix(digest ^ recording.disk.timeline.digest)
    run.worst = max(run.worst, recording.verdict)
    if let violation = recording.violation {
      note(violation, crashes: [], strategy: "", losses: [])
      if recording.isCutShort { return }
    }
    let helpers = startHelpers(recording, points)
    defer { withExtendedLifetime(helpers) {} }
    let window = CrashWindow(over: recording.disk)
    // Below a file system of the kernel the order of the questions is the kernel's.
    let isRemembered =
      remembers && testCase.scenario.crash.exploration == .exhaustive
      && testCase.scenario.disk.fileSystem == .none
    memory = isRemembered && recording.firedFaults.isEmpty ? ExplorationMemory(window, testCase) : nil
    for point in points {
      window.advance(to: point)
      result.crashPoints += 1
      let terms = recording.terms(at: point, in: testCase)
      let strategies = explore(window, terms)
      if strategies.isEmpty { continue }
      var sampler = StateSampler(window, random: random("states \(point)"))
      sampler.draw(strategies, budget: testCase.scenario.crash.statesPerPoint)
      for (state, strategy) in sampler.states {
        execute(
          window, state, [], strategy: strategy.rawValue, terms,
          depth: testCase.scenario.crash.recoveryDepth)
      }
      if !sampler.states.isEmpty { result.coverage?.pointsSampled += 1 }
      result.coverage?.statesSampled += sampler.states.count
    }
  }

  /// Starts copies of this process that explore the same points from the last one on, each some of them, and each point's
  /// choices from the last one on, until the exploration from the first ones on meets them. All that comes of it is that
  /// checkers were run by then.
  private func startHelpers(_ recording: Recording, _ points: [Int]) -> [AnyObject] {
    guard cores > 1, testCase.scenario.crash.exploration == .exhaustive, let program = testCase.program else {
      return []
    }
    return (1..<cores).compactMap { number in
      program.startHelper {
        var ahead = self
        ahead.memory = nil
        ahead.isAhead = true
        var disk = recording.disk
        for (place, point) in points.reversed().enumerated() where place % (cores - 1) == number - 1 {
          let window = CrashWindow(over: disk)
          window.advance(to: point)
          _ = ahead.exhaust(window, recording.terms(at: point, in: testCase))
          if ahead.testCase.runs?.divergence != nil { return }
          disk = window.giveBack()
        }
      }
    }
  }

  /// Explores the window's point without drawing, as the scenario asks: exhaustively, and where that takes too many
  /// executions, within the bound.
  ///
  /// - Returns: the strategies by which states are left to be drawn. Where every legal state was executed within the
  ///   bound, those with a torn sector are still left.
  private mutating func explore(_ window: CrashWindow, _ terms: Terms) -> [CrashOptions.Strategy] {
    let all = testCase.scenario.crash.strategies
    let legal: BigUInt?
    switch testCase.scenario.crash.exploration {
    case .sampled: return all
    case .bounded: legal = window.stateCount(as: BigUInt.self)
    case .exhaustive where asksOtherwise: legal = window.stateCount(as: BigUInt.self)
    case .exhaustive:
      let exhausted = exhaust(window, terms)
      if exhausted.isWhole { return [] }
      legal = exhausted.legal
    }
    executeBehaviours(window, terms)
    guard executeBounded(window, terms, legal: legal) else { return all }
    return tears == nil ? [] : [.torn]
  }

  /// Notes that an execution asked other questions than one like it before. A system in this process must not.
  mutating func noteDivergence(_ divergence: String) {
    guard let runs = testCase.runs else {
      fatalError("\(divergence): the system is not deterministic")
    }
    runs.forget()
    asksOtherwise = true
    memory = nil
    judge.marks.add(.askedOtherwise)
  }

  /// The generator for one purpose in the present run.
  package func random(_ purpose: String) -> SplitMix64 {
    run.purpose.map { testCase.random(purpose).split($0) } ?? testCase.random(purpose)
  }

  /// The crash points of the scenario, in ascending order.
  package func points(count: Int) -> [Int] {
    switch testCase.scenario.crash.points {
    case .every: return Array(0..<count)
    case .stride(let stride): return Array(Swift.stride(from: 0, to: count, by: stride))
    case .sample(let size): return sample(size, of: 0..<count, random("crash points"))
    }
  }

  package func sample(_ size: Int, of points: Range<Int>, _ random: SplitMix64) -> [Int] {
    var random = random
    var points = Array(points)
    random.shuffle(&points)
    return points.prefix(size).sorted()
  }

  /// Recovers from one state, and from crashes in that recovery.
  package mutating func execute(
    _ window: CrashWindow, _ state: CrashState, _ outer: [CrashState], strategy: String, _ terms: Terms,
    depth: Int
  ) {
    result.crashStates += 1
    if !outer.isEmpty { result.recoveryCrashStates += 1 }
    for deviation in state.deviations {
      guard let tear = deviation.tear else { continue }
      judge.marks.add(
        window.isExposed(tear, of: deviation.cell, after: deviation.version) ? .exposedTail : .tornSector)
    }
    let crashes = outer + [state]
    window.withDisk(showing: state, keepsVersions: depth > 0) { disk in
      let outcome = judge.recover(disk, terms, opens: state.deviations.isEmpty)
      add(outcome)
      if let violation = outcome.violation {
        note(
          violation, crashes: crashes, strategy: strategy, losses: window.losses(in: state).map(\.loss))
      } else if depth > 0 && outcome.verdict < .undetectable {
        crashRecovery(disk, crashes, terms, outcome, depth)
      }
    }
  }

  mutating func crashRecovery(
    _ disk: FaultDisk, _ crashes: [CrashState], _ terms: Terms, _ outcome: Judge.Outcome, _ depth: Int
  ) {
    let options = testCase.scenario.crash
    let window = CrashWindow(over: disk)
    // With nothing written there is nothing to lose.
    guard window.lastPoint > 0 else { return }
    let random = crashes.reduce(random("recovery")) { $0.split($1.purpose) }
    for point in sample(options.recoveryPointsMax, of: 0..<window.lastPoint + 1, random) {
      window.advance(to: point)
      judge.marks.addCut(at: point, of: outcome, depth: crashes.count)
      var sampler = StateSampler(window, random: random.split("states \(point)"))
      sampler.draw(options.strategies, budget: options.recoveryStatesPerPoint)
      let inner = terms.afterCrash(at: point, in: outcome)
      for (state, strategy) in sampler.states {
        execute(window, state, crashes, strategy: strategy.rawValue, inner, depth: depth - 1)
      }
    }
  }

  /// Takes what a recovery came to into the digest and the run's verdict.
  package mutating func add(_ outcome: Judge.Outcome) {
    digest = SplitMix64.mix(digest ^ UInt64(bitPattern: Int64(outcome.prefix ?? -1)))
    run.worst = max(run.worst, outcome.verdict)
  }

  package mutating func note(_ violation: Violation, crashes: [CrashState], strategy: String, losses: [Loss])
  {
    result.violationCount += 1
    run.worst = .violation
    let place = crashes.map { "\($0.point)" }.joined(separator: "-")
    var finding = Finding(
      id:
        "\(testCase.scenario.name)-\(testCase.seed)-\(place.isEmpty ? "run" : place)-\(result.violationCount)",
      violation: violation, crashes: crashes, losses: losses, strategy: strategy,
      afterCrashStates: result.crashStates, faults: run.faults, recoveryFault: run.recoveryFault)
    finding.schedule = run.schedule
    let isKept = kept.add(finding)
    if isKept { result.findings = kept.all }
  }
}
