import CallStack
import FaultFS

/// Runs the case of a reproducer again up to its crash, with call stacks, and tells what happens.
///
/// Where the crash is not possible any more, or does no harm, the program has changed since: it may have been mended, or
/// it makes an operation more and numbers its cells otherwise. So then the same failure is hunted for in all crash states
/// of the same operations.
struct CaseReplayer {
  /// How many executions that may take.
  static let executionsMax = 5000

  /// How many steps of the workload before the crash the story tells.
  private static let stepsMax = 12

  private let testCase: TestCase
  private let crashes: [CrashState]
  private let faults: [Fault]
  private let recoveryFault: Fault?
  /// An exhaustive exploration never opens the system where its files show all there is to see.
  private let isExhaustive: Bool
  private let witness = CaseWitness()
  private var story: [String] = []
  private var picture = FailurePicture()

  /// Replays a reproducer. May trap where the system under test does.
  static func replay(_ reproducer: Reproducer) -> Replay {
    guard reproducer.finding.trap == nil else { return replayTrap(reproducer) }
    var replayer = CaseReplayer(reproducer)
    let why: String
    do {
      let replay = try replayer.replay()
      if replay.violation != nil || reproducer.finding.crashes.isEmpty { return replay }
      why = "the crash that the reproducer has does no harm"
    } catch {
      why = error.reason
    }
    let outcome = CrashHunt.run(reproducer, .any, executionsMax: executionsMax)
    guard let caught = outcome.caught else {
      let extent =
        outcome.isComplete
        ? "every crash state of the same operations was looked at"
        : "\(outcome.executions) executions of the same operations were looked at, which are not all crash states"
      return Replay(violation: nil, story: replayer.story + ["", "\(why); \(extent)"])
    }
    var present = reproducer
    present.finding.crashes = caught.crashes
    present.finding.strategy = ""
    var second = CaseReplayer(present)
    second.say("\(why); the same failure is there in another crash state")
    do {
      return try second.replay()
    } catch {
      fatalError("a crash that was just hunted down cannot be replayed: \(error.reason)")
    }
  }

  /// A trap in a recovery leaves no word of where power was cut, so all of the case is explored again until it traps.
  private static func replayTrap(_ reproducer: Reproducer) -> Replay {
    var explorer = Explorer(reproducer.testCase)
    explorer.explore()
    return Replay(
      violation: nil,
      story: [
        "\(explorer.result.crashStates) crash states of the same operations were executed, and none trapped"
      ])
  }

  private init(_ reproducer: Reproducer) {
    testCase = reproducer.testCase
    crashes = reproducer.finding.crashes
    faults = reproducer.finding.faults
    recoveryFault = reproducer.finding.recoveryFault
    isExhaustive = reproducer.finding.strategy == CrashOptions.Exploration.exhaustive.rawValue
  }

  private mutating func replay() throws(ReplayObstacle) -> Replay {
    let recording = Recording(testCase, faults: faults, witness: witness)
    say("scenario \(testCase.scenario.name), seed \(testCase.seed)")
    for rule in testCase.scenario.sabotage {
      say("sabotage: each \(rule.drop.rawValue) of '\(rule.file)' returns and does nothing")
    }
    say(
      "\(recording.steps.count) operations of the workload made \(recording.disk.operationCount) storage operations"
    )
    for fired in recording.firedFaults { say("fault: \(fired)") }
    if crashes.isEmpty {
      tell(recording.steps.suffix(Self.stepsMax), recording.disk.timeline)
      tellDrops(upTo: recording.disk.operationCount)
      return finish(recording.violation)
    }
    let window = CrashWindow(over: recording.disk)
    let terms = recording.terms(at: crashes[0].point, in: testCase)
    tell(recording.steps.filter { $0.start <= crashes[0].point }.suffix(Self.stepsMax), window.timeline)
    picture.promised = terms.bounds?.promised
    picture.attempted = terms.bounds?.attempted
    if let bounds = terms.bounds {
      say("")
      say("promised durable: \(Self.commits(bounds.promised)); attempted: \(Self.commits(bounds.attempted))")
    } else if crashes[0].point <= window.lastPoint {
      say("the store is still being created")
    }
    let violation = try crash(window, crashes[...], terms)
    return finish(violation)
  }

