import SystemPackage

/// The reproducers of failures that were mended, which every run replays first.
///
/// They are the files `*.json` in a folder `regressions` beside the scenarios that run: in a folder of scenarios, or next
/// to a scenario that was named by itself.
struct Regressions {
  static let folderName = "regressions"

  /// One of them.
  struct Entry: Hashable, Sendable {
    /// The file's name without its ending.
    var name: String
    var path: String
    var reproducer: Reproducer
  }

  /// In the order of their paths' first appearance, and of their names.
  let entries: [Entry]

  /// Reads those beside the scenarios at `paths`.
  ///
  /// - Throws: where one is not a reproducer, or no longer applies: a run that left it out would say too much.
  init(beside paths: [String]) throws {
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

  /// What replaying them came to.
  struct Outcome: Codable, Hashable, Sendable {
    /// How many were replayed.
    var replayed = 0
    /// The names of those whose failure is there again.
    var failing: [String] = []

    /// Both.
    static func + (left: Outcome, right: Outcome) -> Outcome {
      Outcome(replayed: left.replayed + right.replayed, failing: left.failing + right.failing)
    }
  }

  /// Looks for the failure of each: in its own crash states, then in all of the same operations.
  ///
  /// - Parameters:
  ///   - tell: told of each that fails, in a sentence.
  func replay(
    _ launch: WorkerLaunch, isInterrupted: @Sendable () -> Bool, tell: (Entry, String) -> Void
  ) async throws -> Outcome {
    var outcome = Outcome()
    guard !entries.isEmpty else { return outcome }
    let folder = try WorkerFolder()
    defer { folder.remove() }
    for entry in entries {
      if isInterrupted() { break }
      let summary = try await failure(of: entry, launch, folder.files(worker: 0))
      outcome.replayed += 1
      if let summary {
        outcome.failing.append(entry.name)
        tell(entry, summary)
      }
    }
    return outcome
  }

  private static func sentence(_ violation: Violation) -> String {
    "\(violation.kind.rawValue): \(violation.message)"
  }

  /// What fails, in a sentence; nil where nothing does.
  private func failure(of entry: Entry, _ launch: WorkerLaunch, _ files: WorkerFiles) async throws -> String?
  {
    // A trap leaves no crash to hunt for.
    let request: WorkerRequest =
      entry.reproducer.finding.trap == nil
      ? .hunt(reproducer: entry.reproducer, goal: .any, executionsMax: CaseReplayer.executionsMax)
      : .replay(reproducer: entry.reproducer)
    switch try await WorkerProcess.ask(request, launch, files: files) {
    case .answered(.hunted(let outcome)): return outcome.caught.map { Self.sentence($0.violation) }
    case .answered(.replayed(let replay)): return replay.violation.map(Self.sentence)
    case .died(.trapped(let trap)): return trap.summary
    case .answered:
      throw WorkerError("a worker was asked to replay '\(entry.path)' and answered something else")
    case .died(.failed(let reason, _)): throw WorkerError("the replay of '\(entry.path)' \(reason)")
    }
  }
}
