import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

/// One question about a reproducer, asked of a worker of its own, so that a trap can be shown.
///
/// What `replay`, `explain` and the like have in common: a file that is no reproducer is wrong use, a trap is the
/// failure, and whatever else ends the worker is the harness's own failure.
struct ReproducerQuestion {
  let path: String
  let console: Console
  /// Starts the worker; nil for this very program.
  let launch: WorkerLaunch?
  /// What a worker is asked to do, for errors: `replay`.
  let verb: String

  /// Asks, and shows what came of it.
  ///
  /// - Parameters:
  ///   - task: the question about the reproducer that was read.
  ///   - tell: the lines to show and how the command ends.
  func ask<Task: WorkerTask>(
    _ task: (Reproducer) -> Task,
    tell: (Reproducer, Task.Answer) throws -> (lines: [String], status: CommandStatus)
  ) async -> CommandStatus {
    let reproducer: Reproducer
    do {
      reproducer = try Reproducer.read(path)
    } catch {
      return TortureCommand.fail(error, .usage, console)
    }
    do {
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let launch = try (launch ?? .ownExecutable()).within(limitOf: reproducer)
      let reply = try await WorkerProcess.ask(task(reproducer), launch, files: folder.files(worker: 0))
      switch reply {
      case .answered(let answer):
        let (lines, status) = try tell(reproducer, answer)
        say(lines)
        return status
      case .died(.trapped(let trap)):
        say(["scenario \(reproducer.scenario.name), seed \(reproducer.seed)", "It \(trap.text)", ""])
        say(trap.stack.isEmpty ? ["No call stack was captured."] : trap.stack.map(\.text))
        return .violation
      case .died(.failed(let reason, let hang)):
        if let hang { say(["It \(hang.text)", ""] + hang.stack.map(\.text)) }
        throw WorkerError("the worker that was to \(verb) '\(path)' \(reason)")
      }
    } catch {
      return TortureCommand.fail(error, .harnessFailure, console)
    }
  }

  private func say(_ lines: [String]) {
    for line in lines { console.write(SafeName.printable(line) + "\n") }
  }
}
