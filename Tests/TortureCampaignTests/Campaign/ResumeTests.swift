import FoundationEssentials
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureCampaign

/// Campaigns that were cut off anywhere and go on, with the worker fixture in real processes.
@Suite struct ResumeTests {
  private let folder: TestFolder
  private let scenarios: [Scenario]

  init() throws {
    folder = try TestFolder()
    scenarios = [
      try makeScenario("first", "violate 2 4", count: 5),
      try makeScenario("second", "trap 2; hang 9", count: 3),
    ]
  }

  private func run(
    _ name: String, of others: [Scenario]? = nil, resume: Bool = false,
    _ change: (inout CampaignOptions) -> Void = { _ in }
  ) async throws -> CampaignOutcome {
    var options = CampaignOptions()
    options.jobs = 2
    options.out = folder.appending(name)
    options.isResumed = resume
    change(&options)
    return try await Campaign(
      others ?? scenarios, options, launch: try fixtureLaunch(),
      observer: CampaignDisplay(RecordedConsole().console),
      narrate: narrateFailure, isInterrupted: { false }
    ).run()
  }

  /// What must be equal in two reports of the same cases: all but the times and the folders' names.
  private func content(_ name: String) throws -> [String] {
    var summary = try JSONText.decode(Summary.self, from: folder.read("\(name)/summary.json"))
    summary.total.setSeconds(0)
    for scenario in summary.perScenario.keys { summary.perScenario[scenario]?.setSeconds(0) }
    summary.progress = ProgressSeries()
    let failures = folder.path.appending("\(name)/failures")
    let stories = try FileTree.list(failures).flatMap { id in
      try ["report.txt", "reproducer.json"].map { file in
        "\(id) \(file) "
          + (try folder.read("\(name)/failures/\(id)/\(file)")).replacing("/\(name)/", with: "/")
      }
    }
    return [try folder.read("\(name)/results.jsonl"), try JSONText.document(summary)] + stories
  }

  /// Leaves of a finished report what a kill could have left: `results`, what waited, and a summary of the beginning.
  private func cut(
    _ name: String, of others: [Scenario]? = nil, results: String, ahead: String?, cases: Int
  ) throws {
    let root = folder.path.appending(name)
    var summary = Summary(
      CampaignRecord(others ?? scenarios, SeedSelection(), isCanary: false, shard: .whole), jobs: 2)
    summary.total.cases = cases
    try FileTree.replace(root.appending("summary.json"), with: JSONText.document(summary))
    try FileTree.replace(root.appending("results.jsonl"), with: results)
    if let ahead { try FileTree.replace(root.appending("ahead.jsonl"), with: ahead) }
  }

  @Test func aKillAnywhereLosesNothingThatWasWritten() async throws {
    _ = try await run("whole")
    let wanted = try content("whole")
    let results = try folder.read("whole/results.jsonl")
    let lines = results.split(separator: "\n").map { $0 + "\n" }
    for kept in 0...lines.count {
      for tail in ["", String(lines[kept % lines.count].dropLast(7))] {
        // The case after the next was faster than the next, and half of another line had been written.
        let ahead = lines.dropFirst(kept + 1).prefix(1).joined() + "{\"commits\":1,"
        try cut("whole", results: lines.prefix(kept).joined() + tail, ahead: ahead, cases: 0)
        let outcome = try await run("whole", resume: true)
        #expect(outcome.status == .violation)
        #expect(try content("whole") == wanted, "after \(kept) lines and '\(tail.prefix(9))'")
        #expect(!(try FileTree.list(folder.path.appending("whole"))).contains("ahead.jsonl"))
      }
    }
  }

  @Test func aResumedRunOfNothingBeginsAnew() async throws {
    _ = try await run("whole")
    _ = try await run("other", resume: true)
    #expect(try content("other") == content("whole"))
  }

  @Test func aCanaryGoesOn() async throws {
    func canary(_ options: inout CampaignOptions) { options.canary = true }
    _ = try await run("whole", canary)
    let wanted = try content("whole")
    let lines = try folder.read("whole/results.jsonl").split(separator: "\n").map { $0 + "\n" }
    for kept in 0...lines.count {
      try cut("whole", results: lines.prefix(kept).joined(), ahead: nil, cases: 0)
      let outcome = try await run("whole", resume: true, canary)
      #expect(outcome.status == .success)
      #expect(try content("whole") == wanted)
    }
  }

