import ArgumentParser
import FoundationEssentials
import Torture

struct ExhaustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exhaust", abstract: "Runs every sequence of up to so many operations, in order of size.",
    discussion: """
      The operations: begin, set range, commit with and without flush, abort, flush, truncate step, reopen. The \
      scenario gives the system, the disk, and the crashes that each sequence is explored with; of its workload only \
      the number of clients counts, 1 or 2. docs/exhaust.md says which sequences are left out, and why nothing is \
      lost with them. Progress is kept in the report's folder, and --resume goes on from there, to a larger bound too.
      """)

  @Argument(
    help: ArgumentHelp("A scenario file.", discussion: "Default: \(ExhaustOptions.scenarioDefault)."),
    completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String?

  @Option(help: "How many operations a sequence has at most.")
  var bound: Int

  @Option(
    help: ArgumentHelp("The report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = ExhaustOptions.outDefault

  @Flag(help: "Go on from the progress in the report's folder.")
  var resume = false

  @Option(
    help: ArgumentHelp("Begin no new sequence after this time: 60s, 2m, 1h30m.", valueName: "time"),
    transform: RunCommand.timeLimit)
  var timeLimit: TimeLimit?

  @Option(help: "How many worker processes run side by side. (default: the number of cores)")
  var jobs: Int?

  @Flag(name: .shortAndLong, help: "Show the result only.")
  var quiet = false

  func validate() throws {
    guard ExhaustOptions.bounds.contains(bound) else {
      let bounds = ExhaustOptions.bounds
      throw ValidationError(
        "--bound \(bound): from \(bounds.lowerBound) to \(bounds.upperBound) are possible.")
    }
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): from 1 to 512 are possible.")
    }
    if out.isEmpty { throw ValidationError("--out needs the name of a folder.") }
  }

  func run() async throws {
    var options = ExhaustOptions()
    options.bound = bound
    options.out = out
    options.isResumed = resume
    options.timeLimit = timeLimit
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.program = CommandLine.arguments.first ?? options.program
    try await TortureCommand.exhaust(scenario, options, isQuiet: quiet, console: .standard).exit()
  }
}
