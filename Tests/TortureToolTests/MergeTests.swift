import Foundation
import SystemPackage
import Testing
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureTool

/// Shards with the worker fixture in real processes, merged, held against the unsharded run.
@Suite struct MergeTests {
  private let folder: TestFolder
  private let scenarios: [Scenario]

  init() throws {
    folder = try TestFolder()
    scenarios = [
      try makeScenario("first", "violate 2 4 7", count: 9), try makeScenario("second", "trap 3", count: 4),
      try makeScenario("third", count: 1),
    ]
  }

  private func run(
    _ name: String, _ shard: String? = nil, runs: Int? = nil, _ others: [Scenario]? = nil,
    launch: WorkerLaunch? = nil
  ) async throws {
    var options = CampaignOptions()
    options.jobs = 2
    options.out = folder.appending(name)
    options.seeds.runs = runs
    if let shard { options.shard = try #require(Shard(shard)) }
    _ = try await Campaign(
      others ?? scenarios, options, launch: try launch ?? fixtureLaunch(),
      observer: CampaignDisplay(RecordedConsole().console),
      narrate: narrateFailure, isInterrupted: { false }
    ).run()
  }

  private func merge(
    _ names: [String], _ out: String, launch: WorkerLaunch? = nil
  ) async throws -> (CommandStatus, String) {
    let recording = RecordedConsole()
    var options = MergeOptions()
    options.out = folder.appending(out)
    options.hasTimes = false
    let status = await TortureCommand.merge(
      names.map(folder.appending), options, console: recording.console, launch: try launch ?? fixtureLaunch())
    return (status, recording.output + recording.status)
  }

  /// All files of a report but for times and for the folder's own name.
  private func content(_ name: String) throws -> [String: String] {
    var files: [String: String] = [:]
    let root = folder.appending(name)
    let all = try #require(FileManager.default.enumerator(atPath: root))
    for case let path as String in all {
      guard let text = try? folder.read("\(name)/\(path)") else { continue }
      files[path] = text.replacing("/\(name)/", with: "/")
    }
    var summary = try JSONText.decode(Summary.self, from: folder.read("\(name)/summary.json"))
    summary.progress = ProgressSeries()
    summary.total.setSeconds(0)
    for scenario in summary.perScenario.keys { summary.perScenario[scenario]?.setSeconds(0) }
    files["summary.json"] = try JSONText.document(summary)
    return files
  }

  @Test func mergedShardsAreTheUnshardedRun() async throws {
    try await run("whole")
    _ = try await merge(["whole"], "wanted")
    let wanted = try content("wanted")
    #expect(
      wanted.keys.contains("report.html") && wanted.keys.contains("failures/first-2-17-ab/reproducer.json"))
    #expect(try content("wanted")["results.jsonl"] == content("whole")["results.jsonl"])
    for count in [1, 2, 3, 5, 20] {
      let names = (1...count).map { "\(count)-\($0)" }
      for (index, name) in names.enumerated() { try await run(name, "\(index + 1)/\(count)") }
      for order in [names, names.reversed(), names.shuffled() + names.prefix(1)] {
        let (status, told) = try await merge(order, "merged")
        #expect(status == .violation)
        #expect(told.contains("shard 1/1"))
        #expect(try content("merged") == wanted, "\(order)")
      }
    }
  }

  @Test func mergingIsAssociativeAndDuplicatesCountOnce() async throws {
    try await run("whole")
    _ = try await merge(["whole"], "wanted")
    for number in 1...4 { try await run("s\(number)", "\(number)/4") }
    #expect(try await merge(["s3", "s1"], "odd").1.contains("shard 1,3/4"))
    _ = try await merge(["s2", "s3", "s4"], "late")
    _ = try await merge(["s1", "s2"], "early")
    for names in [
      ["odd", "s2", "s4"], ["s1", "late"], ["early", "late", "odd"], ["late", "early", "s3"],
      ["odd", "whole"],
    ] {
      let (_, told) = try await merge(names, "merged")
      #expect(try content("merged") == content("wanted"), "\(names)")
      if names.count == 3, names[2] == "odd" {
        #expect(told.contains("11 results in more than one of them"))
      }
    }
  }

  @Test func aCopyOfAFolderCountsOnce() async throws {
    try await run("whole")
    _ = try await merge(["whole"], "wanted")
    try FileManager.default.copyItem(atPath: folder.appending("whole"), toPath: folder.appending("copy"))
    _ = try await merge(["copy", "whole"], "merged")
    #expect(try content("merged") == content("wanted"))
    let summary = try JSONText.decode(Summary.self, from: folder.read("merged/summary.json"))
    let whole = try JSONText.decode(Summary.self, from: folder.read("whole/summary.json"))
    #expect(summary.progress == whole.progress)
  }

