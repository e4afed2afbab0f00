import ArgumentParser
import FoundationEssentials
import SystemPackage
import TextFiles
import TortureCampaign
import TortureCore
import TortureViews

struct FaultTableCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fault-table",
    abstract: "Injects every fault on every profile, and prints a table of the outcomes.",
    discussion: """
      Each scenario is a system; its faults.kinds are the rows, the profiles the columns. A fault that makes no sense on \
      a profile is left out there.
      """)

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them.",
      discussion: "Default: \(TortureCommand.faultSystemsDefault).", valueName: "path"),
    completion: .file(extensions: ["yaml", "yml"]))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp("The JSON file of the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var table = "reports/fault-table.json"

  @Option(
    help: ArgumentHelp("A Markdown file; the table replaces its marked part.", valueName: "file"),
    completion: .file(extensions: ["md"]))
  var document: String?

  @Option(
    help: ArgumentHelp("The report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = "reports/fault-table"

  @Option(help: "How many cases run in parallel. (default: the number of cores)")
  var jobs: Int?

  @Flag(name: .shortAndLong, help: "Show only the result.")
  var quiet = false

  func validate() throws {
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): expected a number from 1 to 512.")
    }
    if out.isEmpty || table.isEmpty { throw ValidationError("--out and --table need a name.") }
  }

  func run() async throws {
    var options = CampaignOptions()
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.out = out
    options.program = CommandLine.arguments.first ?? options.program
    try await TortureCommand.faultTable(
      paths, options, table: table, document: document, detail: quiet ? .quiet : .normal, console: .standard
    ).exit()
  }
}

extension TortureCommand {
  /// Where the systems of the fault table are unless paths say otherwise.
  static let faultSystemsDefault = "scenarios/faults"

  /// `fault-table`: every fault on every profile, for the system of each scenario at `paths`.
  ///
  /// Violations of a system whose scenario expects them are in the table, and no failure of the command.
  ///
  /// - Parameters:
  ///   - paths: files and folders of scenarios that name the kinds of faults; none for the default folder.
  ///   - options: `out` is the folder of the campaign's report.
  ///   - table: the JSON file to write.
  ///   - document: a Markdown file whose part between the two marks (`DocumentPart`) is replaced by the table; nil
  ///     for none.
  static func faultTable(
    _ paths: [String], _ options: CampaignOptions, table: String, document: String?,
    detail: CampaignDisplay.Detail, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    let entries: [FaultTable.Entry]
    do {
      entries = FaultTable.entries(
        try ScenarioList.read(paths.isEmpty ? [faultSystemsDefault] : paths))
    } catch {
      return fail(error, .usage, console)
    }
    do {
      Interruption.listen()
      let display = CampaignDisplay(console, detail: detail)
      let campaign = Campaign(
        entries.map(\.scenario), options, launch: try options.launch(launch ?? .ownExecutable()),
        observer: display, narrate: { FailureStory.lines($0, case: $1, replayLine: $2) })
      let outcome = try await campaign.run()
      _ = try CampaignViews(outcome).publish(outcome.report, [:])
      display.show(outcome)
      guard outcome.summary.state == .finished else { return outcome.status }
      let rows = entries.map { $0.row(outcome.summary.perScenario[$0.scenario.name] ?? Summary.Figures()) }
      let result = FaultTable(rows: rows)
      try FileTree.replace(FilePath(table), with: try JSONText.document(result))
      if let document {
        try DocumentPart.replace(in: document, writtenBy: "fault-table", by: result.markdown)
      }
      for line in result.markdown { console.write(SafeName.printable(line) + "\n") }
      guard outcome.status == .violation else { return outcome.status }
      let isExpected = zip(entries, rows).allSatisfy {
        $0.scenario.expect == .violation || $1.violations == 0
      }
      return isExpected ? .success : .violation
    } catch let error as CampaignError {
      return fail(error, error.status, console)
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}
