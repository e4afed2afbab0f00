import BigInt
import FaultFS
import Storage
import Testing
import TortureSamples

@testable import TortureCore

/// Exploring with the memory of earlier crash points against exploring each point by itself.
@Suite struct ExplorationMemoryTests {
  private static let profiles = DiskOptions.Profile.disks

  private func scenario(
    _ seed: UInt64, _ profile: DiskOptions.Profile, depth: Int, transactions: UInt64? = nil,
    _ extra: String = ""
  )
    throws
    -> Scenario
  {
    let kind = ["bytes", "bank"][Int(seed % 2)]
    let text = """
      name: remembered
      system: {truncation: \(seed % 3 == 0 ? "epoch" : "incremental"), truncation_threshold: 0.4, spool_limit: 600}
      log: {record_sectors: \(5 + seed % 4)}
      segments:
        - {name: a.seg, length: 4096}
      workload:
        kind: \(kind)
        transactions: \(transactions ?? (depth == 0 ? 4 + seed % 5 : 1))
        objects: 4
        range_length_max: 300
        between: {flush: 10, truncate_step: 20, remap: 3, reopen: 4, none: 60}
        mix: {commit_flush: 4, commit_no_flush: 4, abort: 1}
      disk: {profile: \(profile.rawValue), tearing: none}
      crash: {exploration: exhaustive, recovery_depth: \(depth), executions_per_point: 100000}
      \(extra)
      """
    return try Samples.read(text)
  }

  private func compare(_ scenario: Scenario, seed: UInt64) throws -> (with: CaseResult, without: CaseResult) {
    let testCase = TestCase(scenario, seed: seed)
    var with = Explorer(testCase)
    with.explore()
    var without = Explorer(testCase, remembers: false)
    without.explore()
    #expect(
      CrossCheck.essence(with.result) == CrossCheck.essence(without.result),
      "seed \(seed), \(scenario.disk.profile)")
    #expect(without.result.coverage?.remembered == 0)
    return (with.result, without.result)
  }

  @Test(arguments: profiles)
  func itChangesNothingButTheNumberOfExecutions(profile: DiskOptions.Profile) throws {
    var executions = (with: 0, without: 0)
    for seed in 1...6 as ClosedRange<UInt64> {
      let results = try compare(scenario(seed, profile, depth: 0), seed: seed)
      executions.with += results.with.coverage?.executions ?? 0
      executions.without += results.without.coverage?.executions ?? 0
    }
    // Where nothing is lost, or every call is durable, each crash point differs from the one before.
    #expect(executions.with < executions.without)
  }

  @Test(arguments: profiles)
  func crashesInRecoveryAreRememberedWithIt(profile: DiskOptions.Profile) throws {
    let results = try compare(scenario(1, profile, depth: 1), seed: 1)
    #expect(results.with.recoveryCrashStates > 0)
    #expect(results.with.crashStates < results.without.crashStates)
  }

  @Test(arguments: ["log"])
  func violationsAreTheSame(sabotaged: String) throws {
    var violations = 0
    for seed in 1...3 as ClosedRange<UInt64> {
      let sabotage = "sabotage: [{drop: sync, file: '\(sabotaged)'}]"
      let scenario = try scenario(seed, .posix, depth: 0, transactions: 2, sabotage)
      violations += try compare(scenario, seed: seed).with.violationCount
    }
    #expect(violations > 0)
  }
}
