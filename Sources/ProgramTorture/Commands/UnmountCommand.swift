package import ArgumentParser
import FaultMount
import TortureTool
import TortureViews

package struct UnmountCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "unmount", abstract: "Ends a mount, and returns when nothing is mounted there.")

  @Argument(help: "The directory of the mount.", completion: .directory)
  var directory: String

  package init() {}

  package func run() throws {
    _ = try MountText.ask(.unmount, directory)
  }
}
