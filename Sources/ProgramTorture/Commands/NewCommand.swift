package import ArgumentParser
import FoundationEssentials
import SystemPackage
import TextFiles
import TortureCampaign
import TortureCore
import TortureTool
import TortureViews

package struct NewCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Writes a folder with a small program under torture, as a start.",
    discussion: """
      A store of twenty lines in Python, its scenario, the schema by which editors complete it, and a workflow for a \
      pipeline. It runs as it is; replace the store with your own program.
      """)

  @Argument(help: "The name of the folder and of the scenario: letters, digits and hyphens.")
  var name: String

  package init() {}

  package func validate() throws {
    guard name.first?.isLetter == true,
      name.utf8.allSatisfy({ byte in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
          true
        default: false
        }
      })
    else {
      throw ValidationError(
        "'\(name)': expected lower-case letters, digits and hyphens, with a letter first.")
    }
  }

  package func run() throws {
    do {
      for (path, text) in ProgramTemplate(name: name).files { try write(path, text) }
    } catch {
      try MountText.fail(error)
    }
    MountText.say(["\(name): a store under torture; try it:", "cd \(name) && \(program) run \(name).yaml"])
  }

  private var program: String { ShellWord.quote(CommandLine.arguments.first ?? "lrvm-torture") }

  /// Writes a new file; nothing is overwritten.
  private func write(_ path: String, _ text: String) throws(FileAccessError) {
    let file = FilePath(name).appending(path)
    do {
      try FileManager.default.createDirectory(
        atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
      let descriptor = try FileDescriptor.open(
        file, .writeOnly, options: [.create, .exclusiveCreate],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
    } catch {
      throw FileAccessError("create", file, error)
    }
  }
}
