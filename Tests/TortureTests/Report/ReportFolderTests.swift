import FoundationEssentials
import SystemPackage
import Testing

@testable import Torture

@Suite struct ReportFolderTests {
  private let folder: TestFolder
  private let summary = Summary(names: ["bank"], seeds: "--seed 1", jobs: 2)

  init() throws {
    folder = try TestFolder()
  }

  private func report(_ name: String = "report") throws -> ReportFolder {
    try ReportFolder(at: folder.appending(name), replayCommand: "lrvm-torture replay", summary: summary)
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
    #expect(try report.append(clean, of: makeScenario("bank")).isEmpty)
    let line = try JSONText.line(clean)
    #expect(try folder.read("some/new/folder/results.jsonl") == line + "\n")
    var summary = summary
    #expect(try JSONText.decode(Summary.self, from: folder.read("some/new/folder/summary.json")) == summary)
    summary.add(clean)
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
    let paths = try report.append(failing("bank-1-17"), of: makeScenario("bank"))
    let file = folder.appending("report/failures/bank-1-17/reproducer.json")
    #expect(paths == [file])
    #expect(try Reproducer.read(file).finding == makeFinding("bank-1-17"))
    let story = try folder.read("report/failures/bank-1-17/report.txt")
    for words in [
      "lost-commit: Transaction 3 is missing.", "scenario bank, seed 1",
      "at storage operation 17 of the workload",
      "at storage operation 2 of recovery 1", "the write of 512 bytes to 'log' is lost",
      "crash state 37 of 100 of the case, chosen by one-lost", "lrvm-torture replay \(file)",
    ] { #expect(story.contains(words), "\(words)") }
  }

  @Test func anEarlierReportIsReplacedAndNothingElseTouched() throws {
    do {
      var first = try report()
      _ = try first.append(failing("old"), of: makeScenario("bank"))
    }
    try TextFile.create(folder.path.appending("report/notes.txt"), "mine")
    var second = try report()
    #expect(try folder.read("report/results.jsonl").isEmpty)
    #expect(
      try FileTree.list(folder.path.appending("report"))
        == [".lock", "notes.txt", "results.jsonl", "summary.json"])
    _ = try second.append(failing("new"), of: makeScenario("bank"))
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
      #expect(complaint("other").contains("is left alone; pass another folder with --out"))
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
    _ = try again.append(failing("x"), of: makeScenario("bank"))
    #expect(try FileTree.list(victim) == ["precious"])
  }

  @Test(arguments: [
    "../../../escape", "/etc/passwd", "..", "a/b", "", "\u{0}x", "ünï", String(repeating: "x", count: 999),
  ])
  func noIdentifierLeavesTheFolder(_ id: String) throws {
    var report = try report()
    let paths = try report.append(failing(id), of: makeScenario("bank"))
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
      written += try report.append(failing("same", seed: UInt64(seed)), of: makeScenario("bank")).count
    }
    #expect(written == ReportFolder.failuresPerScenarioMax)
    let names = try FileTree.list(folder.path.appending("report/failures"))
    #expect(names.count == written)
    #expect(names.contains("same"))
    #expect(names.contains("same-20"))
    #expect(try folder.read("report/results.jsonl").split(separator: "\n").count == 30)
  }

  @Test func aFullDiskIsAnErrorThatNamesTheFile() throws {
    // /dev/full refuses every write with ENOSPC.
    do {
      let full = try FileDescriptor.open(FilePath("/dev/full"), .writeOnly)
      try full.closeAfter { _ = try full.writeAll("x".utf8) }
      Issue.record("/dev/full took a byte")
    } catch {
      let told = FileAccessError("write", "reports/latest/results.jsonl", error)
      #expect("\(told)" == "cannot write 'reports/latest/results.jsonl': No space left on device")
    }
  }

  @Test func aReportThatVanishesIsAnError() throws {
    var report = try report()
    try FileTree.remove(folder.path.appending("report"))
    try TextFile.create(folder.path.appending("report"), "in the way")
    #expect(throws: ReportError.self) { _ = try report.append(failing("x"), of: makeScenario("bank")) }
    #expect(throws: ReportError.self) { try report.finish(summary) }
  }
}
