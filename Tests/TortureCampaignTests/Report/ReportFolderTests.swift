import FoundationEssentials
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureFailures
import TortureSamples

@testable import TortureCampaign

@Suite struct ReportFolderTests {
  private let folder: TestFolder
  private let summary = Summary(names: ["bank"], seeds: "--seed 1", jobs: 2)

  init() throws {
    folder = try TestFolder()
  }

  private func report(_ name: String = "report") throws -> ReportFolder {
    try ReportFolder(
      at: folder.appending(name), replayCommand: "lrvm-torture replay", summary: summary,
      narrate: narrateFailure)
  }

  /// Appends a result as a campaign does.
  private func append(_ result: CaseResult, to report: inout ReportFolder) throws -> [String] {
    _ = try report.append(line: result)
    return try report.appendFailures(of: result, in: makeScenario("bank"))
  }

  private func complaint(_ name: String) -> String {
    do {
      _ = try report(name)
      return "made"
    } catch {
      return "\(error)"
    }
  }

  private func failing(_ id: String, seed: UInt64 = 1) -> CaseResult {
    CaseResult(
      scenario: "bank", seed: seed, verdict: .violation, crashStates: 100, violationCount: 3,
      findings: [makeFinding(id)])
  }

  @Test func linesAreThereAtOnceAndTheSummaryAtTheEnd() throws {
    var report = try report("some/new/folder")
    let clean = CaseResult(scenario: "bank", seed: 1, crashStates: 10)
    #expect(try append(clean, to: &report).isEmpty)
    let line = try JSONText.line(clean)
    #expect(try folder.read("some/new/folder/results.jsonl") == line + "\n")
    var summary = summary
    #expect(try JSONText.decode(Summary.self, from: folder.read("some/new/folder/summary.json")) == summary)
    summary.add(clean, place: 0, hash: TextHash.of(line))
    summary.state = .finished
    try report.finish(summary)
    #expect(try JSONText.decode(Summary.self, from: folder.read("some/new/folder/summary.json")) == summary)
    #expect(
      try FileTree.list(folder.path.appending("some/new/folder")) == [
        ".lock", "results.jsonl", "summary.json",
      ])
  }

  @Test func aFailureHasAReproducerAndAStory() throws {
    var report = try report()
    let paths = try append(failing("bank-1-17"), to: &report)
    let file = folder.appending("report/failures/bank-1-17/reproducer.json")
    #expect(paths == [file])
    #expect(try Reproducer.read(file).finding == makeFinding("bank-1-17"))
    let story = try folder.read("report/failures/bank-1-17/report.txt")
    for words in [
      "lost-commit: Transaction 3 is missing.", "scenario bank, seed 1",
      "at storage call 17 of the workload",
      "at storage call 2 of recovery 1",
      "lost: bytes 0..<512 of log, by storage call 1 (write 0..<512 of log)",
      "crash state 37 of 100 of the case, chosen by one-lost", "lrvm-torture replay \(file)",
    ] { #expect(story.contains(words), "\(words)") }
  }

  @Test func anEarlierReportIsReplacedAndNothingElseTouched() throws {
    do {
      var first = try report()
      _ = try append(failing("old"), to: &first)
    }
    try TextFile.create(folder.path.appending("report/notes.txt"), "mine")
    var second = try report()
    #expect(try folder.read("report/results.jsonl").isEmpty)
    #expect(
      try FileTree.list(folder.path.appending("report"))
        == [".lock", "notes.txt", "results.jsonl", "summary.json"])
    _ = try append(failing("new"), to: &second)
    #expect(try FileTree.list(folder.path.appending("report/failures")) == ["new"])
    #expect(try folder.read("report/notes.txt") == "mine")
  }

  @Test func aFolderOfSomebodyElseIsLeftAlone() throws {
    let other = folder.path.appending("other")
    try FileTree.makeFolder(other)
    #expect(complaint("other") == "made")
    try FileTree.remove(other)
    for (name, text) in [
      ("thesis.tex", "years of work"), ("results.jsonl", "{}"), ("summary.json", "{\"format\":\"else\"}"),
      ("summary.json", "not JSON"),
    ] {
      try FileTree.makeFolder(other)
      try TextFile.create(other.appending(name), text)
      #expect(complaint("other").contains("was left alone; pass another folder with --out"))
      #expect(try FileTree.list(other) == [name])
      #expect(try TextFile.read(other.appending(name)) == text)
      try FileTree.remove(other)
    }
    try TextFile.create(other, "a file")
    #expect(complaint("other").contains("is not a folder"))
    #expect(complaint("other/below").contains("Not a directory"))
  }

  @Test func aLinkIsRemovedAndNotFollowed() throws {
    do { _ = try report() }
    let victim = folder.path.appending("victim")
    try FileTree.makeFolder(victim)
    try TextFile.create(victim.appending("precious"), "keep")
    try FileManager.default.createSymbolicLink(
      atPath: folder.appending("report/failures"), withDestinationPath: victim.string)
    var again = try report()
    _ = try append(failing("x"), to: &again)
    #expect(try FileTree.list(victim) == ["precious"])
  }

  @Test(arguments: [
    "../../../escape", "/etc/passwd", "..", "a/b", "", "\u{0}x", "ünï", String(repeating: "x", count: 999),
  ])
  func noIdentifierLeavesTheFolder(_ id: String) throws {
    var report = try report()
    let paths = try append(failing(id), to: &report)
    let path = try #require(paths.first)
    #expect(path.hasPrefix(folder.appending("report/failures/")))
    #expect(FilePath(path).components.contains("..") == false)
    #expect(try Reproducer.read(path).finding.id == id)
    #expect(try FileTree.list(folder.path) == ["report"])
    #expect(try FileTree.list(folder.path.appending("report/failures")).count == 1)
  }

  @Test func equalIdentifiersGetFoldersOfTheirOwnAndThereIsALimit() throws {
    var report = try report()
    var written = 0
    for seed in 0..<30 {
      written += try append(failing("same", seed: UInt64(seed)), to: &report).count
    }
    #expect(written == ReportFolder.failuresPerScenarioMax)
    let names = try FileTree.list(folder.path.appending("report/failures"))
    #expect(names.count == written)
    #expect(names.contains("same"))
    #expect(names.contains("same-20"))
    #expect(try folder.read("report/results.jsonl").split(separator: "\n").count == 30)
  }

  @Test func aReportThatVanishesIsAnError() throws {
    var report = try report()
    try FileTree.remove(folder.path.appending("report"))
    try TextFile.create(folder.path.appending("report"), "in the way")
    #expect(throws: ReportError.self) { _ = try append(failing("x"), to: &report) }
    #expect(throws: ReportError.self) { try report.finish(summary) }
  }
}
