import ArgumentParser
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists scenarios with their descriptions.")

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them.", discussion: "Default: scenarios.",
      valueName: "path"))
  var paths: [String] = []

  @Flag(help: "As JSON: a list of whole scenarios, with the defaults of what their files leave out.")
  var json = false

  func run() throws {
    try TortureCommand.list(paths, asJSON: json, console: .standard).exit()
  }
}

extension TortureCommand {
  /// `list`: the scenarios at `paths` with their descriptions.
  static func list(_ paths: [String], asJSON: Bool = false, console: Console) -> CommandStatus {
    do {
      let scenarios = try ScenarioList.read(paths.isEmpty ? [scenariosDefault] : paths)
      if asJSON {
        console.write(try JSONText.document(scenarios))
        return .success
      }
      for scenario in scenarios {
        let expectation = scenario.expect == .violation ? " (expected to fail)" : ""
        console.write(SafeName.printable("\(scenario.name)\(expectation)") + "\n")
        for line in scenario.description.split(whereSeparator: \.isNewline) {
          console.write("    \(SafeName.printable(String(line)))\n")
        }
      }
      return .success
    } catch {
      return fail(error, .usage, console)
    }
  }
}
