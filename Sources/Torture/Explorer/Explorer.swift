import BigInt
import FaultFS

/// Crashes the recorded runs of a case at their crash points, recovers from the states that may be left, and crashes
/// those recoveries in turn.
struct Explorer {
  /// A run that is crashed: what its random choices are drawn for, and the faults that a finding in it needs.
  struct Run {
    /// Tells it from the other runs of the case; empty for the run without faults.
    var label = ""
    var faults: [Fault] = []
    /// What strikes the recovery from the outermost crash.
    var recoveryFault: Fault?
    /// The worst of what its crash states came to.
    var worst = FaultVerdict.durableAtomic
  }

  let testCase: TestCase
  let judge: Judge
  var result: CaseResult
  /// The one that is crashed at present.
  var run = Run()
  /// What was written, and what each execution arrived at.
  var digest: UInt64 = 0
  /// What recoveries of the present run came to; nil where nothing is remembered.
  var memory: ExplorationMemory?
  private let remembers: Bool
  /// The states that were looked up among the prefixes legal at the crash point, since the outermost recovery began.
  var sightings: [ExplorationMemory.Sighting] = []
  /// Told of what each recovery from a crash point comes to, executed or remembered, in an exhaustive exploration.
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

  /// - Parameter remembers: whether a recovery that observes what one at an earlier crash point did is not executed.
  init(_ testCase: TestCase, remembers: Bool = true) {
    self.testCase = testCase
    self.remembers = remembers
    judge = Judge(testCase: testCase)
    result = CaseResult(scenario: testCase.scenario.name, seed: testCase.seed)
  }

  /// Explores the case; `result` is complete afterwards.
  mutating func explore() {
    let recording = Recording(testCase)
    result.operations = recording.steps.count
    result.commits = recording.history.commits
    result.storageOperations = recording.disk.operationCount
    if testCase.scenario.faults.kinds.isEmpty {
      let first = testCase.firstCrashPoint(of: recording)
      crash(recording, at: points(count: recording.disk.operationCount + 1).filter { $0 >= first })
    } else {
      sweepFaults(recording)
    }
    result.marks.merge(judge.marks.marks(for: testCase.scenario), uniquingKeysWith: +)
    if result.violationCount > 0 { result.verdict = .violation }
    result.digest = Hexadecimal.text((0..<8).map { UInt8(truncatingIfNeeded: digest >> (56 - 8 * $0)) })
  }

  /// Crashes the present run at each of the points, which ascend.
  mutating func crash(_ recording: Recording, at points: [Int]) {
    result.marks.merge(recording.marks, uniquingKeysWith: +)
    digest = SplitMix64.mix(digest ^ recording.disk.timeline.digest)
    run.worst = max(run.worst, recording.verdict)
    if let violation = recording.violation {
      note(violation, crashes: [], strategy: "", story: [])
    }
    let window = CrashWindow(over: recording.disk)
    let isRemembered = remembers && testCase.scenario.crash.exploration == .exhaustive
    memory = isRemembered && recording.firedFaults.isEmpty ? ExplorationMemory(window) : nil
    for point in points {
      window.advance(to: point)
      result.crashPoints += 1
      let terms = recording.terms(at: point, in: testCase)
      if explore(window, terms) { continue }
      var sampler = StateSampler(window, random: random("states \(point)"))
      sampler.draw(testCase.scenario.crash.strategies, budget: testCase.scenario.crash.statesPerPoint)
      for (state, strategy) in sampler.states {
        execute(
          window, state, [], strategy: strategy.rawValue, terms,
          depth: testCase.scenario.crash.recoveryDepth)
      }
      result.coverage?.pointsSampled += 1
      result.coverage?.statesSampled += sampler.states.count
    }
  }

  /// Explores the window's point without drawing, as the scenario asks: exhaustively, and where that takes too many
  /// executions, within the bound. False where states are left to be drawn.
  private mutating func explore(_ window: CrashWindow, _ terms: Terms) -> Bool {
    switch testCase.scenario.crash.exploration {
    case .sampled: return false
    case .bounded: return executeBounded(window, terms, legal: window.stateCount(as: BigUInt.self))
    case .exhaustive:
      let exhausted = exhaust(window, terms)
      return exhausted.isWhole || executeBounded(window, terms, legal: exhausted.legal)
    }
  }

  /// The generator for one purpose in the present run.
  func random(_ purpose: String) -> SplitMix64 {
    testCase.random(run.label.isEmpty ? purpose : "\(run.label), \(purpose)")
  }

  /// The crash points of the scenario, in ascending order.
  func points(count: Int) -> [Int] {
    switch testCase.scenario.crash.points {
    case .every: return Array(0..<count)
    case .stride(let stride): return Array(Swift.stride(from: 0, to: count, by: stride))
    case .sample(let size): return sample(size, of: 0..<count, random("crash points"))
    }
  }

  func sample(_ size: Int, of points: Range<Int>, _ random: SplitMix64) -> [Int] {
    var random = random
    var points = Array(points)
    random.shuffle(&points)
    return points.prefix(size).sorted()
  }

  /// Recovers from one state, and from crashes in that recovery.
  mutating func execute(
    _ window: CrashWindow, _ state: CrashState, _ outer: [CrashState], strategy: String, _ terms: Terms,
    depth: Int
  ) {
    result.crashStates += 1
    if !outer.isEmpty { result.recoveryCrashStates += 1 }
    if state.deviations.contains(where: { $0.tear != nil }) { judge.marks.add(.tornSector) }
    let crashes = outer + [state]
    window.withDisk(showing: state, keepsVersions: depth > 0) { disk in
      let outcome = judge.recover(disk, terms, opens: state.deviations.isEmpty)
      add(outcome)
      if let violation = outcome.violation {
        let story = result.findings.count < CaseResult.findingsMax ? CrashStory.lines(window, state) : []
        note(violation, crashes: crashes, strategy: strategy, story: story)
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
    let purpose = "recovery " + crashes.map { "\($0.point) \($0.deviations)" }.joined(separator: ", ")
    let random = random(purpose)
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
  mutating func add(_ outcome: Judge.Outcome) {
    digest = SplitMix64.mix(digest ^ UInt64(bitPattern: Int64(outcome.prefix ?? -1)))
    run.worst = max(run.worst, outcome.verdict)
  }

  mutating func note(_ violation: Violation, crashes: [CrashState], strategy: String, story: [String]) {
    result.violationCount += 1
    run.worst = .violation
    guard result.findings.count < CaseResult.findingsMax else { return }
    let place = crashes.map { "\($0.point)" }.joined(separator: "-")
    result.findings.append(
      Finding(
        id:
          "\(testCase.scenario.name)-\(testCase.seed)-\(place.isEmpty ? "run" : place)-\(result.violationCount)",
        violation: violation, crashes: crashes, crashStory: story, strategy: strategy,
        afterCrashStates: result.crashStates, faults: run.faults, recoveryFault: run.recoveryFault))
  }
}
