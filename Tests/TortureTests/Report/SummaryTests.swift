import Testing

@testable import Torture

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
    summary.add(result("bank", .clean, states: 100, violations: 0))
    summary.add(result("list", .violation, states: 50, violations: 7))
    summary.add(result("bank", .trapped, states: 0, violations: 1))
    summary.add(result("list", .failed, states: 0, violations: 0))
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
    summary.add(result("bank", .clean, states: 10, violations: 0))
    let line = try JSONText.line(summary)
    let beginning = #""crash_states_executed":10,"failed":0,"failure_groups":[],"failures_written":0,"#
    #expect(line.contains(beginning))
    #expect(line.contains("\"scenarios\":1"))
    #expect(try JSONText.decode(Summary.self, from: line) == summary)
  }

  private func exit(
    _ state: Summary.State = .finished, violations: Int = 0, failed: Int = 0, differences: [String] = [],
    notFound: [String] = [], isCanary: Bool = false
  ) -> CommandStatus {
    var summary = Summary(names: [], seeds: "", jobs: 1)
    summary.state = state
    summary.total.violations = violations
    summary.total.failed = failed
    return CampaignOutcome(
      summary: summary, scenarioNames: [], out: "", differences: differences,
      differencesCount: differences.count, notFound: notFound,
      isCanary: isCanary
    ).status
  }

  @Test func exitCodes() {
    #expect(exit() == .success)
    #expect(exit(violations: 1) == .violation)
    #expect(exit(violations: 1, failed: 1) == .violation)
    #expect(exit(failed: 1) == .harnessFailure)
    #expect(exit(violations: 1, differences: ["d"]) == .nondeterminism)
    #expect(exit(.interrupted, violations: 1, differences: ["d"]) == .interrupted)
    #expect(exit(.failed, violations: 1) == .harnessFailure)
    #expect(exit(violations: 1, isCanary: true) == .success)
    #expect(exit(violations: 1, notFound: ["x"], isCanary: true) == .violation)
    #expect(CommandStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 64, 130])
  }
}

@Suite struct CaseResultTests {
  @Test func keysAreInSnakeCaseAndSorted() throws {
    let result = CaseResult(scenario: "bank", seed: 7, crashStates: 3, marks: ["b": 1, "a": 0])
    let line = try JSONText.line(result)
    #expect(
      line == """
        {"commits":0,"crash_points":0,"crash_states":3,"digest":"","marks":{"a":0,"b":1},"operations":0,\
        "recovery_crash_states":0,"scenario":"bank","seed":7,"storage_operations":0,"verdict":"clean",\
        "violation_count":0,"violations":[]}
        """)
    #expect(try JSONText.decode(CaseResult.self, from: line) == result)
  }

  @Test func everyDifferenceIsNamed() {
    let result = CaseResult(scenario: "bank", seed: 7)
    #expect(result.differences(from: result).isEmpty)
    var other = CaseResult(
      scenario: "list", seed: 8, verdict: .failed, operations: 1, storageOperations: 1, crashPoints: 1,
      crashStates: 1,
      recoveryCrashStates: 1, commits: 1, digest: "d", marks: ["m": 1], violationCount: 1,
      findings: [makeFinding("f")], reason: "r")
    other.coverage = Coverage()
    #expect(Set(result.differences(from: other)) == Set(CaseResult.CodingKeys.allCases.map(\.rawValue)))
  }
}
