import ArgumentParser
import FoundationEssentials
import TortureCampaign
import TortureCore
import TortureViews

struct ExhaustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exhaust", abstract: "Runs every sequence of operations up to a size, in order of size.",
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

  @Option(help: "The most operations that a sequence may have.")
  var bound: Int

  @Option(
    help: ArgumentHelp("The report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = ExhaustOptions.outDefault

  @Flag(help: "Continue from the progress in the report's folder.")
  var resume = false

  @Option(
    help: ArgumentHelp("Start no new sequence after this time: 60s, 2m, 1h30m.", valueName: "time"),
    transform: RunCommand.timeLimit)
  var timeLimit: TimeLimit?

  @Option(help: "How many worker processes run in parallel. (default: the number of cores)")
  var jobs: Int?

  @Flag(name: .shortAndLong, help: "Show only the result.")
  var quiet = false

  func validate() throws {
    guard ExhaustOptions.bounds.contains(bound) else {
      let bounds = ExhaustOptions.bounds
      throw ValidationError(
        "--bound \(bound): expected a number from \(bounds.lowerBound) to \(bounds.upperBound).")
    }
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): expected a number from 1 to 512.")
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

extension TortureCommand {
  /// `exhaust`: every sequence of up to N operations, on the system, disk and crashes of the scenario at `path`.
  ///
  /// - Parameters:
  ///   - path: a scenario file; nil for the default one.
  ///   - isQuiet: whether to show the result only.
  ///   - launch: starts a worker; nil for this very program.
  ///   - isInterrupted: whether the user wants the end; nil to listen to Ctrl-C.
  static func exhaust(
    _ path: String?, _ options: ExhaustOptions, isQuiet: Bool = false, console: Console,
    launch: WorkerLaunch? = nil, isInterrupted: (@Sendable () -> Bool)? = nil
  ) async -> CommandStatus {
    do {
      let scenario = try ScenarioReader.load(path ?? ExhaustOptions.scenarioDefault)
      guard ExhaustOptions.bounds.contains(options.bound) else {
        throw ExhaustError("a bound of \(options.bound) operations is not one of \(ExhaustOptions.bounds)")
      }
      let space = SequenceSpace(try scenario.systemUnderTest.alphabet(of: scenario), bound: options.bound)
      if isInterrupted == nil { Interruption.listen() }
      let display = ExhaustDisplay(console, isQuiet: isQuiet, count: space.count)
      if !isQuiet { display.say(ExhaustText.header(scenario, space, options)) }
      let campaign = ExhaustCampaign(
        scenario: scenario, space: space, options: options, launch: try launch ?? .ownExecutable(),
        narrate: { FailureStory.lines($0, case: $1, replayLine: $2) }, observer: display,
        isInterrupted: isInterrupted ?? { Interruption.isRequested })
      let outcome = try await campaign.run()
      display.say(ExhaustText.ending(outcome, isQuiet: isQuiet))
      return outcome.status
    } catch {
      let isUsage =
        error is ScenarioProblems || error is ExhaustError || error is AlphabetError
        || (error as? ReportError)?.isWrongFolder == true
      return fail(error, isUsage ? .usage : .harnessFailure, console)
    }
  }
}
