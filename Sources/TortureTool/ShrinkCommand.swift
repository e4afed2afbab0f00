import ArgumentParser
import Torture

struct ShrinkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shrink", abstract: "Makes a reproducer smaller, as far as the same failure remains.",
    discussion: """
      The original stays. The smaller one is written beside it, as NAME.shrunk.json, whenever it has become smaller, so \
      that nothing is lost where the shrink is interrupted; the same command goes on from there, and comes to \
      the same end. A budget in executions decides the result; a time limit only stops it.
      """)

  @Argument(
    help: "A reproducer.json from a report's failures folder, or what an earlier shrink has left.",
    completion: .file(extensions: ["json"]))
  var file: String

  @Option(help: "How many runs of the workload and recoveries it may take.")
  var executions = ShrinkSettings().executionsMax

  @Option(
    help: ArgumentHelp("Stop after this time with the best so far: 60s, 2m, 1h30m.", valueName: "time"),
    transform: RunCommand.timeLimit)
  var timeLimit: TimeLimit?

  @Flag(help: "Begin anew instead of taking up an earlier shrink.")
  var fresh = false

  func validate() throws {
    if executions < 1 { throw ValidationError("--executions \(executions): at least 1 is needed.") }
  }

  func run() async throws {
    var settings = ShrinkSettings()
    settings.executionsMax = executions
    settings.timeLimit = timeLimit
    settings.isFresh = fresh
    try await TortureCommand.shrink(
      file, settings, program: CommandLine.arguments.first ?? "lrvm-torture", console: .standard
    ).exit()
  }
}

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Tells which sync is missing, and on which disks a failure cannot happen.",
    discussion: """
      Works on any reproducer, and best on one that was shrunk. Exits with 1 when the failure is there, with 0 when it \
      did not come back.
      """)

  @Argument(help: "A reproducer.", completion: .file(extensions: ["json"]))
  var file: String

  @Flag(help: "Print one line of JSON, for programs.")
  var json = false

  func run() async throws {
    try await TortureCommand.explain(file, isJSON: json, console: .standard).exit()
  }
}
