import SystemPackage
import TextFiles
package import TortureCore
package import TortureFailures

/// The reproducers of failures that were fixed, which every run replays first.
///
/// They are the files `*.json` in a folder `regressions` beside the scenarios that run: in a folder of scenarios, or next
/// to a scenario that was named by itself.
package struct Regressions {
  package static let folderName = "regressions"

  /// One of them.
  package struct Entry: Hashable, Sendable {
    /// The file's name without its ending.
    package var name: String
    package var path: String
    package var reproducer: Reproducer
  }

  /// In the order of their paths' first appearance, and of their names.
  package let entries: [Entry]

  /// Reads those beside the scenarios at `paths`.
  ///
  /// - Throws: where one is not a reproducer, or no longer applies: a run that left it out would say too much.
  package init(beside paths: [String]) throws {
    var entries: [Entry] = []
    var seen: Set<String> = []
    for path in paths.map({ FilePath($0) }) {
      let folder: FilePath
      if try FileTree.type(of: path) == .directory {
        folder = path.appending(Self.folderName)
      } else {
        folder = path.removingLastComponent().appending(Self.folderName)
      }
      guard try FileTree.type(of: folder) == .directory,
        seen.insert(try FileTree.identity(of: folder)).inserted
      else { continue }
      for name in try FileTree.list(folder) where name.hasSuffix(".json") {
        let file = folder.appending(name)
        entries.append(
          Entry(
            name: String(name.dropLast(5)), path: file.string, reproducer: try Reproducer.read(file.string)))
      }
    }
    self.entries = entries
  }

  /// How a failure shows that is there again.
  package enum Back: Sendable {
    case violation(Violation)
    case trap(Trap)
  }

  /// What replaying them came to.
  package struct Outcome: Codable, Hashable, Sendable {
    /// How many were replayed.
    package var replayed = 0
    /// The names of those whose failure is there again.
    package var failing: [String] = []

    /// Both.
    static func + (left: Outcome, right: Outcome) -> Outcome {
      Outcome(replayed: left.replayed + right.replayed, failing: left.failing + right.failing)
    }
  }

  /// Looks for the failure of each: in its own crash states, then in all of the same operations.
  ///
  /// - Parameters:
  ///   - tell: called for each that fails.
  package func replay(
    _ launch: WorkerLaunch, isInterrupted: @Sendable () -> Bool, tell: (Entry, Back) -> Void
  ) async throws -> Outcome {
    var outcome = Outcome()
    guard !entries.isEmpty else { return outcome }
    let folder = try WorkerFolder()
    defer { folder.remove() }
    for entry in entries {
      if isInterrupted() { break }
      let back = try await failure(of: entry, launch, folder.files(worker: 0))
      outcome.replayed += 1
      if let back {
        outcome.failing.append(entry.name)
        tell(entry, back)
      }
    }
    return outcome
  }

  /// What fails; nil where nothing does.
  private func failure(of entry: Entry, _ launch: WorkerLaunch, _ files: WorkerFiles) async throws -> Back? {
    // A trap leaves no crash to hunt for.
    if entry.reproducer.finding.trap == nil {
      let task = HuntTask(entry.reproducer, .any, executionsMax: CaseReplayer.executionsMax)
      return try await failure(task, entry, launch, files) { $0.caught?.violation }
    }
    return try await failure(ReplayTask(entry.reproducer), entry, launch, files) { $0.violation }
  }

  private func failure<Task: WorkerTask>(
    _ task: Task, _ entry: Entry, _ launch: WorkerLaunch, _ files: WorkerFiles,
    violation: (Task.Answer) -> Violation?
  ) async throws -> Back? {
    let launch = launch.within(limitOf: entry.reproducer)
    switch try await WorkerProcess.ask(task, launch, files: files) {
    case .answered(let answer): return violation(answer).map { Back.violation($0) }
    case .died(.trapped(let trap)): return .trap(trap)
    case .died(.failed(let reason, _)): throw WorkerError("the replay of '\(entry.path)' \(reason)")
    }
  }
}
