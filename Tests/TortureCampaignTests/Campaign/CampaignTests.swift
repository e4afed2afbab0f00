import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureCampaign

/// Campaigns with the worker fixture in real processes.
@Suite struct CampaignTests {
  private struct Run {
    var outcome: CampaignOutcome
    var results: String
    var recording: RecordedConsole
    var folder: TestFolder
  }

  private func run(
    _ scenarios: [Scenario], jobs: Int = 2, caseLimitSeconds: Int = 60,
    detail: CampaignDisplay.Detail = .normal,
    isInterrupted: @escaping @Sendable () -> Bool = { false },
    change: (inout CampaignOptions) -> Void = { _ in }
  ) async throws -> Run {
    let folder = try TestFolder()
    let recording = RecordedConsole()
    var options = CampaignOptions()
    options.jobs = jobs
    options.out = folder.appending("report")
    change(&options)
    let display = CampaignDisplay(recording.console, detail: detail)
    let outcome = try await Campaign(
      scenarios, options, launch: try fixtureLaunch(caseLimitSeconds: caseLimitSeconds), observer: display,
      narrate: narrateFailure, isInterrupted: isInterrupted
    ).run()
    display.show(outcome)
    return Run(
      outcome: outcome, results: try folder.read("report/results.jsonl"), recording: recording, folder: folder
    )
  }

  private func results(_ text: String) throws -> [CaseResult] {
    try text.split(separator: "\n").map { try JSONText.decode(CaseResult.self, from: String($0)) }
  }

