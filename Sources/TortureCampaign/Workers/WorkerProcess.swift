import Glibc
package import Subprocess
import SystemPackage
import TextFiles
package import TortureCore

/// One worker process, as the campaign sees it: a line goes in, a line comes out, or the process is dead.
package struct WorkerProcess {
  /// How a worker ended.
  package enum End {
    /// The campaign had nothing more to ask.
    case finished
    /// It ended on its own while a request was open.
    case died(TerminationStatus)
  }

  /// A conversation with a running worker.
  package struct Conversation: ~Copyable {
    fileprivate let writer: StandardInputWriter
    fileprivate var lines: WorkerLines
    /// Whether the worker has taken the task that was asked last. One that dies before that dies of something older.
    package private(set) var hasBegun = false

    /// Sends `task` and waits for the answer; nil where the worker has died instead.
    package mutating func ask<Task: WorkerTask>(_ task: Task) async throws -> Task.Answer? {
      hasBegun = false
      let line = try WorkerTasks.line(task) + "\n"
      do {
        _ = try await writer.write(Array(line.utf8))
      } catch {
        // It is dying: with its output closed under it, it would end as one whose campaign is gone, whatever it died of.
        while try await answer() != nil {}
        return nil
      }
      guard let begun = try await answer() else { return nil }
      guard begun == WorkerLoop.begunWord else {
        throw WorkerError("a worker was asked to \(Task.name) and said something else: \(begun.prefix(200))")
      }
      hasBegun = true
      guard let answer = try await answer() else { return nil }
      do {
        return try JSONText.decode(Task.Answer.self, from: answer)
      } catch {
        throw WorkerError(
          "a worker was asked to \(Task.name) and answered something else (\(error)): \(answer.prefix(200))")
      }
    }

    fileprivate mutating func answer() async throws -> String? {
      // When the worker dies its pipe is cut off, which ends the lines or throws; when the task is cancelled, too.
      let line = try? await lines.next()
      try _Concurrency.Task.checkCancellation()
      return line
    }
  }

  /// A pipe to a worker that has just died is an error of that write, not the end of this process.
  private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

  /// Runs a worker for as long as `body` talks to it.
  ///
  /// - Parameters:
  ///   - launch: how it is started.
  ///   - files: where its trap report and its standard error go.
  ///   - body: talks to it; returns true when it has nothing more to ask, false when the worker has died.
  /// - Throws: `WorkerError` where the worker does not start, or what `body` throws. The process is gone then, too.
  package static func run(
    _ launch: WorkerLaunch, files: WorkerFiles, body: (inout Conversation) async throws -> Bool
  ) async throws -> End {
    ignoresBrokenPipes
    let errors = try files.open()
    let result: ExecutionResult<Bool, SequenceOutput, FileDescriptorOutput>
    do {
      result = try await Subprocess.run(
        .path(launch.executable),
        arguments: Arguments(
          launch.arguments + [
            "--trap-report", files.trapReport.string, "--case-limit", "\(launch.caseLimitSeconds)",
            "--memory-limit", "\(launch.memoryLimitBytes)",
          ]),
        // A worker that traps records its stack itself; the runtime's own backtracer takes seconds for each.
        environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
        input: .inputWriter,
        output: .sequence,
        error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
      ) { execution in
        var conversation = Conversation(
          writer: execution.standardInputWriter, lines: WorkerLines(execution.standardOutput))
        guard try await conversation.answer() == WorkerLoop.readyWord else { throw NotReady() }
        return try await body(&conversation)
      }
    } catch is NotReady {
      throw WorkerError("the worker '\(launch.executable)' does not start; it said: \(files.said())")
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw WorkerError("the worker '\(launch.executable)' does not start: \(error)")
    }
    return result.closureResult ? .finished : .died(result.terminationStatus)
  }

  /// What one task for a worker of its own came to.
  package enum Reply<Answer> {
    case answered(Answer)
    case died(WorkerDeath)
  }

  /// Starts a worker for `task` alone.
  package static func ask<Task: WorkerTask>(
    _ task: Task, _ launch: WorkerLaunch, files: WorkerFiles
  ) async throws -> Reply<Task.Answer> {
    var answer: Task.Answer?
    let end = try await run(launch, files: files) { worker in
      answer = try await worker.ask(task)
      guard answer != nil || worker.hasBegun else {
        throw WorkerError("a worker died before it began to \(Task.name); it said: \(files.said())")
      }
      return answer != nil
    }
    if case .died(let status) = end {
      return .died(try WorkerDeath(status, of: launch, files: files))
    }
    guard let answer else { fatalError("a worker finished without an answer to \(Task.name)") }
    return .answered(answer)
  }

  private struct NotReady: Error {}
}
