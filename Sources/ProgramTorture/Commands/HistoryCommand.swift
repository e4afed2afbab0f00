package import ArgumentParser
import FaultMount
import TortureTool
import TortureViews

package struct HistoryCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Prints the calls that changed a mount or made something durable, since power was last cut.")

  @Argument(help: "The directory of the mount.", completion: .directory)
  var directory: String

  @Flag(help: "As JSON.")
  var json = false

  package init() {}

  package func run() throws {
    guard case .history(let calls) = try MountText.ask(.history, directory) else { return }
    if json { return try MountText.sayJSON(calls) }
    MountText.say(calls.map(MountText.line))
  }
}
