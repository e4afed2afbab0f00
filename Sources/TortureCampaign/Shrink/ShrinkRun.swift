package import SystemPackage
import TextFiles
import TortureCore
package import TortureFailures

/// How far a shrink may go.
package struct ShrinkSettings: Hashable, Sendable {
  /// How many executions (runs of the workload, and recoveries) it may take: this decides the result.
  package var executionsMax = Shrinker.executionsDefault
  /// When it stops with the best so far; nil for no limit. It can be taken up again, and then comes to the same end.
  package var timeLimit: TimeLimit?
  /// Whether an earlier shrink of the same reproducer is thrown away instead of taken up.
  package var isFresh = false

  /// The standard budget, no time limit.
  package init() {}
}

/// One shrink of one reproducer, with the file that it leaves.
package final class ShrinkRun {
  package enum Ending {
    case finished, timeIsUp, interrupted
    /// There is nothing to shrink.
    case withoutFailure
  }

  /// Where the smaller reproducer is.
  package let path: FilePath
  private let original: Reproducer
  private let settings: ShrinkSettings
  private var shrinker: Shrinker
  /// Whether an earlier shrink is gone on with.
  package let isTakenUp: Bool
  /// The smallest so far.
  package var best: Reproducer { shrinker.best }
  package var progress: ShrinkProgress { shrinker.progress }

  /// Reads the reproducer at `path`, and what an earlier shrink of it has left.
  package init(_ path: String, _ settings: ShrinkSettings) throws(ReproducerError) {
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
  package func run(_ launch: WorkerLaunch, isInterrupted: @Sendable () -> Bool) async throws -> Ending {
    let folder = try WorkerFolder()
    defer { folder.remove() }
    let files = folder.files(worker: 0)
    let launch = launch.within(limitOf: best)
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
          guard let outcome = try await worker.ask(open.task) else { return false }
          try take(.hunted(outcome))
          trial = shrinker.next()
        }
        return true
      }
      if case .died(let status) = workerEnd {
        switch try WorkerDeath(status, of: launch, files: files) {
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
    try FileTree.replace(path, with: shrinker.best.text())
  }
}

extension TimeLimit {
  /// How long a campaign shrinks its failures, all of them together, unless somebody says otherwise.
  package static let shrinkDefault = TimeLimit(seconds: 60)
}
