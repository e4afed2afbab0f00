import FaultFS
import Foundation
import LRVMTorture
import ProgramTorture
import SQLiteStore
import SystemPackage
import Testing
import TortureCampaign
import TortureCore

@testable import kv_torture

/// What the documents say is so: their links lead somewhere, their commands do what they say, their examples are
/// valid, their lists are complete.
@Suite struct DocumentTests {
  @Test(arguments: try Document.all)
  func linksLeadToFiles(_ document: Document) {
    let folder = Document.package.appending(path: document.path).deletingLastPathComponent()
    for link in document.links {
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: link).path), "\(link)")
    }
  }

  // MARK: Commands

  /// Every line of every `sh` block is run, in the order of the document, in a folder with small scenarios of the names that
  /// are shipped. Documents that bring their own files have tests of their own: `YourStoreTests`, `TutorialTests` and `ProgramTortureTests`.
  @Test(arguments: try Document.all.filter { !$0.blocks("sh").isEmpty && !ownFiles.contains($0.path) })
  func commandsDoWhatIsSaid(_ document: Document) async throws {
    let folder = try CommandFolder()
    try writeScenarios(folder)
    let makefile = try Document("Makefile").text
    for line in document.blocks("sh").joined() {
      let parts = line.split(separator: "#", maxSplits: 1)
      let command = parts[0].trimmingCharacters(in: .whitespaces)
      let target = command.split(separator: " ").dropFirst().first ?? ""
      if command.hasPrefix("make ") {
        #expect(makefile.contains("\n\(target):"), "\(command)")
        continue
      }
      #expect(command.hasPrefix("lrvm-torture "), "\(command)")
      let said = parts.last?.firstMatch(of: /exits with (\d+)(?! where)/)
      let status = said.flatMap { Int32($0.output.1) } ?? 0
      let run = try await CommandRun.line(withFailure(command), in: folder.path)
      #expect(run.status == status, "\(command)\n\(run.output)\(run.errors)")
    }
  }

  private static let ownFiles = [
    "docs/your-store.md", "docs/tutorial.md", "docs/programs.md", "docs/mount.md", "docs/filesystems.md",
  ]

  /// The command with the failure of a canary in the place of `ID`, and with fewer runs than fill ten minutes.
  private func withFailure(_ command: String) -> String {
    command.replacing("--time-limit 10m --runs 1000", with: "--time-limit 10m --runs 2")
      .replacing("failures/ID/", with: "failures/log-sync-dropped-1-*-1/")
  }

  private func writeScenarios(_ folder: CommandFolder) throws {
    try folder.makeFolder("scenarios")
    try folder.makeFolder("scenarios/canary")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: Document.package.appending(path: "scenarios").path)
    for name in names where name.hasSuffix(".yaml") {
      try folder.writeScenario(String(name.dropLast(5)), in: "scenarios")
    }
    try folder.makeFolder("scenarios/threads")
    try folder.write(
      "scenarios/threads/threads-bank.yaml",
      try Document("scenarios/threads/threads-bank.yaml").text.replacing(
        "transactions: 12", with: "transactions: 3"
      )
      .replacing("count: 40}", with: "count: 2}"))
    let canary = try Document(Self.canary).text
    let smaller = canary.replacing("transactions: 20", with: "transactions: 8")
      .replacing("states_per_point: 20", with: "states_per_point: 4")
    #expect(smaller.count == canary.count - 2)
    try folder.write(Self.canary, smaller)
  }

  private static let canary = "scenarios/canary/log-sync-dropped.yaml"

  // MARK: The failure that the README shows

  @Test func theFailureInTheReadmeIsWhatARunEndsWith() async throws {
    let folder = try CommandFolder()
    try folder.makeFolder("scenarios")
    try folder.makeFolder("scenarios/canary")
    try folder.write(Self.canary, try Document(Self.canary).text)
    let run = try await CommandRun.line("lrvm-torture run --canary --shrink-limit 10m", in: folder.path)
    // The one before it is a program's, which `ProgramTortureTests` runs.
    let shown = try #require(try Document("README.md").blocks("text").last)
    let missing = Document.lineMissing(of: shown, in: run.output)
    #expect(missing == nil, "not there, or not in this order:\n\(run.output)")
    let page = try folder.read("reports/latest/report.html")
    let picture = try Document("docs/images/failure.svg").text.split(separator: "\n").filter {
      $0.hasPrefix("<g>")
    }
    #expect(picture.count > 5)
    for shape in picture { #expect(page.contains(shape), "'make picture' draws something else: \(shape)") }
  }

  // MARK: Examples

  /// Swift examples are parts of tests, or of the packages in Examples, so they compile and do what they show.
  @Test(arguments: try (Document.all + Document.catalogs).filter { !$0.blocks("swift").isEmpty })
  func swiftIsTested(_ document: Document) throws {
    let files = try ["Tests", "Examples"].flatMap { folder in
      let folder = Document.package.appending(path: folder)
      return Array(try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)))
    }
    let sources = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
      .map { trimmed(try String(contentsOf: $0, encoding: .utf8).components(separatedBy: "\n")) }
    for block in document.blocks("swift") {
      // The example of docs/vista.md is run in a folder of the test's own.
      let wanted = trimmed(block).replacing("\"/dev/shm/counters\"", with: "directory")
      #expect(sources.contains { $0.contains(wanted) }, "no test has:\n\(block.joined(separator: "\n"))")
    }
  }

  /// The lines without indentation, empty lines and comments.
  private func trimmed(_ lines: [String]) -> String {
    lines.map { line in
      (line.components(separatedBy: "//").first ?? "").trimmingCharacters(in: .whitespaces)
    }.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Whole scenarios in documents are valid; one that a comment begins is a shipped one, unchanged.
  @Test(arguments: try Document.all.filter { !$0.blocks("yaml").isEmpty })
  func scenariosAreValid(_ document: Document) throws {
    for block in document.blocks("yaml") {
      let text = block.joined(separator: "\n") + "\n"
      guard let name = text.firstMatch(of: /(?m)^name: (\S+)$/)?.output.1 else { continue }
      let scenario = try ScenarioReader.read(
        Array(text.utf8), file: document.path,
        systems: Systems([
          "lrvm": LRVMSystem.self, "sqlite": SQLiteSystem.self, "kv": KeyValueSystem<KeyValueStore>.self,
          "program": ProgramSystem.self,
        ]))
      #expect(scenario.name == name)
      let folder = scenario.system.name == "kv" ? "Examples/KeyValueStore/scenarios" : "scenarios"
      if text.hasPrefix("#") { #expect(text == (try Document("\(folder)/\(name).yaml").text)) }
    }
  }

  // MARK: Lists

  @Test func everyExitCodeIsListed() throws {
    let cells = try Document("README.md").firstCells
    for status in CommandStatus.allCases { #expect(cells.contains("\(status.rawValue)")) }
  }

  @Test func everyVerdictStrategyWorkloadAndProfileIsListed() throws {
    let reproducing = try Document("docs/reproducing.md").firstCells
    for kind in Violation.Kind.allCases { #expect(reproducing.contains(kind.rawValue)) }
    let scenarios = try Document("docs/scenarios.md").firstCells
    for strategy in CrashOptions.Strategy.allCases { #expect(scenarios.contains(strategy.rawValue)) }
    for kind in WorkloadOptions.Kind.allCases { #expect(scenarios.contains(kind.rawValue)) }
    let model = try Document("docs/fault-model.md").firstCells
    for profile in DiskOptions.Profile.allCases { #expect(model.contains(profile.rawValue)) }
    #expect(try Document("docs/fault-model.md").text.contains(Profile.profileTable))
  }

  /// Every field that a report has is explained.
  @Test func everyFieldOfAReportIsExplained() async throws {
    let folder = try CommandFolder()
    try writeScenarios(folder)
    _ = try await CommandRun.line("lrvm-torture run --canary", in: folder.path)
    let page = try Document("reports/README.md").text
    let line = try #require(try folder.read("reports/latest/results.jsonl").split(separator: "\n").first)
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let finding = try #require((result["violations"] as? [[String: Any]])?.first)
    let summary = try #require(
      try JSONSerialization.jsonObject(with: Data(try folder.read("reports/latest/summary.json").utf8))
        as? [String: Any])
    for field in [result, finding, summary].flatMap(\.keys).sorted() {
      #expect(page.contains("`\(field)`"), "\(field)")
    }
  }

  /// The map has a row for every target, and names in it each of its folders that holds Swift files.
  @Test func theMapNamesEveryFolder() throws {
    let page = try Document("ARCHITECTURE.md").text
    let sources = Document.package.appending(path: "Sources")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    let folders = Set(
      files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        .map { "Sources" + $0.deletingLastPathComponent().path.dropFirst(sources.path.count) })
    let rows = page.split(separator: "\n")
    for folder in folders.sorted() where !folder.hasSuffix("Storage/Posix") {
      let names = folder.split(separator: "/")
      let row = rows.first { $0.hasPrefix("|") && $0.contains("`Sources/\(names[1])`") }
      let isNamed = names.count < 3 || row?.contains("`\(names[2])`") == true
      #expect(row != nil && isNamed, "\(folder)")
    }
  }
}
