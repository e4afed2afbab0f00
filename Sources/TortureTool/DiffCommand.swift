import ArgumentParser
import TextFiles
import TortureCampaign
import TortureViews

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Shows which failures are new, known, or gone since an earlier run.",
    discussion: """
      With an earlier run kept as the baseline, a pipeline fails on new failures only: this command exits with 1 if there \
      is one, whatever the run itself exited with. A failure counts as gone only if one of its scenarios ran again.
      """)

  @Argument(
    help: ArgumentHelp("The report of the earlier run.", valueName: "earlier"), completion: .directory)
  var earlier: String

  @Argument(help: ArgumentHelp("The report of the later run.", valueName: "later"), completion: .directory)
  var later = CampaignOptions().out

  func run() throws {
    try TortureCommand.diff(earlier, later, console: .standard).exit()
  }
}

extension TortureCommand {
  /// `diff`: holds the report in the folder `later` against that in `earlier`.
  ///
  /// - Returns: `.violation` where a failure is new.
  static func diff(_ earlier: String, _ later: String, console: Console) -> CommandStatus {
    do {
      let difference = try ReportDifference(
        from: ReportDifference.summary(of: earlier), to: ReportDifference.summary(of: later))
      for line in DifferenceText.lines(difference) { console.write(SafeName.printable(line) + "\n") }
      return difference.new.isEmpty ? .success : .violation
    } catch {
      return fail(error, .usage, console)
    }
  }
}
