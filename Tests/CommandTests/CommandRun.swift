import Subprocess
import SystemPackage
import TortureCampaign

/// One call of the built command, as a user makes it.
struct CommandRun {
  var status: Int32
  var output: String
  var errors: String

  /// The command that the build put beside the tests.
  static var binary: FilePath {
    get throws {
      try WorkerLaunch.ownExecutable().executable.removingLastComponent().appending("lrvm-torture")
    }
  }

  /// Runs the command with `arguments` in the folder `folder`.
  ///
  /// - Parameters:
  ///   - input: what it reads from standard input.
  ///   - shell: what a shell does before, for instance a limit; empty for no shell.
  static func run(
    _ arguments: [String], in folder: FilePath, input: String = "", shell: String = ""
  ) async throws -> CommandRun {
    let words = [try binary.string] + arguments
    let command = shell.isEmpty ? words : ["/bin/sh", "-c", "\(shell); exec \"$@\"", "sh"] + words
    let result = try await Subprocess.run(
      .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
      environment: .inherit.updating(["NO_COLOR": "1"]), workingDirectory: folder, input: .string(input),
      output: .string(limit: 1 << 22), error: .string(limit: 1 << 22))
    return CommandRun(
      status: code(result.terminationStatus), output: result.standardOutput, errors: result.standardError)
  }

  /// Runs a line of a shell in the folder `folder`, where `lrvm-torture` is the built command.
  static func line(_ line: String, in folder: FilePath) async throws -> CommandRun {
    let result = try await Subprocess.run(
      .path("/bin/sh"),
      arguments: ["-c", "PATH=\"$0:$PATH\"; \(line)", try binary.removingLastComponent().string],
      environment: .inherit.updating(["NO_COLOR": "1"]), workingDirectory: folder, input: .none,
      output: .string(limit: 1 << 22), error: .string(limit: 1 << 22))
    return CommandRun(
      status: code(result.terminationStatus), output: result.standardOutput, errors: result.standardError)
  }

  /// Runs the command with `arguments`, does `body` meanwhile, and then interrupts it.
  static func whileRunning(
    _ arguments: [String], in folder: FilePath, body: () async throws -> Void
  ) async throws {
    _ = try await Subprocess.run(
      .path(binary), arguments: Arguments(arguments), workingDirectory: folder, input: .none,
      output: .discarded, error: .discarded
    ) { execution in
      do {
        try await body()
      } catch {
        try execution.send(signal: .kill)
        throw error
      }
      try execution.send(signal: .interrupt)
    }
  }

  /// Runs the command with `arguments`, and sends it `signal` as soon as `isReady` says so.
  static func interrupt(
    _ arguments: [String], in folder: FilePath, with signal: Signal, when isReady: () -> Bool
  ) async throws -> CommandRun {
    let result = try await Subprocess.run(
      .path(binary), arguments: Arguments(arguments), workingDirectory: folder, input: .none,
      output: .discarded,
      error: .discarded
    ) { execution in
      while !isReady() { try await Task.sleep(for: .milliseconds(20)) }
      try execution.send(signal: signal)
    }
    return CommandRun(status: code(result.terminationStatus), output: "", errors: "")
  }

  /// The exit code, or the negative number of the signal that ended the process.
  private static func code(_ status: TerminationStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): -signal
    }
  }
}
