import ArgumentParser
import FoundationEssentials
import Torture

struct FaultTableCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fault-table",
    abstract: "Runs every fault on every profile, and prints a table of what each came to.",
    discussion: """
      Each scenario is a system; its faults.kinds are the rows, the profiles are the columns. A fault that makes no \
      sense on a profile is left out there.
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
    help: ArgumentHelp("A Markdown file whose marked part becomes the table.", valueName: "file"),
    completion: .file(extensions: ["md"]))
  var document: String?

  @Option(
    help: ArgumentHelp("The report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = "reports/fault-table"

  @Option(help: "How many cases run at the same time. (default: the number of cores)")
  var jobs: Int?

  @Flag(name: .shortAndLong, help: "Show the result only.")
  var quiet = false

  func validate() throws {
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): from 1 to 512 are possible.")
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
