package import TortureCore

/// Replays a failure, with call stacks.
package struct ReplayTask: WorkerTask {
  package static let name = "replay"
  package var reproducer: Reproducer

  package init(_ reproducer: Reproducer) { self.reproducer = reproducer }

  package func perform(_: WorkerMemory) -> Replay { CaseReplayer.replay(reproducer) }
}

/// Looks for the failure of a reproducer among the crash states of its operations.
package struct HuntTask: WorkerTask {
  package static let name = "hunt"
  package var reproducer: Reproducer
  package var goal: CrashHunt.Goal
  /// How many executions it may take.
  package var executionsMax: Int
  /// Which call each of its faults is to strike, where that is not the one with its number.
  package var struckCalls: [StruckCall?] = []

  package init(
    _ reproducer: Reproducer, _ goal: CrashHunt.Goal, executionsMax: Int, struckCalls: [StruckCall?] = []
  ) {
    self.reproducer = reproducer
    self.goal = goal
    self.executionsMax = executionsMax
    self.struckCalls = struckCalls
  }

  package func perform(_: WorkerMemory) -> CrashHunt.Outcome {
    CrashHunt.run(reproducer, goal, executionsMax: executionsMax, struckCalls: struckCalls)
  }
}

/// Finds out what closes the failure of a reproducer.
package struct ExplainTask: WorkerTask {
  package static let name = "explain"
  package var reproducer: Reproducer

  package init(_ reproducer: Reproducer) { self.reproducer = reproducer }

  package func perform(_: WorkerMemory) -> Explanation { Explanation.of(reproducer) }
}

/// Finds out what failures of the same cause as a reproducer's have in common.
package struct CauseTask: WorkerTask {
  package static let name = "cause"
  package var reproducer: Reproducer

  package init(_ reproducer: Reproducer) { self.reproducer = reproducer }

  package func perform(_: WorkerMemory) -> FailureCause? { FailureCause.of(reproducer) }
}

/// Lists the places that sync in the run of a case.
package struct SyncSitesTask: WorkerTask {
  package static let name = "sync-sites"
  package var scenario: Scenario
  package var seed: UInt64

  package init(scenario: Scenario, seed: UInt64) {
    self.scenario = scenario
    self.seed = seed
  }

  package func perform(_: WorkerMemory) -> [SyncSite] { SyncSite.sites(of: TestCase(scenario, seed: seed)) }
}

/// Looks for anything that is wrong in the run of a case without some of its syncs.
package struct WithoutSyncsTask: WorkerTask {
  package static let name = "without-syncs"
  package var scenario: Scenario
  package var seed: UInt64
  package var removal: SyncRemoval
  /// How many executions it may take.
  package var executionsMax: Int

  package init(scenario: Scenario, seed: UInt64, removal: SyncRemoval, executionsMax: Int) {
    self.scenario = scenario
    self.seed = seed
    self.removal = removal
    self.executionsMax = executionsMax
  }

  package func perform(_: WorkerMemory) -> CrashHunt.Outcome {
    CrashHunt.run(without: removal, TestCase(scenario, seed: seed), executionsMax: executionsMax)
  }
}

extension WorkerTasks {
  /// Adds those about failures.
  package mutating func registerFailures() {
    register(ReplayTask.self)
    register(HuntTask.self)
    register(ExplainTask.self)
    register(CauseTask.self)
    register(SyncSitesTask.self)
    register(WithoutSyncsTask.self)
  }
}
