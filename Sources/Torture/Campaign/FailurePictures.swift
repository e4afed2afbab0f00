/// Replays failures in worker processes, to see what there is to draw of them.
struct FailurePictures {
  let launch: WorkerLaunch
  let folder: WorkerFolder
  let jobs: Int
  let isInterrupted: @Sendable () -> Bool

  /// So many groups are looked into for their cause.
  static let causesMax = 8

  /// The causes of failures, by the fingerprint of their group; none for one that has no crash, does not come back, or traps.
  ///
  /// - Throws: where a worker does not start or answers nonsense.
  func causes(
    _ failures: [(fingerprint: String, reproducer: Reproducer)]
  ) async throws -> [String: FailureCause] {
    // With one group there is nothing to tell apart.
    guard failures.count > 1 else { return [:] }
    var causes: [String: FailureCause] = [:]
    for failure in failures.prefix(Self.causesMax) where !isInterrupted() {
      let reply = try await WorkerProcess.ask(
        .cause(reproducer: failure.reproducer), launch, files: folder.files(worker: 0))
      if case .answered(.caused(let cause?)) = reply { causes[failure.fingerprint] = cause }
    }
    return causes
  }

  /// What replays saw, by the fingerprint of the failure's group. A failure that does not come back, or traps, has no
  /// picture.
  ///
  /// - Throws: where a worker does not start or answers nonsense.
  func draw(
    _ failures: [(fingerprint: String, reproducer: Reproducer)]
  ) async throws -> [String: FailurePicture] {
    try await withThrowingTaskGroup(of: [String: FailurePicture].self) { group in
      for slot in 0..<min(jobs, failures.count) {
        group.addTask {
          var pictures: [String: FailurePicture] = [:]
          for failure in failures.enumerated().filter({ $0.offset % jobs == slot }).map(\.element) {
            guard !isInterrupted() else { break }
            let reply = try await WorkerProcess.ask(
              .replay(reproducer: failure.reproducer), launch, files: folder.files(worker: slot))
            if case .answered(.replayed(let replay)) = reply, replay.violation != nil {
              pictures[failure.fingerprint] = replay.picture
            }
          }
          return pictures
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }
  }
}
