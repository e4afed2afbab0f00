import Testing
import TextFiles
import TortureCore
import TortureSamples

@testable import TortureCampaign

@Suite struct SummaryTests {
  private func result(_ scenario: String, _ verdict: CaseResult.Verdict, states: Int, violations: Int)
    -> CaseResult
  {
    CaseResult(
      scenario: scenario, seed: 1, verdict: verdict, crashStates: states, recoveryCrashStates: states / 10,
      commits: 2, marks: ["a": states, scenario: 1], violationCount: violations)
  }

  @Test func figuresAddUp() {
    var summary = Summary(names: ["bank", "list", "idle"], seeds: "--runs 2", jobs: 4)
    let results = [
      result("bank", .clean, states: 100, violations: 0),
      result("list", .violation, states: 50, violations: 7),
      result("bank", .trapped, states: 0, violations: 1),
      result("list", .failed, states: 0, violations: 0),
    ]
    for (place, result) in results.enumerated() {
      summary.add(result, place: place, hash: 1 << UInt64(place))
    }
    #expect(summary.resultsDigest == 0b1111)
    #expect(summary.scenarios == 3)
    #expect(summary.total.cases == 4)
    #expect(summary.total.crashStatesExecuted == 150)
    #expect(summary.total.recoveryCrashStatesExecuted == 15)
    #expect(summary.total.violations == 8)
    #expect(summary.total.trapped == 1)
    #expect(summary.total.failed == 1)
    #expect(summary.total.commits == 8)
    #expect(summary.total.marks == ["a": 150, "bank": 2, "list": 2])
    #expect(summary.perScenario["bank"]?.crashStatesExecuted == 100)
    #expect(summary.perScenario["list"]?.violations == 7)
    #expect(summary.perScenario["idle"] == Summary.Figures())
  }

  @Test func timeIsKeptToTheMillisecond() {
    var figures = Summary.Figures()
    figures.add(result("bank", .clean, states: 1000, violations: 0))
    figures.setSeconds(2.00049)
    #expect(figures.seconds == 2)
    #expect(figures.statesPerSecond == 500)
    figures.setSeconds(0)
    #expect(figures.statesPerSecond == 0)
  }

  @Test func theTotalStandsAtTheTop() throws {
    var summary = Summary(names: ["bank"], seeds: "", jobs: 1)
    summary.add(result("bank", .clean, states: 10, violations: 0), place: 0, hash: 7)
    let line = try JSONText.line(summary)
    let beginning = #""crash_states_executed":10,"failed":0,"failure_groups":[],"failures_written":0,"#
    #expect(line.contains(beginning))
    #expect(line.contains("\"scenarios\":1"))
    #expect(try JSONText.decode(Summary.self, from: line) == summary)
  }

  /// How a campaign ends that has one scenario, and with `missed` another one in which nothing was found.
  private func exit(
    _ state: Summary.State = .finished, violations: Int = 0, failed: Int = 0,
    isNondeterministic: Bool = false,
    missed: Bool = false, isCanary: Bool = false
  ) throws -> CommandStatus {
    let folder = try TestFolder()
    let scenarios = try (missed ? ["one", "missed"] : ["one"]).map { try makeScenario($0) }
    let record = CampaignRecord(scenarios, SeedSelection(), isCanary: isCanary, shard: .whole)
    var summary = Summary(record, jobs: 1)
    let report = try ReportFolder(
      at: folder.appending("report"), replayCommand: "replay", summary: summary, narrate: narrateFailure)
    summary.add(
      CaseResult(
        scenario: "one", seed: 1, verdict: violations > 0 ? .violation : failed > 0 ? .failed : .clean,
        violationCount: violations),
      place: 0, hash: 0)
    summary.total.failed = failed
    if isNondeterministic {
      var result = CaseResult(scenario: "one", seed: 2, digest: "a")
      result.difference = CaseDifference(result, CaseResult(scenario: "one", seed: 2, digest: "b"))
      summary.add(result, place: 1, hash: 0)
    }
    summary.state = state
    let outcome = CampaignOutcome(record: record, summary: summary, report: report, out: report.path)
    #expect(outcome.notFound == (isCanary && missed ? ["missed"] : []))
    return outcome.status
  }

  @Test func exitCodes() throws {
    #expect(try exit() == .success)
    #expect(try exit(violations: 1) == .violation)
    #expect(try exit(violations: 1, failed: 1) == .violation)
    #expect(try exit(failed: 1) == .harnessFailure)
    #expect(try exit(violations: 1, isNondeterministic: true) == .nondeterminism)
    #expect(try exit(.interrupted, violations: 1, isNondeterministic: true) == .interrupted)
    #expect(try exit(.failed, violations: 1) == .harnessFailure)
    #expect(try exit(violations: 1, isCanary: true) == .success)
    #expect(try exit(violations: 1, missed: true, isCanary: true) == .violation)
    #expect(CommandStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 64, 130])
  }
}
