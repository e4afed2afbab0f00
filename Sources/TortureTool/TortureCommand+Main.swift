public import ArgumentParser
internal import FoundationEssentials
internal import Glibc
import Synchronization
import TortureCampaign
public import TortureCore
package import TortureViews

extension TortureCommand {
  /// The whole of a command that tortures `systems`, with the subcommands of `lrvm-torture`: parses the process's
  /// arguments, does what they say, and ends the process.
  ///
  /// The campaign runs cases in worker processes, which are this same program: so it should do nothing else before.
  ///
  /// - Parameters:
  ///   - systems: by the names that scenarios call them (`system: {name: kv}`), at least one; the first is that of a
  ///     scenario which names none.
  ///   - commands: subcommands that the program has besides.
  @MainActor public static func main(
    systems: KeyValuePairs<String, any SystemUnderTest.Type>, commands: [any ParsableCommand.Type] = []
  ) async {
    // On the first thread, before the runtime needs another.
    let status = checkSystem(console: .standard)
    guard status == .success else { exit(status.rawValue) }
    Systems.register(systems)
    TortureTool.ownCommands.withLock { $0 = commands }
    await TortureTool.main()
    if let error = Console.outputError {
      Console.standard.writeStatus(
        "Error: cannot write to standard output: \(error); the output is incomplete\n")
      exit(CommandStatus.harnessFailure.rawValue)
    }
  }
}

/// The root of the subcommands.
struct TortureTool: AsyncParsableCommand {
  /// Those that only this program has. Set once, before anything is parsed.
  static let ownCommands = Mutex<[any ParsableCommand.Type]>([])

  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: name,
      abstract: "Cuts the power under a store, lets it recover, and checks that it kept what it promised.",
      discussion: """
        Exit codes: 0 nothing found, 1 violation, 2 nondeterminism, 3 the harness itself failed, 4 a scenario \
        had no case, 64 wrong use or a bad scenario, 130 interrupted.
        """,
      version: TortureVersion.text,
      subcommands: [
        RunCommand.self, ExhaustCommand.self, FaultTableCommand.self, WildStoresCommand.self,
        MergeCommand.self, DiffCommand.self, CorpusCommand.self, ReplayCommand.self,
        ShrinkCommand.self, ExplainCommand.self, SyncsCommand.self, PromoteCommand.self, ListCommand.self,
        SchemaCommand.self,
      ] + ownCommands.withLock { $0 } + [WorkerCommand.self, DebugCommand.self])
  }

  /// The name that the program was called by.
  private static var name: String? {
    CommandLine.arguments.first.flatMap { $0.split(separator: "/").last.map(String.init) }
  }

  /// The same, where one is needed: also the name of the product that builds it.
  static var program: String { name ?? "lrvm-torture" }
}

extension Console {
  /// This process's own.
  package static var standard: Console { .standard(environment: ProcessInfo.processInfo.environment) }
}

extension CommandStatus {
  /// Ends the command with this status.
  func exit() throws {
    guard self != .success else { return }
    throw ExitCode(rawValue)
  }
}
