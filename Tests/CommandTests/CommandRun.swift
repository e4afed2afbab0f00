import Glibc
import Subprocess
import SystemPackage
import Torture

/// One call of the built command, as a user makes it.
struct CommandRun {
  var status: Int32
  var output: String
  var errors: String

  /// The command that the build put beside the tests.
  static var binary: FilePath {
    get throws { try WorkerLaunch.ownExecutable().executable.removingLastComponent().appending("lrvm-torture") }
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

  /// Runs the command with `arguments`, and sends it `signal` as soon as `isReady` says so.
  static func interrupt(
    _ arguments: [String], in folder: FilePath, with signal: Signal, when isReady: () -> Bool
  ) async throws -> CommandRun {
    let result = try await Subprocess.run(
      .path(binary), arguments: Arguments(arguments), workingDirectory: folder, input: .none, output: .discarded,
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

/// A folder for one test, with a scenario in it; removed when the test lets it go.
final class CommandFolder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/lrvm-torture-command-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit {
    let path = path
    _ = unsafe nftw(path.string, { name, _, _, _ in unsafe remove(name) }, 16, FTW_DEPTH | FTW_PHYS)
  }

  func write(_ name: String, _ text: String) throws {
    let file = try FileDescriptor.open(
      path.appending(name), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  func makeFolder(_ name: String) throws {
    guard unsafe mkdir(path.appending(name).string, 0o755) == 0 else { throw Errno(rawValue: errno) }
  }

  func read(_ name: String) throws -> String {
    let file = try FileDescriptor.open(path.appending(name), .readOnly)
    return try file.closeAfter {
      let size = Int(try file.seek(offset: 0, from: .end))
      let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = unsafe try file.read(fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Writes a small scenario named `name`.
  func writeScenario(_ name: String, in folder: String = "") throws {
    try write(
      folder.isEmpty ? "\(name).yaml" : "\(folder)/\(name).yaml",
      """
      name: \(name)
      description: A few transfers.
      segments: [{ name: accounts, length: 4096 }]
      workload: { kind: bank, transactions: 6, objects: 8 }
      crash: { points: { sample: 4 }, states_per_point: 4, recovery_depth: 0 }
      seeds: { first: 1, count: 3 }
      """)
  }
}