  private mutating func crash(
    _ window: CrashWindow, _ crashes: ArraySlice<CrashState>, _ terms: Terms
  ) throws(ReplayObstacle) -> Violation? {
    guard let state = crashes.first else { return nil }
    guard (window.point...window.lastPoint).contains(state.point) else {
      throw ReplayObstacle(
        reason: "it crashes at storage operation \(state.point), the run has \(window.lastPoint)")
    }
    window.advance(to: state.point)
    guard window.isLegal(state) else {
      throw ReplayObstacle(
        reason: "the state that it crashes into at storage operation \(state.point) is not possible any more")
    }
    tellCrash(window, state)
    return try window.withDisk(showing: state) { (disk) throws(ReplayObstacle) in
      disk.witness = witness.capture
      let judge = Judge(testCase: testCase, witness: witness)
      let opens = !isExhaustive && state.deviations.isEmpty
      let struck =
        crashes.startIndex == 0 ? recoveryFault.map { judge.recover(disk, struckBy: $0, terms) } : nil
      for fired in struck?.firedFaults ?? [] { say("fault in recovery: \(fired)") }
      let terms = struck?.terms ?? terms
      let outcome =
        struck.flatMap { $0.outcome.violation == nil ? nil : $0.outcome }
        ?? judge.recover(disk, struck?.termsOfNext ?? terms, opens: opens || struck != nil)
      say("")
      say(
        outcome.recoveryEnd == 0
          ? "recovery changes nothing on the disk"
          : "recovery makes \(outcome.recoveryEnd) storage operations:")
      picture.recovery = []
      for operation in disk.timeline.operations.prefix(outcome.recoveryEnd) {
        let line = "[\(operation.index)] \(CrashStory.describe(operation))"
        say("  \(line)")
        picture.recovery.append(line)
      }
      if outcome.history != nil {
        say("")
        say("the workload goes on with \(testCase.scenario.crash.goesOnTransactions) transactions at most:")
        for operation in disk.timeline.operations.dropFirst(outcome.recoveryEnd) {
          say("  [\(operation.index)] \(CrashStory.describe(operation))")
        }
      }
      if crashes.count == 1 {
        tellDrops(upTo: disk.operationCount)
        if let check = outcome.failedCheck {
          say("the check that failed:")
          tell(stack: check, title: "the check that failed")
        }
        return outcome.violation
      }
      let inner = terms.afterCrash(at: crashes[crashes.startIndex + 1].point, in: outcome)
      return try crash(CrashWindow(over: disk), crashes.dropFirst(), inner)
    }
  }

  // MARK: The story

  private mutating func say(_ line: String) { story.append(line) }

  private mutating func tell(_ steps: some Collection<Recording.Step>, _ timeline: Timeline) {
    say("")
    for step in steps {
      let failure = step.failure.map { ": failed: \($0)" } ?? ""
      say("\(step.operation)\(failure)")
      picture.steps.append(
        FailurePicture.Step(text: "\(step.operation)\(failure)", start: step.start, end: step.end))
      for index in step.start..<step.end {
        say("  [\(index)] \(CrashStory.describe(timeline.operation(index)))")
      }
    }
  }

  /// What sabotage left out, each kind of call where it happened last before operation `point`.
  private mutating func tellDrops(upTo point: Int) {
    let drops = witness.takeDrops(upTo: point)
    defer { if !drops.isEmpty { say("") } }
    for drop in drops {
      let call = "\(drop.dropped.call.rawValue) of '\(drop.dropped.name)'"
      let sentence = "left out by sabotage, last before storage operation \(drop.before): \(call)"
      say(sentence)
      tell(stack: drop.stack, title: sentence)
    }
  }

  private mutating func tellCrash(_ window: CrashWindow, _ state: CrashState) {
    let timeline = window.timeline
    say("")
    tellDrops(upTo: state.point)
    let during =
      state.point < timeline.operationCount
      ? "during storage operation \(state.point) (\(CrashStory.describe(timeline.operation(state.point))))"
      : "after the last storage operation"
    say("power is cut \(during)")
    if picture.crashPoint == nil {
      picture.crashPoint = state.point
      picture.crash = "power is cut \(during)"
      picture.events = window.events(in: state)
    } else {
      picture.crash += ", and again \(during) of recovery"
    }
    let losses = CrashStory.losses(window, state)
    if losses.isEmpty { say("nothing is lost") }
    for (index, loss) in losses.enumerated() {
      say("  \(loss.sentence)")
      // All that one operation lost has one call stack.
      let isLast = index + 1 == losses.count || losses[index + 1].operation.index != loss.operation.index
      if isLast { tell(stack: loss.operation.witness, title: loss.sentence) }
    }
  }

  private static func commits(_ count: Int) -> String {
    switch count {
    case 0: "no commit"
    case 1: "commit 1"
    default: "commits 1 to \(count)"
    }
  }

  private mutating func tell(stack number: Int?, title: String) {
    guard let number else { return }
    let lines = witness.lines(number)
    for line in lines { say("      \(line)") }
    picture.stacks.append(FailurePicture.Stack(title: title, frames: lines))
  }

  private func finish(_ violation: Violation?) -> Replay {
    var lines = story
    if let violation { lines += ["", "\(violation.kind.rawValue): \(violation.message)"] }
    return Replay(violation: violation, story: lines, picture: picture)
  }
}

/// Why a reproducer says nothing about the present program: it does not arrive at the crash.
private struct ReplayObstacle: Error {
  var reason: String
}
