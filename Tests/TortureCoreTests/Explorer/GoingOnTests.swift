import FaultFS
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore

/// The workload goes on after a recovery, and is crashed again.
@Suite struct GoingOnTests {
  private func scenario(goesOn: Int, sabotage: String = "[]") throws -> Scenario {
    try Samples.read(
      """
      name: going-on
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bytes, transactions: 5, mix: {commit_flush: 1, commit_no_flush: 2}}
      crash: {points: {sample: 8}, states_per_point: 4, recovery_points_max: 20, goes_on_transactions: \(goesOn)}
      sabotage: \(sabotage)
      """)
  }

  @Test func aSoundStoreMayGoOn() throws {
    let without = CaseRunner.run(try scenario(goesOn: 0), seed: 1)
    let with = CaseRunner.run(try scenario(goesOn: 2), seed: 1)
    #expect(without.verdict == .clean && with.verdict == .clean, "\(with.findings.map(\.summary))")
    #expect(with.recoveryCrashStates > without.recoveryCrashStates)
  }

  /// A fault that was meant for the recovery must not strike what comes after it.
  @Test func nothingGoesOnWhileARecoveryIsStruck() throws {
    var scenario = try scenario(goesOn: 3)
    scenario.faults.kinds = [.writeError]
    scenario.faults.placement = .every
    scenario.faults.pointsPerRun = 1
    scenario.faults.recoveriesMax = 2
    let result = CaseRunner.run(scenario, seed: 1)
    #expect(result.verdict == .clean, "\(result.findings.map(\.summary))")
    #expect(result.marks["recovery struck by a fault"] ?? 0 > 0)
  }

  /// What is promised after the recovery is owed: with the log never synced, a crash that lost nothing is followed by one
  /// that loses what the workload went on with.
  @Test func whatIsPromisedAfterTheRecoveryIsOwed() throws {
    let scenario = try scenario(goesOn: 1, sabotage: "[{drop: sync, file: log}]")
    let testCase = TestCase(scenario, seed: 1)
    let recording = Recording(testCase)
    let window = CrashWindow(over: recording.disk)
    window.advance(to: recording.created)
    let terms = recording.terms(at: recording.created, in: testCase)
    let judge = Judge(testCase: testCase)
    let lost = window.withDisk(showing: CrashState(point: recording.created, deviations: [])) {
      disk -> Bool in
      let outcome = judge.recover(disk, terms, opens: false)
      guard let history = outcome.history, let prefix = outcome.prefix, outcome.violation == nil else {
        return false
      }
      #expect(history.promised(at: outcome.recoveryEnd) == prefix)
      #expect(history.promised(at: disk.operationCount) == prefix + 1)
      let inner = CrashWindow(over: disk)
      inner.advance(to: inner.lastPoint)
      var sampler = StateSampler(inner, random: testCase.random("states"))
      sampler.draw([.noneKept], budget: 1)
      let innerTerms = terms.afterCrash(at: inner.lastPoint, in: outcome)
      #expect(innerTerms.bounds?.promised == prefix + 1 && innerTerms.bounds?.attempted == prefix + 1)
      guard let state = sampler.states.first?.state else { return false }
      return inner.withDisk(showing: state) { second in
        judge.recover(second, innerTerms, opens: false).violation?.kind == .lostCommit
      }
    }
    #expect(lost)
  }
}
