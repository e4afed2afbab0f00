import FaultFS
import SystemPackage

/// How far a shrink may go.
public struct ShrinkSettings: Hashable, Sendable {
  /// How many executions (runs of the workload, and recoveries) it may take: this decides the result.
  public var executionsMax = Shrinker.executionsDefault
  /// When it stops with the best so far; nil for no limit. It can be taken up again, and then comes to the same end.
  public var timeLimit: TimeLimit?
  /// Whether an earlier shrink of the same reproducer is thrown away instead of taken up.
  public var isFresh = false

  /// The standard budget, no time limit.
  public init() {}
}

extension TortureCommand {
  /// `shrink`: makes the reproducer at `path` smaller. The original stays; the smaller one is written beside it.
  ///
  /// - Parameters:
  ///   - program: what a reader types to call the program.
  ///   - isInterrupted: whether the user wants the end; nil to listen to Ctrl-C.
  /// - Returns: `.success` once there is a smaller reproducer, `.usage` where there is nothing to shrink.
  public static func shrink(
    _ path: String, _ settings: ShrinkSettings, program: String, console: Console,
    launch: WorkerLaunch? = nil,
    isInterrupted: (@Sendable () -> Bool)? = nil
  ) async -> CommandStatus {
    let run: ShrinkRun
    do {
      run = try ShrinkRun(path, settings)
    } catch {
      return fail(error, .usage, console)
    }
    if isInterrupted == nil { Interruption.listen() }
    do {
      let ending = try await run.run(
        try launch ?? .ownExecutable(), isInterrupted: isInterrupted ?? { Interruption.isRequested })
      for line in run.lines(ending, program: program) { console.write(SafeName.printable(line) + "\n") }
      switch ending {
      case .finished, .timeIsUp: return .success
      case .interrupted: return .interrupted
      case .withoutFailure: return .usage
      }
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}

extension TimeLimit {
  /// How long a campaign shrinks its first failure unless somebody says otherwise.
  public static let shrinkDefault = TimeLimit(seconds: 20)
}

extension TortureCommand {
  /// Makes the first failure of a campaign smaller, where the options ask for it, and puts the smaller one into the
  /// line to copy. What goes wrong here takes nothing from the campaign: the failure is there as it was found.
  static func shrinkFirst(
    _ outcome: inout CampaignOutcome, _ options: CampaignOptions, _ launch: WorkerLaunch,
    _ isInterrupted: (@Sendable () -> Bool)?, _ console: Console
  ) async {
    guard let path = outcome.firstReproducer, let limit = options.shrinkLimit, !outcome.isCanary,
      outcome.summary.state == .finished
    else { return }
    var settings = ShrinkSettings()
    settings.timeLimit = limit
    // One trial that hangs must not outlast the time that all of them have.
    var launch = options.launch(launch)
    launch.caseLimitSeconds = min(launch.caseLimitSeconds, limit.seconds)
    do {
      let run = try ShrinkRun(path, settings)
      let ending = try await run.run(launch, isInterrupted: isInterrupted ?? { Interruption.isRequested })
      if case .withoutFailure = ending { return }
      for line in run.lines(ending, program: options.program).dropLast(2) {
        console.write(SafeName.printable(line) + "\n")
      }
      outcome.replayLine = FailureStory.replayLine(command: options.replayCommand, path: run.path.string)
    } catch {
      console.writeStatus(SafeName.printable("The first failure could not be made smaller: \(error)") + "\n")
    }
  }
}

/// One shrink of one reproducer, with the file that it leaves.
final class ShrinkRun {
  enum Ending {
    case finished, timeIsUp, interrupted
    /// There is nothing to shrink.
    case withoutFailure
  }

  /// Where the smaller reproducer is.
  let path: FilePath
  private let original: Reproducer
  private let settings: ShrinkSettings
  private var shrinker: Shrinker
  private let isTakenUp: Bool

  /// Reads the reproducer at `path`, and what an earlier shrink of it has left.
  init(_ path: String, _ settings: ShrinkSettings) throws(ReproducerError) {
    original = try Reproducer.read(path)
    self.settings = settings
    let isSmaller = original.shrinking != nil
    let stem = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
    // A smaller reproducer is taken up in its own place.
    self.path = FilePath(isSmaller ? path : stem + ".shrunk.json")
    let earlier: Reproducer? =
      if isSmaller { original } else if settings.isFresh { nil } else {
        Self.earlier(self.path.string, of: original)
      }
    isTakenUp = earlier != nil
    shrinker = Shrinker(earlier ?? original, executionsMax: settings.executionsMax)
    shrinker.allow(executionsMax: settings.executionsMax)
  }

  private static func earlier(_ path: String, of original: Reproducer) -> Reproducer? {
    guard let earlier = try? Reproducer.read(path), let progress = earlier.shrinking else { return nil }
    let present = ShrinkProgress(of: original.withOperations(), executionsMax: progress.executionsMax)
    let isSame =
      progress.origin == present.origin && progress.originalOperations == present.originalOperations
    return isSame ? earlier : nil
  }

  /// Shrinks until nothing is left to try, the time is up, or the user wants the end. After each step forward the best so far
  /// is in the file.
  func run(_ launch: WorkerLaunch, isInterrupted: @Sendable () -> Bool) async throws -> Ending {
    let folder = try WorkerFolder()
    defer { folder.remove() }
    let files = folder.files(worker: 0)
    let clock = ContinuousClock()
    let end = settings.timeLimit.map { clock.now + .seconds($0.seconds) }
    var ending: Ending?
    var trial = shrinker.next()
    while trial != nil && ending == nil {
      let workerEnd = try await WorkerProcess.run(launch, files: files) { worker in
        while let open = trial {
          if isInterrupted() {
            ending = .interrupted
            return true
          }
          if let end, clock.now >= end {
            ending = .timeIsUp
            return true
          }
          let request = WorkerRequest.hunt(
            reproducer: open.reproducer, goal: open.goal, executionsMax: open.executionsMax)
          guard let response = try await worker.ask(request) else { return false }
          guard case .hunted(let outcome) = response else {
            throw WorkerError("a worker was asked for a failure and answered something else")
          }
          try take(.hunted(outcome))
          trial = shrinker.next()
        }
        return true
      }
      if case .died(let status) = workerEnd {
        switch try WorkerDeath(status, files: files, caseLimitSeconds: launch.caseLimitSeconds) {
        case .trapped(let trap): try take(.trapped(trap))
        case .failed: try take(.failed)
        }
        trial = shrinker.next()
      }
    }
    if shrinker.isWithoutFailure { return .withoutFailure }
    try write()
    return ending ?? .finished
  }

  private func take(_ result: Shrinker.Result) throws {
    let before = shrinker.progress.accepted
    shrinker.take(result)
    if shrinker.progress.accepted > before { try write() }
  }

  private func write() throws {
    try TextFile.replace(path, by: shrinker.best.text())
  }

  // MARK: In words

  func lines(_ ending: Ending, program: String) -> [String] {
    if case .withoutFailure = ending {
      return ["There is nothing to shrink: the failure did not come back."]
    }
    let best = shrinker.best
    let progress = shrinker.progress
    let operations = best.operations ?? []
    let crashes = best.finding.crashes
    var lines = [
      "\(isTakenUp ? "Taken up again; from" : "From") \(progress.originalOperations) operations to "
        + "\(operations.count) (transactions and what lies between them: \(WorkloadUnits.count(operations))), "
        + "\(crashes.count == 1 ? "1 crash" : "\(crashes.count) crashes"), "
        + "\(crashes.reduce(0) { $0 + $1.deviations.count }) cells lost; "
        + "\(Figure.grouped(progress.tried)) tried, \(Figure.grouped(progress.executions)) executions."
    ]
    switch ending {
    case .interrupted:
      lines.append("Interrupted: this is the best so far. The same command goes on from here.")
    case .timeIsUp: lines.append("Time is up: this is the best so far. The same command goes on from here.")
    case .finished where progress.isCapped:
      lines.append(
        "The budget of \(Figure.grouped(progress.executionsMax)) executions is spent: this is the best so far."
      )
    case .finished: lines.append("Nothing more can be left out by itself.")
    case .withoutFailure: break
    }
    lines += ["", best.finding.summary, ""]
    lines += operations.enumerated().map { "  \($0 + 1). \($1)" }
    for crash in crashes { lines.append("  power is cut at storage operation \(crash.point)") }
    lines += best.finding.crashStory.map { "  \($0)" }
    lines += ["", "\(ShellWord.quote(program)) replay \(ShellWord.quote(path.string))"]
    return lines
  }
}
