/// What the campaign asks of a worker process: one line of JSON on its standard input.
enum WorkerRequest: Codable, Sendable {
  case run(scenario: Scenario, seed: UInt64)
  case replay(reproducer: Reproducer)
  /// Sequences of up to `bound` operations.
  case exhaust(scenario: Scenario, bound: Int, batch: SequenceBatch)
  /// The failure of a reproducer, among the crash states of its operations.
  case hunt(reproducer: Reproducer, goal: CrashHunt.Goal, executionsMax: Int)
  /// What closes the failure of a reproducer.
  case explain(reproducer: Reproducer)
  /// What failures of the same cause as a reproducer's have in common.
  case cause(reproducer: Reproducer)
  /// The places that sync in the run of a case.
  case syncSites(scenario: Scenario, seed: UInt64)
  /// What is wrong in the run of a case without some of its syncs.
  case withoutSyncs(scenario: Scenario, seed: UInt64, removal: SyncRemoval, executionsMax: Int)
}

/// What a worker process answers: one line of JSON on its standard output.
enum WorkerResponse: Codable, Sendable {
  /// Said once, before the first request: the worker has started.
  case ready
  case ran(result: CaseResult)
  case replayed(replay: Replay)
  case exhausted(results: [CaseResult])
  case hunted(outcome: CrashHunt.Outcome)
  case explained(explanation: Explanation)
  case caused(cause: FailureCause?)
  case syncSites(sites: [SyncSite])
}

/// What a worker does with a request. In production that is `CaseRunner`.
public struct CaseExecutor: Sendable {
  /// Runs a case. May trap.
  public var run: @Sendable (Scenario, UInt64) -> CaseResult
  /// Runs a case with a given workload, and cuts the power in its last operation. May trap.
  public var runWorkload: @Sendable (Scenario, UInt64, Workload) -> CaseResult
  /// Replays a failure. May trap.
  public var replay: @Sendable (Reproducer) -> Replay

  /// An executor of the given functions.
  public init(
    run: @escaping @Sendable (Scenario, UInt64) -> CaseResult,
    runWorkload: @escaping @Sendable (Scenario, UInt64, Workload) -> CaseResult,
    replay: @escaping @Sendable (Reproducer) -> Replay
  ) {
    self.run = run
    self.runWorkload = runWorkload
    self.replay = replay
  }

  /// Runs cases with `CaseRunner`.
  public static let standard = CaseExecutor(
    run: { CaseRunner.run($0, seed: $1) },
    runWorkload: { CaseRunner.run($0, seed: $1, workload: $2, crashesInLastOnly: true) },
    replay: { CaseReplayer.replay($0) })
}
