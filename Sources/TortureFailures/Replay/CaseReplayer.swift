import FaultFS
import ThreadSchedules
import TortureCore

/// Runs the case of a reproducer again up to its crash, with call stacks, and notes what happens.
///
/// Where the crash is not possible any more, or does no harm, the program has changed since: it may have been fixed, or
/// it makes a call more and numbers its cells otherwise. So then the same failure is hunted for in the crash states of the
/// same operations.
package struct CaseReplayer {
  /// How many executions that may take.
  package static let executionsMax = 5000

  /// How many steps of the workload before the crash the story has.
  private static let stepsMax = 12

  private let testCase: TestCase
  private let crashes: [CrashState]
  private let faults: [Fault]
  private let recoveryFault: Fault?
  /// An exhaustive exploration never opens the system where its files show all there is to see.
  private let isExhaustive: Bool
  private let witness = CaseWitness()
  private var story: [StoryPart] = []
  private var picture = FailurePicture()

  /// Replays a reproducer. May trap where the system under test does.
  package static func replay(_ reproducer: Reproducer) -> Replay {
    guard reproducer.finding.trap == nil else { return replayTrap(reproducer) }
    var replayer = CaseReplayer(reproducer)
    let obstacle: ReplayObstacle
    do {
      let replay = try replayer.replay()
      if replay.violation != nil || reproducer.finding.crashes.isEmpty { return replay }
      obstacle = .noHarm
    } catch {
      obstacle = error
    }
    let outcome = CrashHunt.run(reproducer, .any, executionsMax: executionsMax)
    guard let caught = outcome.caught else {
      let ending: [StoryPart] = [
        .obstacle(obstacle, isFound: false),
        .searched(executions: outcome.executions, outcome.extent),
      ]
      return Replay(violation: nil, story: replayer.story + ending)
    }
    var present = reproducer
    present.finding.crashes = caught.crashes
    present.finding.strategy = ""
    var second = CaseReplayer(present)
    second.story = [.obstacle(obstacle, isFound: true)]
    do {
      return try second.replay()
    } catch {
      fatalError("a crash that was just hunted down cannot be replayed: \(error)")
    }
  }

  /// A trap in a recovery leaves no word of where power was cut, so all of the case is explored again until it traps.
  private static func replayTrap(_ reproducer: Reproducer) -> Replay {
    var explorer = Explorer(reproducer.testCase)
    explorer.explore()
    return Replay(
      violation: nil, story: [.searched(executions: explorer.result.crashStates, nil)])
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
    story.append(
      .beginning(
        scenario: testCase.scenario.name, seed: testCase.seed, sabotage: testCase.scenario.sabotage,
        operations: recording.steps.count, calls: recording.disk.operationCount))
    story += witness.missingStacks.map { .missingStacks($0) }
    story += recording.firedFaults.map { .fault($0, inRecovery: false) }
    guard let first = crashes.first else {
      tell(recording.steps.suffix(Self.stepsMax), recording.disk.timeline)
      tellDrops(upTo: recording.disk.operationCount)
      tellWaits(recording.waitingThreads)
      return finish(recording.violation)
    }
    let window = CrashWindow(over: recording.disk)
    let terms = recording.terms(at: first.point, in: testCase)
    tell(recording.steps.filter { $0.start <= first.point }.suffix(Self.stepsMax), window.timeline)
    if first.point <= window.lastPoint {
      picture.owed = terms.bounds.map { Owings(promised: $0.promised, attempted: $0.attempted) }
      story.append(.owed(picture.owed))
      for index in picture.steps.indices where picture.steps[index].end <= first.point {
        window.advance(to: picture.steps[index].end)
        picture.steps[index].files = FileView.all(at: window)
      }
    }
    let violation = try crash(window, crashes[...], terms)
    return finish(violation)
  }

  private mutating func crash(
    _ window: CrashWindow, _ crashes: ArraySlice<CrashState>, _ terms: Terms
  ) throws(ReplayObstacle) -> Violation? {
    guard let state = crashes.first else { return nil }
    guard (window.point...window.lastPoint).contains(state.point) else {
      throw .runIsShorter(point: state.point, last: window.lastPoint)
    }
    window.advance(to: state.point)
    guard window.isLegal(state) else { throw .notPossible(point: state.point) }
    tellCrash(window, state, depth: crashes.startIndex)
    let fault = crashes.startIndex == 0 ? recoveryFault : nil
    let judge = Judge(testCase: testCase, witness: witness)
    // Only what a crash in the recovery may lose needs stacks.
    let stacks = crashes.count > 1 ? judge.stacksOfChecker(window, showing: state, terms, fault) : nil
    return try window.withDisk(showing: state) { (disk) throws(ReplayObstacle) in
      witness.beginRecovery(on: disk)
      let opens = !isExhaustive && state.deviations.isEmpty
      let (outcome, struck) = judge.recover(disk, terms, struckFirstBy: fault, opens: opens)
      let missing = witness.endRecovery(on: disk, stacks)
      if let missing { story.append(.missingStacks(missing)) }
      for fired in struck?.firedFaults ?? [] { story.append(.fault(fired, inRecovery: true)) }
      let terms = struck?.terms ?? terms
      let calls = disk.timeline.operations.map(StorageCall.init)
      let recovery = Array(calls.prefix(outcome.recoveryEnd))
      if crashes.count == 1 {
        picture.recoveries.append(recovery.map { FailurePicture.Event(call: $0, fate: .kept) })
      }
      story.append(.recovery(recovery))
      if outcome.history != nil {
        story.append(
          .goingOn(
            transactionsMax: testCase.scenario.crash.goesOnTransactions,
            calls: Array(calls.dropFirst(outcome.recoveryEnd))))
      }
      if crashes.count == 1 {
        tellDrops(upTo: disk.operationCount)
        if let check = outcome.failedCheck {
          let frames = witness.frames(check)
          story.append(.failedCheck(stack: frames))
          picture.stacks.append(FailurePicture.Stack(subject: .failedCheck, frames: frames))
        }
        return outcome.violation
      }
      let inner = terms.afterCrash(at: crashes[crashes.startIndex + 1].point, in: outcome)
      return try crash(CrashWindow(over: disk), crashes.dropFirst(), inner)
    }
  }

  // MARK: The story

  private mutating func tell(_ steps: some Collection<Recording.Step>, _ timeline: Timeline) {
    picture.steps = steps.map {
      FailurePicture.Step(
        operation: $0.operation, failure: $0.failure, thread: $0.thread, isContinued: $0.isContinued,
        isReturned: $0.isReturned, start: $0.start, end: $0.end)
    }
    story.append(
      .steps(
        steps.map { step in
          StoryStep(
            operation: step.operation, failure: step.failure, thread: step.thread,
            isContinued: step.isContinued,
            calls: (step.start..<step.end).map { StorageCall(timeline.operation($0)) })
        }))
  }

  /// Where the threads wait that had not ended.
  private mutating func tellWaits(_ threads: [WaitingThread]) {
    for thread in threads {
      guard let cause = thread.waitsFor, let number = thread.witness else { continue }
      // The innermost functions are the scheduler's.
      let frames = Array(witness.frames(number).drop { $0.layer == .harness }).ofStore
      story.append(.waiting(thread: thread.name, cause: cause, stack: frames))
      picture.stacks.append(FailurePicture.Stack(subject: .waiting(thread: thread.name), frames: frames))
    }
  }

  /// What sabotage left out, each kind of call where it happened last before the call `point`.
  private mutating func tellDrops(upTo point: Int) {
    for drop in witness.takeDrops(upTo: point) {
      let dropped = DroppedCall(call: drop.dropped.call, name: drop.dropped.name, before: drop.before)
      let frames = witness.frames(drop.stack).ofStore
      story.append(.dropped(dropped, stack: frames))
      picture.stacks.append(FailurePicture.Stack(subject: .dropped(dropped), frames: frames))
    }
  }

  private mutating func tellCrash(_ window: CrashWindow, _ state: CrashState, depth: Int) {
    tellDrops(upTo: state.point)
    let timeline = window.timeline
    let during = state.point < timeline.operationCount ? StorageCall(timeline.operation(state.point)) : nil
    let cut = PowerCut(point: state.point, during: during, depth: depth)
    if depth == 0 {
      picture.events = window.events(in: state)
    } else {
      picture.recoveries.append(window.events(in: state))
    }
    picture.cuts.append(cut)
    story.append(.powerCut(cut))
    let found = window.losses(in: state)
    let losses = found.enumerated().map { index, loss in
      // All that one call lost has one call stack.
      let isLast = index + 1 == found.count || found[index + 1].loss.call.number != loss.loss.call.number
      let stack = isLast ? loss.witness.map { witness.frames($0).ofStore } ?? [] : []
      return StoryLoss(loss: loss.loss, stack: stack)
    }
    story.append(.losses(losses))
    picture.stacks += losses.filter { !$0.stack.isEmpty }.map {
      FailurePicture.Stack(subject: .loss($0.loss), frames: $0.stack)
    }
  }

  private func finish(_ violation: Violation?) -> Replay {
    Replay(violation: violation, story: story + (violation.map { [.violation($0)] } ?? []), picture: picture)
  }
}
