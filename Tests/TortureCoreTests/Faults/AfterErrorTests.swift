import FaultFS
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore

/// What the application does after an error decides what code of a store runs after a failure.
@Suite struct AfterErrorTests {
  private static func result(_ store: String, _ way: FaultOptions.AfterError) throws -> CaseResult {
    var scenario = try FaultyStores.scenario(store, transactions: 4)
    scenario.faults.kinds = [.syncError, .writeError]
    scenario.faults.placement = .every
    scenario.faults.creation = false
    scenario.faults.recoveriesMax = 0
    scenario.faults.afterError = way
    var explorer = Explorer(TestCase(scenario, seed: 1))
    explorer.explore()
    return explorer.result
  }

  @Test func aSyncThatIsTriedAgainAndBelievedIsFoundByAnApplicationThatGoesOn() throws {
    #expect(try Self.result("believing", .reopen).violationCount == 0)
    for way in [FaultOptions.AfterError.retry, .goOn] {
      let result = try Self.result("believing", way)
      #expect(result.findings.contains { $0.violation?.kind == .lostCommit }, "\(way)")
      #expect(result.marks[Recording.wentOnMark, default: 0] > 0)
    }
  }

  @Test(arguments: FaultOptions.AfterError.allCases)
  func aStoreThatTakesNoCallAfterAFailureIsRight(way: FaultOptions.AfterError) throws {
    let result = try Self.result("cautious", way)
    #expect(result.violationCount == 0, "\(result.findings.first?.summary ?? "")")
    #expect(result.crashStates > 50)
    // Nothing of a transaction that failed is in its memory, so the first error after that is not the last.
    #expect(result.marks[Recording.wentOnMark, default: 0] == 0)
  }

  /// A fault that stays strikes each call again: the application opens the store again after a few, and gives up in the end.
  @Test(arguments: FaultOptions.AfterError.allCases)
  func aFaultThatStaysEndsTheRun(way: FaultOptions.AfterError) throws {
    let scenario = try Samples.read(
      """
      name: sticky
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bank, transactions: 6, objects: 8, between: {flush: 5, truncate: 20, none: 75}}
      crash: {states_per_point: 4, recovery_depth: 0}
      faults: {kinds: [sync-error, write-error], placement: every, sticky: true, recoveries_max: 0, after_error: \(way.rawValue)}
      """)
    var explorer = Explorer(TestCase(scenario, seed: 1))
    explorer.explore()
    #expect(explorer.result.violationCount == 0, "\(explorer.result.findings.first?.summary ?? "")")
    #expect(explorer.result.crashStates > 100)
    #expect((explorer.result.marks[Recording.wentOnMark, default: 0] > 0) == (way != .reopen))
  }
}
