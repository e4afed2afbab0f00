import Testing
import TortureCore
import TortureSamples

@testable import VistaTorture

/// Vista and its heap under torture: what they ask of a scenario, and how much of it is executed.
@Suite struct VistaSystemTests {
  private static let exhaustive = "exploration: exhaustive, executions_per_point: 100000, recovery_depth: "

  private func scenario(
    _ system: String, _ profile: String, crash: String = Self.exhaustive + "0", sabotage: String = ""
  ) throws -> Scenario {
    try Samples.read(
      """
      name: memory
      system: {name: \(system)}
      segments: [{name: a.seg, length: 4096}]
      workload:
        kind: bytes
        transactions: 2
        objects: 4
        range_length_max: 24
        mix: {commit_flush: 75, commit_no_flush: 0, abort: 25}
        between: {remap: 5, reopen: 5, none: 90}
      crash: {\(crash)}
      disk: {profile: \(profile)}
      sabotage: [\(sabotage)]
      """)
  }

  @Test(arguments: ["vista", "vista-heap"]) func aDiskIsRefused(_ system: String) {
    let problems = Samples.problems(
      """
      name: disk
      system: {name: \(system)}
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bytes, mix: {commit_flush: 1, commit_no_flush: 0, abort: 0}}
      disk: {profile: posix}
      """)
    #expect(problems.count == 1 && problems[0].contains("expected rio, adr or adr-torn"), "\(problems)")
  }

  /// A crash on memory that keeps every store comes between two stores.
  @Test(arguments: ["vista", "vista-heap"]) func onRioThereIsOneStateForEachStore(_ system: String) throws {
    let result = CaseRunner.run(try scenario(system, "rio"), seed: 1)
    let coverage = try #require(result.coverage)
    #expect(result.verdict == .clean)
    #expect(coverage.isComplete(at: result.crashPoints))
    #expect(coverage.executions + coverage.remembered <= 2 * (result.storageOperations + 1))
    #expect(coverage.executions <= result.storageOperations + 1)
  }

  @Test(arguments: [("vista", "rio"), ("vista", "adr"), ("vista", "adr-torn"), ("vista-heap", "rio")])
  func crashesInRecoveryFindNothing(_ system: String, _ profile: String) throws {
    let result = CaseRunner.run(try scenario(system, profile, crash: Self.exhaustive + "1"), seed: 2)
    #expect(result.verdict == .clean)
    #expect(result.recoveryCrashStates > 0)
    #expect(try #require(result.coverage).isComplete(at: result.crashPoints))
  }

  /// Where every store is permanent, neither can be missed: the paper's claim.
  @Test(arguments: ["flush", "fence"], ["vista", "vista-heap"])
  func whatIsNotFlushedShowsOnAdrAndNotOnRio(_ call: String, _ system: String) throws {
    let sabotage = "{drop: \(call), file: '*'}"
    // What is never flushed may be lost in very many ways.
    let drawn =
      "exploration: sampled, states_per_point: 4, strategies: [none-kept, prefix], recovery_depth: 0"
    for (profile, verdict) in [("adr", CaseResult.Verdict.violation), ("rio", .clean)] {
      let result = CaseRunner.run(
        try scenario(system, profile, crash: drawn, sabotage: sabotage), seed: 1)
      #expect(result.verdict == verdict, "\(profile)")
    }
  }
}
