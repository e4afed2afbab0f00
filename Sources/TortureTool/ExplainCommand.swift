import ArgumentParser
import TextFiles
import TortureCampaign
import TortureFailures
import TortureViews

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Says which sync is missing, and on which disks a failure cannot happen.",
    discussion: """
      Works on any reproducer, and best on one that was shrunk. Exits with 1 if the failure is there, with 0 if it did \
      not come back.
      """)

  @Argument(help: "A reproducer.", completion: .file(extensions: ["json"]))
  var file: String

  @Flag(help: "Print one line of JSON, for programs.")
  var json = false

  func run() async throws {
    try await TortureCommand.explain(file, isJSON: json, console: .standard).exit()
  }
}

extension TortureCommand {
  /// `explain`: what closes the failure of the reproducer at `path`: the missing sync, the profile, the rule.
  ///
  /// - Parameter isJSON: whether programs read it.
  /// - Returns: `.violation` where the failure is there, `.success` where it is not.
  static func explain(
    _ path: String, isJSON: Bool = false, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    await ReproducerQuestion(path: path, console: console, launch: launch, verb: "explain").ask {
      ExplainTask($0)
    } tell: { _, explanation in
      let lines = isJSON ? [try JSONText.line(explanation)] : ExplanationText.lines(explanation)
      return (lines, explanation.isThere ? .violation : .success)
    }
  }
}