  @Test func resultsAreTheSameBytesOnAnyNumberOfJobs() async throws {
    let scenarios = [
      try makeScenario("first", "slow all; violate 4", count: 7),
      try makeScenario("second", "trap 2", count: 4),
    ]
    let one = try await run(scenarios, jobs: 1)
    let three = try await run(scenarios, jobs: 3)
    #expect(one.results == three.results)
    let order = try results(one.results).map { "\($0.scenario) \($0.seed)" }
    #expect(
      order == [
        "first 1", "second 1", "first 2", "second 2", "first 3", "second 3", "first 4", "second 4", "first 5",
        "first 6", "first 7",
      ])
    #expect(one.outcome.status == .violation)
    #expect(one.outcome.summary.total.cases == 11)
    #expect(one.outcome.summary.state == .finished)
  }

  @Test func aCampaignMayStopAtItsFirstFinding() async throws {
    let scenarios = [
      try makeScenario("stopping", "violate 3", count: 7), try makeScenario("other", "", count: 7),
    ]
    let run = try await run(scenarios, jobs: 1, change: { $0.stopsAtFirst = true })
    #expect(
      try results(run.results).map { "\($0.scenario) \($0.seed)" } == [
        "stopping 1", "other 1", "stopping 2", "other 2", "stopping 3",
      ])
    #expect(run.outcome.status == .violation)
    #expect(run.outcome.summary.state == .finished)
  }

  @Test func aTrapCostsItsCaseAloneAndShowsItsStack() async throws {
    let run = try await run([try makeScenario("trapping", "trap 2", count: 4)], jobs: 1)
    let results = try results(run.results)
    #expect(results.map(\.verdict) == [.clean, .trapped, .clean, .clean])
    let trap = try #require(results[1].findings.first?.trap)
    #expect(["SIGILL", "SIGTRAP"].contains(trap.signal))
    #expect(trap.message == "Fatal error: the scenario asks for a trap at seed 2")
    #expect(
      trap.stack.contains {
        $0.function.contains("trap") && $0.text.contains("Tests/Support/WorkerFixture/Main.swift:")
      })
    #expect(!trap.stack.contains { $0.text.contains("0x7f") })
    #expect(trap.place?.function.contains("trap") == true)
    #expect(trap.text.contains("Fatal error: the scenario asks for a trap at seed 2, in "))
    #expect(run.outcome.summary.total.trapped == 1)
    #expect(run.outcome.summary.total.violations == 1)
    #expect(run.outcome.status == .violation)
    let report = try run.folder.read("report/failures/trapping-2-\(trap.signal)/report.txt")
    #expect(report.contains("Tests/Support/WorkerFixture/Main.swift:"))
  }

  @Test func aKilledWorkerAndATimeoutAreCasesThatCouldNotBeJudged() async throws {
    let run = try await run([try makeScenario("dying", "kill 1; hang 2", count: 3)], caseLimitSeconds: 1)
    let results = try results(run.results)
    #expect(results.map(\.verdict) == [.failed, .failed, .clean])
    #expect(results[0].reason == "its process was killed with SIGKILL")
    #expect(results[1].reason == "timed out after 1 s")
    let hang = try #require(results[1].findings.first?.trap)
    #expect(hang.stack.contains { $0.text.contains("Tests/Support/WorkerFixture/Main.swift:") })
    #expect(hang.text.hasPrefix("timed out after 1 s, in "))
    #expect(results[1].violationCount == 0)
    let report = try run.folder.read("report/failures/dying-2-SIGALRM/report.txt")
    #expect(report.contains("Where it was"))
    #expect(run.outcome.status == .harnessFailure)
    #expect(run.recording.output.contains("dying seed 2: timed out after 1 s"))
    #expect(try run.folder.read("report/failures/dying-2-SIGALRM/report.txt").contains("timed out after 1 s"))
  }

  @Test func runawayMemoryCostsItsCaseAlone() async throws {
    let folder = try TestFolder()
    var options = CampaignOptions()
    options.out = folder.appending("report")
    var launch = try fixtureLaunch()
    launch.memoryLimitBytes = 1 << 28
    let outcome = try await Campaign(
      [try makeScenario("hungry", "devour 2")], options, launch: launch,
      observer: CampaignDisplay(RecordedConsole().console), narrate: narrateFailure, isInterrupted: { false }
    ).run()
    let results = try results(folder.read("report/results.jsonl"))
    #expect(results.map(\.verdict) == [.clean, .trapped, .clean])
    let trap = try #require(results[1].findings.first?.trap)
    #expect(trap.stack.contains { $0.function.contains("devour") }, "\(trap)")
    #expect(outcome.status == .violation)
  }

  @Test func whatACasePrintsDoesNotReachTheCampaign() async throws {
    let run = try await run([try makeScenario("printing", "print all")])
    #expect(try results(run.results).map(\.verdict) == [.clean, .clean, .clean])
  }

  @Test func aWorkerThatLeavesOrLiesFailsTheHarness() async throws {
    for (behaviour, words) in [
      ("leave 2", "ended in the middle of a case"), ("impersonate 2", "answered something else"),
    ] {
      let scenario = try makeScenario("broken", behaviour)
      await #expect {
        _ = try await run([scenario], jobs: 1)
      } throws: { error in
        "\(error)".contains(words)
      }
    }
  }

  @Test func aWorkerThatDiesAfterItsAnswerIsNotBlamedOnTheNextCase() async throws {
    let folder = try TestFolder()
    var options = CampaignOptions()
    options.out = folder.appending("report")
    let campaign = Campaign(
      [try makeScenario("fainting", "faint 2", count: 4)], options, launch: try fixtureLaunch(),
      observer: CampaignDisplay(RecordedConsole().console), narrate: narrateFailure, isInterrupted: { false })
    await #expect {
      _ = try await campaign.run()
    } throws: { error in
      (error as? CampaignError)?.status == .harnessFailure
        && "\(error)".contains(
          "a worker died after answering fainting, seed 2: its process was killed with SIGKILL")
    }
    let results = try results(folder.read("report/results.jsonl"))
    #expect(results.map(\.seed) == [1, 2] && results.allSatisfy { $0.verdict == .clean })
  }

  @Test func aWorkerThatDoesNotStartFailsTheHarness() async throws {
    let folder = try TestFolder()
    var options = CampaignOptions()
    options.out = folder.appending("report")
    let missing = WorkerLaunch(executable: FilePath(folder.appending("missing")), arguments: [])
    for (launch, words) in [
      (missing, "does not start"), (try fixtureLaunch(["--refuse-to-start"]), "not today"),
    ] {
      let campaign = Campaign(
        [try makeScenario("any")], options, launch: launch,
        observer: CampaignDisplay(RecordedConsole().console), narrate: narrateFailure,
        isInterrupted: { false })
      await #expect {
        _ = try await campaign.run()
      } throws: { error in
        "\(error)".contains(words)
      }
      let summary = try JSONText.decode(Summary.self, from: folder.read("report/summary.json"))
      #expect(summary.state == .failed)
    }
  }

  @Test func doublecheckTellsWhatDiffers() async throws {
    let scenarios = [try makeScenario("steady"), try makeScenario("shaky", "differ 2")]
    let run = try await run(scenarios, jobs: 1, change: { $0.doublecheck = true })
    #expect(run.outcome.status == .nondeterminism)
    let found = run.outcome.summary.nondeterminism
    #expect(found.count == 1 && found.cases.count == 1)
    let entry = try #require(found.cases.first)
    #expect(entry.scenario == "shaky" && entry.seed == 2 && entry.difference.fields == ["digest"])
    #expect(entry.difference.otherDigest != entry.digest)
    #expect(run.recording.output.contains("nondeterminism: shaky, seed 2: two runs differ in digest"))
    #expect(run.outcome.summary.total.cases == 6)
  }

  @Test func manyDifferencesAreCounted() async throws {
    let scenario = try makeScenario("shaky", "differ all", count: 25)
    let run = try await run([scenario], change: { $0.doublecheck = true })
    #expect(run.outcome.summary.nondeterminism.cases.count == 20)
    #expect(run.outcome.summary.nondeterminism.count == 25)
    #expect(run.recording.lines.contains("nondeterminism: 5 more cases differ"))
  }

  @Test func doublecheckTakesATrapForEqual() async throws {
    let run = try await run([try makeScenario("trapping", "trap 2")], change: { $0.doublecheck = true })
    #expect(run.outcome.summary.nondeterminism.count == 0)
    #expect(run.outcome.status == .violation)
  }

  @Test func canaryLeavesAScenarioAloneOnceItIsFound() async throws {
    let scenarios = [
      try makeScenario("early", "violate 2 3; slow all", count: 50),
      try makeScenario("trapper", "trap 1", count: 5),
    ]
    for jobs in [1, 4] {
      let run = try await run(scenarios, jobs: jobs, change: { $0.canary = true })
      #expect(run.outcome.status == .success)
      #expect(
        try results(run.results).map { "\($0.scenario) \($0.seed)" } == ["early 1", "trapper 1", "early 2"])
      // 101 crash states of seed 1, and 37 of seed 2.
      let line = "found  early  seed 2 after 138 crash states: lost-commit: Transaction 3 is missing."
      #expect(run.recording.lines.contains(line))
    }
  }

  @Test func canaryNamesWhatItDidNotFind() async throws {
    let scenarios = [try makeScenario("found", "violate 1"), try makeScenario("missed")]
    let run = try await run(scenarios, change: { $0.canary = true })
    #expect(run.outcome.notFound == ["missed"])
    #expect(run.outcome.status == .violation)
    #expect(run.recording.output.contains("not found  missed  in 3 cases and 306 crash states"))
  }

  @Test func anInterruptedCampaignKeepsItsResults() async throws {
    let run = try await run(
      [try makeScenario("endless", "hang 3", count: 3)], jobs: 2, isInterrupted: { true })
    #expect(run.outcome.status == .interrupted)
    #expect(run.outcome.summary.state == .interrupted)
    let results = try results(run.results)
    #expect(results.count <= 2)
    #expect(results.allSatisfy { $0.seed < 3 })
    #expect(run.recording.output.contains(", interrupted ("))
  }

  @Test func theLastLineReplaysTheFirstFailure() async throws {
    let run = try await run(
      [try makeScenario("failing", "violate 2 3")], change: { $0.program = "./my build/lrvm-torture" })
    let reproducer = run.folder.appending("report/failures/failing-2-17-ab/reproducer.json")
    #expect(run.recording.lines.suffix(2) == ["'./my build/lrvm-torture' replay \(reproducer)", ""])
    #expect(try Reproducer.read(reproducer).seed == 2)
    #expect(run.outcome.summary.failuresWritten == 2)
  }

  @Test func verboseShowsACaseALineAndQuietTheResultOnly() async throws {
    let scenario = try makeScenario("calm")
    let verbose = try await run([scenario], detail: .verbose)
    #expect(verbose.recording.lines.filter { $0.hasPrefix("case ") }.count == 3)
    #expect(verbose.recording.output.contains("never reached: never"))
    let quiet = try await run([scenario], detail: .quiet)
    #expect(quiet.recording.lines.count == 2)
    #expect(quiet.recording.output.hasPrefix("Nothing found (306 crash states of 3 cases in "))
    #expect(quiet.recording.status.isEmpty)
  }
}
