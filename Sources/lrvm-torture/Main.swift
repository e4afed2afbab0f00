import ArgumentParser
import FoundationEssentials
import Glibc
import Torture

/// Where the process begins: on its first thread, before the runtime needs another.
@main
enum Main {
  @MainActor static func main() async {
    let status = TortureCommand.checkSystem(console: .standard)
    guard status == .success else { exit(status.rawValue) }
    // A worker does its work on this thread: the alarm that ends a case then meets the stack of the case.
    if CommandLine.arguments.dropFirst().first == WorkerCommand.configuration.commandName {
      WorkerCommand.main(Array(CommandLine.arguments.dropFirst(2)))
    } else {
      await LRVMTorture.main()
    }
  }
}

/// The command: parses its arguments, calls the Torture library, and passes on how that ended.
struct LRVMTorture: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lrvm-torture",
    abstract:
      "Cuts the power under a recoverable virtual memory, recovers it, and checks what it still owes.",
    discussion: """
      Exit codes: 0 nothing found, 1 violation, 2 nondeterminism, 3 the harness itself failed, 64 wrong use or a \
      bad scenario, 130 interrupted.
      """,
    version: TortureVersion.current,
    subcommands: [
      RunCommand.self, ExhaustCommand.self, MergeCommand.self, ReplayCommand.self, ListCommand.self,
      SchemaCommand.self,
      WorkerCommand.self,
    ])
}

extension Console {
  /// This process's own.
  static var standard: Console { .standard(environment: ProcessInfo.processInfo.environment) }
}

extension CommandStatus {
  /// Ends the command with this status.
  func exit() throws {
    guard self != .success else { return }
    throw ExitCode(rawValue)
  }
}
