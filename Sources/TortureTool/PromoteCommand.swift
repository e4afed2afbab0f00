import ArgumentParser
import SystemPackage
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

struct PromoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Adds a reproducer to those that every run replays first.",
    discussion: "Best done with one that was shrunk, once its failure is fixed. Nothing is overwritten.")

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

/// What `promote` is to do.
struct PromoteOptions: Hashable, Sendable {
  /// The folder that the reproducer is put into.
  var folder = PromoteOptions.folderDefault
  /// The new file's name without its ending; nil for one made of the failure, the scenario and the seed.
  var name: String?

  /// Beside the scenarios that run by default.
  static let folderDefault = "\(TortureCommand.scenariosDefault)/\(Regressions.folderName)"

  init() {}
}

extension TortureCommand {
  /// `promote`: puts the reproducer at `path` among those that every run replays first. Nothing is overwritten.
  ///
  /// - Returns: `.success` once it is there; `.usage` where the file is no reproducer, or one that cannot be fixed, or
  ///   the name is taken or is none.
  static func promote(_ path: String, _ options: PromoteOptions, console: Console) -> CommandStatus {
    do {
      let reproducer = try Reproducer.read(path)
      guard reproducer.scenario.sabotage.isEmpty else {
        throw PromoteError(
          "'\(path)' breaks its store by sabotage, so it would fail forever; promote failures of the store itself"
        )
      }
      let name = options.name ?? reproducer.nameAsRegression
      guard PromoteError.isName(name) else {
        throw PromoteError(
          "'\(name)' cannot name a regression: expected 1 to \(SafeName.lengthMax) lower-case letters, digits and '-', "
            + "and no '-' at the start")
      }
      let file = FilePath(options.folder).appending(name + ".json")
      guard try FileTree.type(of: file) == nil else {
        throw PromoteError("'\(file)' already exists and was left alone; choose another name with --name")
      }
      try FileTree.makeFolder(FilePath(options.folder))
      try TextFile.create(file, reproducer.asRegression.text())
      console.write(
        SafeName.printable("\(file): every run of the scenarios beside it replays this first") + "\n")
      return .success
    } catch let error as FileAccessError {
      return fail(error, .harnessFailure, console)
    } catch {
      return fail(error, .usage, console)
    }
  }
}

extension Reproducer {
  /// For instance `lost-commit-bank-12`.
  fileprivate var nameAsRegression: String {
    let kind = finding.violation?.kind.rawValue ?? "trap"
    return "\(kind)-\(scenario.name)-\(seed)"
  }

  /// With its operations in it, and without what a shrink would go on from.
  fileprivate var asRegression: Reproducer {
    var reproducer = finding.trap == nil ? withOperations() : self
    reproducer.shrinking = nil
    return reproducer
  }
}

/// A reproducer that cannot be promoted.
private struct PromoteError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  /// One part of a path, that is never hidden and never leads elsewhere.
  static func isName(_ name: String) -> Bool {
    (1...SafeName.lengthMax).contains(name.utf8.count) && name.first != "-"
      && name.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
  }
}
