import Foundation
import SystemPackage
import Testing

@testable import Torture

/// Shards with the worker fixture in real processes, merged, held against the unsharded run.
@Suite struct ReportMergeTests {
  private let folder: TestFolder
  private let scenarios: [Scenario]

  init() throws {
    folder = try TestFolder()
    scenarios = [
      try makeScenario("first", "violate 2 4 7", count: 9), try makeScenario("second", "trap 3", count: 4),
      try makeScenario("third", count: 1),
    ]
  }

  private func run(_ name: String, _ shard: String? = nil, runs: Int? = nil) async throws {
    var options = CampaignOptions()
    options.jobs = 2
    options.out = folder.appending(name)
    options.seeds.runs = runs
    if let shard { options.shard = try #require(Shard(shard)) }
    _ = try await Campaign(
      scenarios, options, launch: try fixtureLaunch(), display: CampaignDisplay(Recording().console),
      isInterrupted: { false }
    ).run()
  }

  private func merge(_ names: [String], _ out: String) async throws -> (CommandStatus, String) {
    let recording = Recording()
    var options = MergeOptions()
    options.out = folder.appending(out)
    options.hasTimes = false
    let status = await TortureCommand.merge(
      names.map(folder.appending), options, console: recording.console, launch: try fixtureLaunch())
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
        #expect(told.contains("results were in more than one of them"))
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
    try await expectRefusal(["a", "b"], "merged", "is no result of its campaign")
    try FileTree.replace(root.appending("results.jsonl"), with: results)
    let summary = try folder.read("b/summary.json")
    try FileTree.replace(
      root.appending("summary.json"), with: summary.replacing("\"finished\"", with: "\"running\""))
    try await expectRefusal(["a", "b"], "merged", "has not ended")
    try FileTree.replace(root.appending("summary.json"), with: summary)
    let (status, _) = try await merge(["a", "b"], "merged")
    #expect(status == .violation)
  }

  @Test func theHeapGivesWhatASortGives() {
    var random = SplitMix64(seed: 11)
    for _ in 0..<200 {
      var queues = (0..<Int(random.next() % 6) + 1).map { _ in
        (0..<Int(random.next() % 9)).map { _ in Int(random.next() % 50) }.sorted()
      }
      let wanted = queues.flatMap { $0 }.sorted()
      var heap = InputHeap(queues.map { $0.first ?? .max }, sizes: queues.map(\.count))
      var found: [Int] = []
      while let index = heap.first, let place = queues[index].first {
        found.append(place)
        queues[index].removeFirst()
        heap.replaceFirst(with: queues[index].first ?? .max)
      }
      #expect(found == wanted)
    }
  }
}
