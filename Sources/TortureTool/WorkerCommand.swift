import ArgumentParser
package import TortureCampaign
package import TortureCore
import TortureFailures
package import TortureViews

/// What a campaign starts to run its cases; nothing for a human to type.
struct WorkerCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
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

extension TortureCommand {
  /// `worker`: a worker's life.
  package static func worker(
    trapReportPath: String?, caseLimitSeconds: Int, memoryLimitBytes: Int = 0,
    tasks: WorkerTasks = .standard, console: Console
  ) -> CommandStatus {
    do {
      try WorkerLoop.run(
        tasks, trapReportPath: trapReportPath, caseLimitSeconds: caseLimitSeconds,
        memoryLimitBytes: memoryLimitBytes)
      return .success
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}

extension WorkerTasks {
  /// All that a worker of this program knows.
  package static var standard: WorkerTasks {
    var tasks = WorkerTasks()
    tasks.registerCore()
    tasks.registerFailures()
    tasks.registerCampaign()
    return tasks
  }
}