  @Test func anotherCampaignIsRefusedAndNothingIsTouched() async throws {
    _ = try await run("whole")
    let wanted = try content("whole")
    let changes: [(String, @Sendable (inout CampaignOptions) -> Void)] = [
      ("their seeds differ", { $0.seeds.runs = 9 }),
      ("only one of them has --canary", { $0.canary = true }),
      ("one is the shard 1/1, the other 1/2", { $0.shard = Shard("1/2") ?? .whole }),
    ]
    for (words, change) in changes {
      await #expect {
        _ = try await run("whole", resume: true, change)
      } throws: { error in
        (error as? CampaignError)?.status == .usage && "\(error)".contains(words)
      }
    }
    #expect(try content("whole") == wanted)
  }

  @Test func damageIsRefusedAndNothingIsTouched() async throws {
    _ = try await run("whole")
    let results = try folder.read("whole/results.jsonl")
    let summary = try folder.read("whole/summary.json")
    let lines = results.split(separator: "\n").map { $0 + "\n" }
    let stranger = results.replacing("\"scenario\":\"first\"", with: "\"scenario\":\"third\"")
    let damages: [(String, String)] = [
      (String(results.dropLast(9)), "was cut short"),
      (lines.dropLast().joined(), "was cut short: it has 7 results"),
      (lines[0] + "nonsense\n" + lines.dropFirst(2).joined(), "line 2 of"),
      (lines[0] + results, "line 2 of"),
      (results + lines[3], "repeats "),
      (stranger, "is of another campaign"),
    ]
    for (text, words) in damages {
      try FileTree.replace(folder.path.appending("whole/results.jsonl"), with: text)
      await #expect {
        _ = try await run("whole", resume: true)
      } throws: { error in
        (error as? CampaignError)?.status == .usage && "\(error)".contains(words)
      }
      #expect(try folder.read("whole/results.jsonl") == text)
      #expect(try folder.read("whole/summary.json") == summary)
      #expect(try FileTree.list(folder.path.appending("whole/failures")).count == 3)
    }
  }

  @Test func aLimitedRunIsWrittenInTheOrderOfAnUnlimitedOne() async throws {
    _ = try await run("whole")
    _ = try await run("limited") {
      $0.statesMax = 1_000_000
      $0.shares = ["first": 5]
    }
    #expect(try content("limited") == content("whole"))
    // Not the outcome itself, with which the folder is still in use.
    let cases = try await run("few") { $0.statesMax = 150 }.summary.total.cases
    #expect((2...4).contains(cases))
    _ = try await run("few", resume: true)
    #expect(try content("few") == content("whole"))
  }

  /// Beyond the first 20 failures of a scenario only the first of a group has a folder.
  @Test func theFolderOfAGroupThatIsMetLateIsKept() async throws {
    let violating = (1...24).map(String.init).joined(separator: " ")
    let late = [try makeScenario("late", "violate \(violating); tear 25 26", count: 27)]
    _ = try await run("whole", of: late)
    let wanted = try content("whole")
    let folders = try FileTree.list(folder.path.appending("whole/failures"))
    #expect(folders.count == ReportFolder.failuresPerScenarioMax + 1 && folders.contains("late-25-17-ab"))
    let results = try folder.read("whole/results.jsonl")
    let lines = results.split(separator: "\n").map { $0 + "\n" }
    for kept in [3, 22, 25, 27] {
      try cut("whole", of: late, results: lines.prefix(kept).joined(), ahead: nil, cases: 0)
      let outcome = try await run("whole", of: late, resume: true)
      #expect(try content("whole") == wanted, "after \(kept) lines")
      // The first of each group is there to be drawn.
      #expect(
        outcome.summary.groups.all.map { outcome.report.toldGroups[$0.fingerprint]?.path } == [
          "failures/late-1-17-ab/reproducer.json", "failures/late-25-17-ab/reproducer.json",
        ])
    }
  }

  @Test func whatTwoRunsDifferInIsKept() async throws {
    let shaky = [try makeScenario("shaky", "differ 2", count: 4)]
    func doublecheck(_ options: inout CampaignOptions) { options.doublecheck = true }
    _ = try await run("whole", of: shaky, doublecheck)
    let lines = try folder.read("whole/results.jsonl").split(separator: "\n").map { $0 + "\n" }
    for kept in [2, 3, 4] {
      try cut("whole", of: shaky, results: lines.prefix(kept).joined(), ahead: nil, cases: 0)
      let outcome = try await run("whole", of: shaky, resume: true, doublecheck)
      #expect(outcome.status == .nondeterminism)
      #expect(try folder.read("whole/results.jsonl") == lines.joined())
      let summary = try JSONText.decode(Summary.self, from: folder.read("whole/summary.json"))
      #expect(summary.nondeterminism.count == 1)
      let found = try #require(summary.nondeterminism.cases.first)
      #expect(found.scenario == "shaky" && found.seed == 2 && found.difference.fields == ["digest"])
    }
  }

  @Test func aRunThatStoppedAtItsFirstFindingStaysStopped() async throws {
    let stopping = [try makeScenario("stopping", "violate 3", count: 7)]
    func stop(_ options: inout CampaignOptions) {
      options.jobs = 1
      options.stopsAtFirst = true
    }
    _ = try await run("whole", of: stopping, stop)
    let wanted = try content("whole")
    #expect(try folder.read("whole/results.jsonl").split(separator: "\n").count == 3)
    let outcome = try await run("whole", of: stopping, resume: true, stop)
    #expect(outcome.status == .violation)
    #expect(try content("whole") == wanted)
  }

  /// A run that was killed while it sorted leaves the sorted lines so far.
  @Test(arguments: [false, true]) func whatAKilledSortLeftGoes(resume: Bool) async throws {
    _ = try await run("whole")
    let wanted = try content("whole")
    try FileTree.replace(folder.path.appending("whole/results.jsonl.new"), with: "{\"commits\":4,")
    _ = try await run("whole", resume: resume)
    #expect(try content("whole") == wanted)
    #expect(!(try FileTree.list(folder.path.appending("whole"))).contains("results.jsonl.new"))
  }

  @Test func twoRunsInOneFolderAreRefused() async throws {
    _ = try await run("whole")
    let wanted = try content("whole")
    let lock = try ReportLock(folder.path.appending("whole"))
    for resume in [false, true] {
      await #expect {
        _ = try await run("whole", resume: resume)
      } throws: { error in
        (error as? CampaignError)?.status == .usage
          && "\(error)".contains("another run is writing the report")
      }
    }
    #expect(try content("whole") == wanted)
    withExtendedLifetime(lock) {}
  }
}
