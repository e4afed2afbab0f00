/// What the campaign asks of a worker process: one line of JSON on its standard input.
enum WorkerRequest: Codable, Sendable {
  case run(scenario: Scenario, seed: UInt64)
  case replay(reproducer: Reproducer)
}

/// What a worker process answers: one line of JSON on its standard output.
enum WorkerResponse: Codable, Sendable {
  /// Said once, before the first request: the worker has started.
  case ready
  case ran(result: CaseResult)
  case replayed(replay: Replay)
}

/// What a worker does with a request. In production that is `CaseRunner`.
public struct CaseExecutor: Sendable {
  /// Runs a case. May trap.
  public var run: @Sendable (Scenario, UInt64) -> CaseResult
  /// Replays a failure. May trap.
  public var replay: @Sendable (Reproducer) -> Replay

  /// An executor of the given functions.
  public init(
    run: @escaping @Sendable (Scenario, UInt64) -> CaseResult,
    replay: @escaping @Sendable (Reproducer) -> Replay
  ) {
    self.run = run
    self.replay = replay
  }

  /// Runs cases with `CaseRunner`.
  public static let standard = CaseExecutor(
    run: { CaseRunner.run($0, seed: $1) },
    replay: { CaseReplayer.replay($0) })
}
