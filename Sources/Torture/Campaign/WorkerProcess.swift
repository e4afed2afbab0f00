import Subprocess
import SystemPackage

/// One worker process, as the campaign sees it: a line goes in, a line comes out, or the process is dead.
struct WorkerProcess {
  /// How a worker ended.
  enum End {
    /// The campaign had nothing more to ask.
    case finished
    /// It ended on its own while a request was open.
    case died(TerminationStatus)
  }

  /// A conversation with a running worker.
  struct Conversation: ~Copyable {
    fileprivate let writer: StandardInputWriter
    fileprivate var lines: WorkerLines

    /// Sends `request` and waits for the answer; nil where the worker has died instead.
    mutating func ask(_ request: WorkerRequest) async throws -> WorkerResponse? {
      let line = try JSONText.line(request) + "\n"
      do {
        _ = try await writer.write(Array(line.utf8))
      } catch {
        try Task.checkCancellation()
        return nil
      }
      return try await answer()
    }

    fileprivate mutating func answer() async throws -> WorkerResponse? {
      // When the worker dies its pipe is cut off, which ends the lines or throws; when the task is cancelled, too.
      let line = try? await lines.next()
      try Task.checkCancellation()
      guard let line else { return nil }
      do {
        return try JSONText.decode(WorkerResponse.self, from: line)
      } catch {
        throw WorkerError(
          "a worker answered with something else than an answer (\(error)): \(line.prefix(200))")
      }
    }
  }

  /// Runs a worker for as long as `body` talks to it.
  ///
  /// - Parameters:
  ///   - launch: how it is started.
  ///   - files: where its trap report and its standard error go.
  ///   - body: talks to it; returns true when it has nothing more to ask, false when the worker has died.
  /// - Throws: `WorkerError` where the worker does not start, or what `body` throws. The process is gone then, too.
  static func run(
    _ launch: WorkerLaunch, files: WorkerFiles, body: (inout Conversation) async throws -> Bool
  ) async throws -> End {
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
        // A worker that traps tells its stack itself; the runtime's own backtracer takes seconds for each.
        environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
        input: .inputWriter,
        output: .sequence,
        error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
      ) { execution in
        var conversation = Conversation(
          writer: execution.standardInputWriter, lines: WorkerLines(execution.standardOutput))
        guard case .ready? = try await conversation.answer() else { throw NotReady() }
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

  /// What one request to a worker of its own came to.
  enum Reply {
    case answered(WorkerResponse)
    case died(WorkerDeath)
  }

  /// Starts a worker for `request` alone.
  static func ask(_ request: WorkerRequest, _ launch: WorkerLaunch, files: WorkerFiles) async throws -> Reply
  {
    var response: WorkerResponse?
    let end = try await run(launch, files: files) { worker in
      response = try await worker.ask(request)
      return response != nil
    }
    if case .died(let status) = end {
      return .died(try WorkerDeath(status, files: files, caseLimitSeconds: launch.caseLimitSeconds))
    }
    guard let response else { fatalError("a worker finished without an answer to \(request)") }
    return .answered(response)
  }

  private struct NotReady: Error {}
}
