import ArgumentParser
import FaultFS
import SystemPackage
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

struct ShrinkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shrink", abstract: "Makes a reproducer smaller while it still fails in the same way.",
    discussion: """
      The original stays. Each smaller one is written beside it, as NAME.shrunk.json, so an interrupted shrink loses \
      nothing: the same command goes on from there, and comes to the same result. A budget in executions decides the \
      result; a time limit only cuts the search short.
      """)

  @Argument(
    help: "A reproducer.json from a report's failures folder, or the result of an earlier shrink.",
    completion: .file(extensions: ["json"]))
  var file: String

  @Option(help: "The budget, in runs of the workload plus recoveries.")
  var executions = ShrinkSettings().executionsMax

  @Option(
    help: ArgumentHelp("Stop after this time with the best so far: 60s, 2m, 1h30m.", valueName: "time"),
    transform: RunCommand.timeLimit)
  var timeLimit: TimeLimit?

  @Flag(help: "Start over instead of continuing an earlier shrink.")
  var fresh = false

  func validate() throws {
    if executions < 1 { throw ValidationError("--executions \(executions): expected at least 1.") }
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

extension TortureCommand {
  /// `shrink`: makes the reproducer at `path` smaller. The original stays; the smaller one is written beside it.
  ///
  /// - Parameters:
  ///   - program: what a reader types to call the program.
  ///   - isInterrupted: whether the user wants the end; nil to listen to Ctrl-C.
  /// - Returns: `.success` once there is a smaller reproducer, `.usage` where there is nothing to shrink.
  static func shrink(
    _ path: String, _ settings: ShrinkSettings, program: String, console: Console,
    launch: WorkerLaunch? = nil,
    isInterrupted: (@Sendable () -> Bool)? = nil
  ) async -> CommandStatus {
    let run: ShrinkRun
    do {
      run = try ShrinkRun(path, settings)
    } catch {
      return fail(error, .usage, console)
    }
    if isInterrupted == nil { Interruption.listen() }
    do {
      let ending = try await run.run(
        try launch ?? .ownExecutable(), isInterrupted: isInterrupted ?? { Interruption.isRequested })
      for line in ShrinkText.lines(run, ending, program: program) {
        console.write(SafeName.printable(line) + "\n")
      }
      switch ending {
      case .finished, .timeIsUp: return .success
      case .interrupted: return .interrupted
      case .withoutFailure: return .usage
      }
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}
