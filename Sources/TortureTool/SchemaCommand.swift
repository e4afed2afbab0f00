import ArgumentParser
import TortureCore
import TortureFailures
import TortureViews

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of scenario files.")

  func run() {
    Console.standard.write(ScenarioSchema.text())
  }
}
