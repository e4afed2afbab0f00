import SystemPackage
import TortureCore
package import TortureFailures

/// The first failure of a group, in the smallest form that is known.
package struct FirstFailure: Sendable {
  /// The fingerprint of its group.
  package var fingerprint: String
  /// Where its reproducer is.
  package var path: String
  package var reproducer: Reproducer
}

/// Looks into the first failures of a campaign in worker processes before the report is published: which have one cause,
/// how small each can be made, why it is there, and what there is to draw of it.
///
/// Causes are looked for twice: in the failures as they were found, and as small as they could be made. How small that is may be
/// decided by the time limit (`MinimalFailure.isMinimal` says so), and with it which groups are one in the end.
package struct FailureStudy: Sendable {
  private let launch: WorkerLaunch
  private let folder: WorkerFolder
  private let jobs: Int
  private let shrinkLimit: TimeLimit?
  private let isInterrupted: @Sendable () -> Bool
  private let clock = ContinuousClock()

  /// This many groups are looked into.
  static let groupsMax = 24

  /// A study that may take `shrinkLimit` for making failures smaller; with nil it leaves them as they are.
  package init(
    launch: WorkerLaunch, folder: WorkerFolder, jobs: Int, shrinkLimit: TimeLimit?,
    isInterrupted: @escaping @Sendable () -> Bool
  ) {
    self.launch = launch
    self.folder = folder
    self.jobs = jobs
    self.shrinkLimit = shrinkLimit
    self.isInterrupted = isInterrupted
  }

  /// The causes, by fingerprint; none for a failure that needs no crash, does not come back, or traps.
  ///
  /// - Throws: where a worker does not start or answers nonsense.
  func causes(of failures: [FirstFailure]) async throws -> [String: FailureCause] {
    try await each(failures) { failure, slot, _ in
      guard failure.reproducer.finding.violation != nil else { return nil }
      return try await ask(CauseTask(failure.reproducer), slot) ?? nil
    }
  }

  /// The failures made smaller and explained, by fingerprint; none for one that does not come back. The smaller reproducers
  /// are beside the ones that were found.
  ///
  /// - Throws: where a worker does not start or answers nonsense, or a reproducer cannot be written.
  func minimal(
    _ failures: [FirstFailure]
  ) async throws -> [String: (path: String, reproducer: Reproducer, failure: MinimalFailure)] {
    guard let shrinkLimit else { return [:] }
    let end = clock.now + .seconds(shrinkLimit.seconds)
    return try await each(failures) { failure, slot, left in
      let secondsLeft = max(0, (end - clock.now) / .seconds(1))
      let seconds = Int(secondsLeft / Double(left))
      guard seconds > 0 else { return nil }
      var settings = ShrinkSettings()
      settings.timeLimit = TimeLimit(seconds: seconds)
      // One trial that hangs must not outlast the time that all of them have.
      var launch = launch
      launch.caseLimitSeconds = min(launch.caseLimitSeconds, seconds)
      let run = try ShrinkRun(failure.path, settings)
      let ending = try await run.run(launch, isInterrupted: isInterrupted)
      if case .withoutFailure = ending { return nil }
      let best = run.best
      var isMinimal = false
      if case .finished = ending { isMinimal = !run.progress.isCapped }
      let minimal = MinimalFailure(
        operationsFound: run.progress.originalOperations, operations: best.operations ?? [],
        finding: best.finding, isMinimal: isMinimal,
        explanation: try await explanation(of: best, slot, within: launch))
      return (run.path.string, best, minimal)
    }
  }

  /// What replays saw, by fingerprint. A failure that does not come back, or traps, has no picture.
  ///
  /// - Throws: where a worker does not start or answers nonsense.
  func pictures(of failures: [FirstFailure]) async throws -> [String: FailurePicture] {
    try await each(failures) { failure, slot, _ in
      guard failure.reproducer.finding.violation != nil,
        let replay = try await ask(ReplayTask(failure.reproducer), slot), replay.violation != nil
      else { return nil }
      return replay.picture
    }
  }

  private func explanation(
    of reproducer: Reproducer, _ slot: Int, within launch: WorkerLaunch
  ) async throws -> Explanation? {
    guard reproducer.finding.violation != nil, !isInterrupted() else { return nil }
    guard let explanation = try await ask(ExplainTask(reproducer), slot, launch), explanation.isThere
    else { return nil }
    return explanation
  }

  /// The answer; nil where the worker died of the question.
  private func ask<Task: WorkerTask>(
    _ task: Task, _ slot: Int, _ launch: WorkerLaunch? = nil
  ) async throws -> Task.Answer? {
    guard
      case .answered(let answer) = try await WorkerProcess.ask(
        task, launch ?? self.launch, files: folder.files(worker: slot))
    else { return nil }
    return answer
  }

  /// What `body` finds out about each failure, as many side by side as there are jobs.
  ///
  /// - Parameter body: is given the failure, the number of its worker, and how many failures that worker has left.
  private func each<Found: Sendable>(
    _ failures: [FirstFailure],
    _ body: @escaping @Sendable (_ failure: FirstFailure, _ slot: Int, _ left: Int) async throws -> Found?
  ) async throws -> [String: Found] {
    try await withThrowingTaskGroup(of: [String: Found].self) { group in
      for slot in 0..<min(jobs, failures.count) {
        group.addTask {
          var found: [String: Found] = [:]
          let own = stride(from: slot, to: failures.count, by: jobs).map { failures[$0] }
          for (number, failure) in own.enumerated() where !isInterrupted() {
            found[failure.fingerprint] = try await body(failure, slot, own.count - number)
          }
          return found
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }
  }
}
