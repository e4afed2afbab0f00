import SystemPackage
import TortureCore

/// The books of an exhaustive run: which sequences are next, what came of them, what the report says.
///
/// Workers finish in any order; what is counted, written and shown is in the order of the sequences. So nothing depends
/// on the number of jobs but the time.
actor ExhaustLedger {
  private let scenario: Scenario
  private let space: SequenceSpace
  private let options: ExhaustOptions
  private let observer: any ExhaustObserver
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastResult: ContinuousClock.Instant
  private var lastWrite: ContinuousClock.Instant

  private var progress: ExhaustProgress
  private var report: ReportFolder
  private var reproducers: [String] = []
  private var finished = ReorderBuffer<[CaseResult]>()
  /// The first sequence that no batch has, and the number of the next batch.
  private var nextIndex: Int
  private var nextBatch = 0
  private var isInterrupted = false

  /// The progress is written this often.
  private static let writeInterval = Duration.seconds(2)

  /// A batch and its place in the order of this run.
  struct Planned: Sendable {
    var number: Int
    var batch: SequenceBatch
  }

  /// Makes the report's folder, or takes up the run in it.
  init(
    _ scenario: Scenario, _ space: SequenceSpace, _ options: ExhaustOptions,
    _ observer: any ExhaustObserver, _ narrate: @escaping FailureNarrator
  ) throws {
    self.scenario = scenario
    self.space = space
    self.options = options
    self.observer = observer
    start = clock.now
    lastResult = start
    lastWrite = start
    if options.isResumed {
      progress = try ExhaustProgress.read(options.out, scenario, bound: space.bound)
      progress.bound = space.bound
    } else {
      progress = ExhaustProgress(scenario, bound: space.bound)
    }
    nextIndex = progress.next
    guard nextIndex <= space.count else {
      throw ExhaustError(
        "'\(options.out)' has the progress of more sequences than there are; start over without --resume")
    }
    report = try ReportFolder(
      at: options.out, replayCommand: options.replayCommand,
      summary: Self.summary(progress, options, state: .running), isResumed: options.isResumed,
      narrate: narrate)
    for result in progress.told {
      let operations = Workload(space.sequence(at: Int(result.seed)), space.alphabet).operations
      _ = try report.append(line: result)
      reproducers += try report.appendFailures(of: result, in: scenario, operations: operations)
    }
    try progress.write(to: options.out)
    observer.resumed(progress)
  }

  /// The next sequences for the worker `slot`; nil when there are none, the time is spent, or the user wants the end.
  func next(slot: Int) -> Planned? {
    guard !isInterrupted, nextIndex < space.count else { return nil }
    if let limit = options.timeLimit, clock.now - start >= .seconds(limit.seconds) { return nil }
    let batch = SequenceBatch(first: nextIndex, count: min(SequenceBatch.countMax, space.count - nextIndex))
    let planned = Planned(number: nextBatch, batch: batch)
    nextIndex += batch.count
    nextBatch += 1
    observer.began(batch, slot: slot)
    return planned
  }

  /// Takes the results of a batch, and writes what is next in order.
  func complete(_ planned: Planned, slot: Int, _ results: [CaseResult]) throws {
    observer.ended(slot: slot)
    for ready in finished.insert(results, at: planned.number) {
      for result in ready { try write(result) }
    }
    if clock.now - lastWrite >= Self.writeInterval { try save() }
  }

  /// Hands out no further sequences.
  func interrupt() {
    isInterrupted = true
  }

  /// Ends the report.
  func finish(_ state: Summary.State) throws -> ExhaustOutcome {
    try save()
    try report.finish(Self.summary(progress, options, state: state, failuresWritten: reproducers.count))
    return ExhaustOutcome(
      progress: progress, count: space.count, state: state, options: options, replayPath: reproducers.first)
  }

  private func write(_ result: CaseResult) throws {
    let sequence = space.sequence(at: progress.next)
    let now = clock.now
    let seconds = (now - lastResult) / .seconds(1)
    lastResult = now
    if progress.add(result, size: sequence.count, seconds: seconds) {
      let operations = Workload(sequence, space.alphabet).operations
      _ = try report.append(line: result)
      reproducers += try report.appendFailures(of: result, in: scenario, operations: operations)
      observer.found(result, sequence)
    }
    observer.counted(progress)
  }

  private func save() throws {
    lastWrite = clock.now
    try progress.write(to: options.out)
  }

  private static func summary(
    _ progress: ExhaustProgress, _ options: ExhaustOptions, state: Summary.State, failuresWritten: Int = 0
  ) -> Summary {
    let name = progress.scenario.name
    var summary = Summary(
      names: [name], seeds: "sequences of up to \(progress.bound) operations", jobs: options.jobs)
    summary.state = state
    summary.failuresWritten = failuresWritten
    summary.total = progress.total
    summary.perScenario[name] = progress.total
    return summary
  }
}

/// What an exhaustive run came to.
package struct ExhaustOutcome: Sendable {
  package var progress: ExhaustProgress
  /// How many sequences there are.
  package var count: Int
  package var state: Summary.State
  package var options: ExhaustOptions
  /// The first reproducer; nil where nothing was found.
  package var replayPath: String?

  /// How the command ends.
  package var status: CommandStatus {
    if state == .interrupted { return .interrupted }
    if progress.total.violations > 0 { return .violation }
    return progress.total.failed > 0 ? .harnessFailure : .success
  }
}
