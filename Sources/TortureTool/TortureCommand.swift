import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

/// What the subcommands of `lrvm-torture` do, once their arguments are parsed.
///
/// Each shows what it has to say on the console and returns how the process is to end.
public enum TortureCommand {
  /// Where scenarios are looked for unless a path says otherwise.
  static let scenariosDefault = "scenarios"
  /// The same for canaries.
  static let canariesDefault = "scenarios/canary"

  /// To be called before anything asynchronous: whether the system starts the few threads that it takes.
  static func checkSystem(console: Console) -> CommandStatus {
    do {
      try SystemLimits.checkStart()
      return .success
    } catch {
      return fail(error, .usage, console)
    }
  }

  static func fail(_ error: any Error, _ status: CommandStatus, _ console: Console) -> CommandStatus {
    for line in "Error: \(error)".split(separator: "\n") {
      console.writeStatus(SafeName.printable(String(line)) + "\n")
    }
    return status
  }
}
