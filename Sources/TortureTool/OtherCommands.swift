import ArgumentParser
import Torture

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Replays one failure exactly, with call stacks.",
    discussion: """
      Exits with 1 when the failure is there, with 0 when it did not come back. With --against, another checkout of this \
      package is built and its program replays the failure; what cannot be built or judged there exits with 125, so that \
      'git bisect run' passes over it.
      """)

  @Argument(
    help: "A reproducer.json from a report's failures folder.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    help: ArgumentHelp("Replay with what the checkout in this folder builds.", valueName: "folder"),
    completion: .directory)
  var against: String?

  @Flag(help: "With --against: run what was built there before.")
  var noBuild = false

  func validate() throws {
    if noBuild && against == nil { throw ValidationError("--no-build goes with --against.") }
    if against == "" { throw ValidationError("--against needs the name of a folder.") }
  }

  func run() async throws {
    guard let against else { return try await TortureCommand.replay(file, console: .standard).exit() }
    let code = await TortureCommand.replay(
      file, against: against, product: TortureTool.program, builds: !noBuild, console: .standard)
    if code != 0 { throw ExitCode(code) }
  }
}

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists scenarios with their descriptions.")

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them.", discussion: "Default: scenarios.",
      valueName: "path"))
  var paths: [String] = []

  func run() throws {
    try TortureCommand.list(paths, console: .standard).exit()
  }
}

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of scenario files.")

  func run() {
    Console.standard.write(ScenarioSchema.text())
  }
}

/// What a campaign starts to run its cases; nothing for a human to type.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Runs the cases that a campaign hands it.", shouldDisplay: false)

  @Option(help: "The file for the report of a trap.")
  var trapReport: String?

  @Option(help: "How long a case may take, in seconds; 0 for no limit.")
  var caseLimit = 0

  @Option(help: "How much memory it may take, in bytes; 0 for no limit.")
  var memoryLimit = 0

  func run() throws {
    try TortureCommand.worker(
      trapReportPath: trapReport, caseLimitSeconds: caseLimit, memoryLimitBytes: memoryLimit,
      console: .standard
    ).exit()
  }
}
