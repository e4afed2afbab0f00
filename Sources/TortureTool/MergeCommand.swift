import ArgumentParser
import FoundationEssentials
import Torture

struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Joins the reports of a campaign's shards into one.",
    discussion: """
      The merged report is the one that a run without shards would have written. The order of the folders does not \
      matter, reports may have been merged before, and a case that is in two of them counts once. One report alone is \
      written anew, with all its views.
      """)

  @Argument(
    help: ArgumentHelp("The folders of the reports.", valueName: "folder"), completion: .directory)
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "The merged report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = MergeOptions().out

  @Flag(help: "Leave out of the views what the clock decides, so that equal results give equal views.")
  var withoutTimes = false

  @Option(help: "How many failures are replayed at the same time. (default: the number of cores)")
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): from 1 to 512 are possible.")
    }
    if out.isEmpty { throw ValidationError("--out needs the name of a folder.") }
  }

  func run() async throws {
    var options = MergeOptions()
    options.out = out
    options.hasTimes = !withoutTimes
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.program = CommandLine.arguments.first ?? options.program
    options.environment = ProcessInfo.processInfo.environment
    try await TortureCommand.merge(folders, options, console: .standard).exit()
  }
}
