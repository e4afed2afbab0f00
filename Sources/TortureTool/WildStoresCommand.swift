import ArgumentParser
import SystemPackage
import TextFiles
import TortureCampaign
import TortureCore
import TortureViews

struct WildStoresCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wild-stores",
    abstract: "Follows each store with a store through a bad pointer, and prints a table of the outcomes.",
    discussion: """
      Only scenarios whose files are mapped as memory that keeps every store take part. A run counts by the worst outcome \
      of its wild store.
      """)

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them.",
      discussion: "Default: \(TortureCommand.memoriesDefault).", valueName: "path"),
    completion: .file(extensions: ["yaml", "yml"]))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp("The JSON file of the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var table = "reports/wild-stores.json"

  @Option(
    help: ArgumentHelp("A Markdown file; the table replaces its marked part.", valueName: "file"),
    completion: .file(extensions: ["md"]))
  var document: String?

  func run() throws {
    try TortureCommand.wildStores(paths, table: table, document: document, console: .standard).exit()
  }
}

extension TortureCommand {
  /// Where scenarios on memory are unless paths say otherwise.
  static let memoriesDefault = "scenarios/vista"

  /// `wild-stores`: what a wild store after each store comes to, for every seed of the scenarios at `paths`.
  ///
  /// A protected run that is wrong is a violation.
  static func wildStores(
    _ paths: [String], table: String, document: String?, console: Console
  ) -> CommandStatus {
    let scenarios: [Scenario]
    do {
      scenarios = try ScenarioList.read(paths.isEmpty ? [memoriesDefault] : paths)
        .filter { WildStores.canRun($0) }
      if scenarios.isEmpty { throw NoMemory() }
    } catch {
      return fail(error, .usage, console)
    }
    var rows: [WildStores] = []
    for scenario in scenarios {
      var row = WildStores(scenario)
      for seed in scenario.seeds.first..<scenario.seeds.first + UInt64(scenario.seeds.count) {
        row.run(scenario, seed: seed)
      }
      rows.append(row)
    }
    let lines = WildStores.markdown(rows)
    do {
      try FileTree.replace(FilePath(table), with: try JSONText.document(rows))
      if let document { try DocumentPart.replace(in: document, writtenBy: "wild-stores", by: lines) }
    } catch {
      return fail(error, .harnessFailure, console)
    }
    for line in lines { console.write(SafeName.printable(line) + "\n") }
    return rows.contains { $0.protectedWrong > 0 } ? .violation : .success
  }

  private struct NoMemory: Error, CustomStringConvertible {
    var description: String {
      "none of the scenarios maps files as memory that keeps every store: expected one with disk.profile rio"
    }
  }
}
