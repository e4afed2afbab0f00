import ArgumentParser
import Torture

struct PromoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Puts a reproducer among those that every run replays first.",
    discussion: "Best done with one that was shrunk, once its failure is mended. Nothing is overwritten.")

  @Argument(help: "A reproducer.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    help: "The new file's name without its ending. (default: the failure, the scenario and the seed)")
  var name: String?

  @Option(
    help: ArgumentHelp("The folder: 'regressions' beside the scenarios.", valueName: "folder"),
    completion: .directory)
  var to = PromoteOptions.folderDefault

  func validate() throws {
    if to.isEmpty { throw ValidationError("--to needs the name of a folder.") }
  }

  func run() throws {
    var options = PromoteOptions()
    options.name = name
    options.folder = to
    try TortureCommand.promote(file, options, console: .standard).exit()
  }
}