  /// The crash states of one missing sync look different, and each shard meets some of them.
  @Test func shardsJoinGroupsOfOneCause() async throws {
    let unsynced = try Samples.read(
      """
      name: unsynced
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}, {name: b.seg, length: 4096}]
      workload: {kind: bytes, transactions: 4, range_length_max: 20}
      crash: {points: every, states_per_point: 6, recovery_depth: 0}
      faults: none
      seeds: {first: 7, count: 4}
      sabotage: [{drop: sync, file: log}]
      """)
    func summary(_ name: String) throws -> Summary {
      try JSONText.decode(Summary.self, from: folder.read("\(name)/summary.json"))
    }
    for (name, shard) in [("whole", nil), ("s1", "1/2"), ("s2", "2/2")] as [(String, String?)] {
      try await run(name, shard, [unsynced], launch: commandLaunch())
    }
    _ = try await merge(["s2", "s1"], "merged", launch: commandLaunch())
    let wanted = try summary("whole").groups
    #expect(try summary("merged").groups == wanted)
    var apart = FailureGroups()
    for (place, line) in try folder.read("whole/results.jsonl").split(separator: "\n").enumerated() {
      apart.add(try JSONText.decode(CaseResult.self, from: String(line)), place: place)
    }
    #expect(wanted.count < apart.count)
    // Something for the merge to join: the shards have more groups together than the whole.
    #expect((try summary("s1").groups + summary("s2").groups).count > wanted.count)
    #expect(wanted.all.contains { $0.missing?.subject == "log" })
  }

  @Test func whatDoesNotBelongTogetherIsRefused() async throws {
    try await run("a", "1/2")
    try await run("b", "2/2")
    try await run("c", "1/3")
    try await run("d", "2/2", runs: 2)
    let before = try content("a")
    func expectRefusal(_ names: [String], _ out: String = "merged", _ words: String) async throws {
      let (status, told) = try await merge(names, out)
      #expect(status == .usage, "\(told)")
      #expect(told.contains(words), "\(told)")
      #expect(try content("a") == before)
    }
    try await expectRefusal(["a", "c"], "merged", "split into 2 and 3 shards")
    try await expectRefusal(["a", "d"], "merged", "their seeds differ")
    try await expectRefusal(["a", "missing"], "merged", "holds no report")
    try await expectRefusal(["a", "b"], "a", "cannot take its place")
    let record = try folder.read("b/campaign.json")
    let root = folder.path.appending("b")
    for (change, words) in [
      (
        record.replacing("\"version\" : \"\(TortureVersion.current)\"", with: "\"version\" : \"0.0.9\""),
        "of version 0.0.9"
      ),
      (
        record.replacing("\"transactions\" : 10", with: "\"transactions\" : 11"), "the scenario first differs"
      ),
      (
        record.replacing("\"name\" : \"third\"", with: "\"name\" : \"fourth\""),
        "only one of them has fourth, third"
      ),
      ("{", "it is not JSON"),
    ] {
      try FileTree.replace(root.appending("campaign.json"), with: change)
      try await expectRefusal(["a", "b"], "merged", words)
    }
    try FileTree.replace(root.appending("campaign.json"), with: record)
    let results = try folder.read("b/results.jsonl")
    let lines = results.split(separator: "\n").map { $0 + "\n" }
    for text in [
      String(results.dropLast(5)), lines.dropLast().joined(),
      results.replacing("\"commits\":4", with: "\"commits\":5"),
    ] {
      try FileTree.replace(root.appending("results.jsonl"), with: text)
      try await expectRefusal(["a", "b"], "merged", "was cut short or changed")
    }
    try FileTree.replace(root.appending("results.jsonl"), with: lines.reversed().joined())
    try await expectRefusal(["a", "b"], "merged", "is not in order")
    try FileTree.replace(root.appending("results.jsonl"), with: lines[0] + "nonsense\n")
    try await expectRefusal(["a", "b"], "merged", "is not a result of its campaign")
    try FileTree.replace(root.appending("results.jsonl"), with: results)
    let summary = try folder.read("b/summary.json")
    try FileTree.replace(
      root.appending("summary.json"), with: summary.replacing("\"finished\"", with: "\"running\""))
    try await expectRefusal(["a", "b"], "merged", "has not ended")
    try FileTree.replace(root.appending("summary.json"), with: summary)
    let (status, _) = try await merge(["a", "b"], "merged")
    #expect(status == .violation)
  }
}
