import CallStack
import FaultFS

/// Runs the case of a reproducer again up to its crash, with call stacks, and tells what happens.
struct CaseReplayer {
  /// How many steps of the workload before the crash the story tells.
  private static let stepsMax = 12

  private let testCase: TestCase
  private let crashes: [CrashState]
  private let stacks = StackBook()
  private var story: [String] = []

  /// Replays a reproducer. May trap where the system under test does.
  static func replay(_ reproducer: Reproducer) -> Replay {
    var replayer = CaseReplayer(reproducer)
    do {
      return try replayer.replay()
    } catch {
      return Replay(violation: nil, story: replayer.story, obstacle: error.reason)
    }
  }

  private init(_ reproducer: Reproducer) {
    testCase = reproducer.testCase
    crashes = reproducer.finding.crashes
  }

  private mutating func replay() throws(ReplayObstacle) -> Replay {
    let recording = Recording(testCase, witness: stacks.witness)
    say("scenario \(testCase.scenario.name), seed \(testCase.seed)")
    say(
      "\(recording.steps.count) operations of the workload made \(recording.disk.operationCount) storage operations"
    )
    if crashes.isEmpty {
      tell(recording.steps.suffix(Self.stepsMax), recording.disk.timeline)
      return finish(recording.violation)
    }
    let window = CrashWindow(over: recording.disk)
    let bounds = crashes[0].point <= window.lastPoint ? recording.bounds(at: crashes[0].point) : nil
    tell(recording.steps.filter { $0.start <= crashes[0].point }.suffix(Self.stepsMax), window.timeline)
    if let bounds {
      say("promised durable: commits 1 to \(bounds.promised); attempted: \(bounds.attempted)")
    } else {
      say("the store is still being created")
    }
    let violation = try crash(window, crashes[...], bounds)
    return finish(violation)
  }

  private mutating func crash(
    _ window: CrashWindow, _ crashes: ArraySlice<CrashState>, _ bounds: Bounds?
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
      disk.witness = stacks.witness
      let outcome = Judge(testCase: testCase, witness: stacks.witness).recover(
        disk, bounds, opens: state.deviations.isEmpty)
      say("")
      say("recovery makes \(outcome.recoveryEnd) storage operations:")
      for operation in disk.timeline.operations.prefix(outcome.recoveryEnd) {
        say("  [\(operation.index)] \(CrashStory.describe(operation))")
      }
      if crashes.count == 1 {
        if let check = outcome.failedCheck {
          say("the check that failed:")
          tell(stack: check)
        }
        return outcome.violation
      }
      var inner = bounds
      if crashes[crashes.startIndex + 1].point >= outcome.recoveryEnd, let prefix = outcome.prefix {
        inner = Bounds(promised: prefix, attempted: prefix)
      }
      return try crash(CrashWindow(over: disk), crashes.dropFirst(), inner)
    }
  }

  // MARK: The story

  private mutating func say(_ line: String) { story.append(line) }

  private mutating func tell(_ steps: some Collection<Recording.Step>, _ timeline: Timeline) {
    say("")
    for step in steps {
      say("\(step.operation)")
      for index in step.start..<step.end {
        say("  [\(index)] \(CrashStory.describe(timeline.operation(index)))")
      }
    }
  }

  private mutating func tellCrash(_ window: CrashWindow, _ state: CrashState) {
    let timeline = window.timeline
    say("")
    let during =
      state.point < timeline.operationCount
      ? "during storage operation \(state.point) (\(CrashStory.describe(timeline.operation(state.point))))"
      : "after the last storage operation"
    say("power is cut \(during)")
    let losses = CrashStory.losses(window, state)
    if losses.isEmpty { say("nothing is lost") }
    for loss in losses {
      say("  \(loss.sentence)")
      tell(stack: loss.operation.witness)
    }
  }

  private mutating func tell(stack witness: Int?) {
    guard let witness else { return }
    for line in stacks.lines(witness) { say("      \(line)") }
  }

  private func finish(_ violation: Violation?) -> Replay {
    var lines = story
    if let violation { lines += ["", "\(violation.kind.rawValue): \(violation.message)"] }
    return Replay(violation: violation, story: lines)
  }
}

/// Why a reproducer says nothing about the present program: it does not arrive at the crash.
private struct ReplayObstacle: Error {
  var reason: String
}
