package import ArgumentParser
import FaultMount
import TortureTool
import TortureViews

package struct PowerCutCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "power-cut", abstract: "Cuts the power under a mount, and returns when that is done.",
    discussion: """
      What is not durable may be gone; whatever is open is dead (ESTALE). The file system can be used again at once, \
      as it would be after a restart.
      """)

  @Argument(help: "The directory of the mount.", completion: .directory)
  var directory: String

  @Option(help: "Let this seed decide which of the parts that are not durable survive.")
  var seed: UInt64?

  @Option(help: "How much of what is not durable survives: all or none. (default: none)")
  var keep: Kept?

  enum Kept: String, ExpressibleByArgument, CaseIterable {
    case all, none
  }

  package init() {}

  package func validate() throws {
    if seed != nil && keep != nil { throw ValidationError("--seed and --keep cannot be combined.") }
  }

  package func run() throws {
    let kept: MountRequest.Kept =
      if let seed { .drawn(seed: seed) } else { keep == .all ? .everything : .nothing }
    guard case .powerCut(let openCells, let lostCells) = try MountText.ask(.cutPower(kept), directory) else {
      return
    }
    Console.standard.write("power cut: \(lostCells) of \(openCells) parts that were not durable are lost\n")
  }
}
