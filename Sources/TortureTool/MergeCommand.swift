import ArgumentParser
import FoundationEssentials
import SystemPackage
import TextFiles
package import TortureCampaign
import TortureFailures
package import TortureViews

package struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Joins the reports of a campaign's shards into one.",
    discussion: """
      The merged report is the one that a run without shards would have written. The order of the folders does not \
      matter, reports may have been merged before, and a case that is in two of them counts once. A single report is \
      rewritten with all its views.
      """)

  @Argument(
    help: ArgumentHelp("The folders of the reports.", valueName: "folder"), completion: .directory)
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "The merged report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = MergeOptions().out

  @Flag(help: "Leave times out of the views, so that equal results give equal views.")
  var withoutTimes = false

  @Option(
    help: ArgumentHelp("How long to spend on making failures smaller at the end.", valueName: "time"),
    transform: RunCommand.timeLimit)
  var shrinkLimit = TimeLimit.shrinkDefault

  @Flag(help: "Leave the failures as they were found.")
  var noShrink = false

  @Option(help: "How many failures are replayed in parallel. (default: the number of cores)")
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): expected a number from 1 to 512.")
    }
    if out.isEmpty { throw ValidationError("--out needs the name of a folder.") }
  }

  func run() async throws {
    var options = MergeOptions()
    options.out = out
    options.hasTimes = !withoutTimes
    options.shrinkLimit = noShrink ? nil : shrinkLimit
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.program = CommandLine.arguments.first ?? options.program
    options.environment = ProcessInfo.processInfo.environment
    try await TortureCommand.merge(folders, options, console: .standard).exit()
  }
}

/// What `merge` is to do.
package struct MergeOptions: Sendable {
  /// The merged report's folder.
  package var out = "reports/merged"
  /// Whether the views show what the clock decides.
  var hasTimes = true
  /// How long failures are made smaller; nil to leave them as they are.
  var shrinkLimit: TimeLimit?
  /// How many failures are replayed at the same time.
  var jobs = 1
  /// How the program was called, for the lines that replay failures.
  var program = "lrvm-torture"
  /// The program's environment.
  var environment: [String: String] = [:]

  package init() {}
}

extension TortureCommand {
  /// `merge`: the reports in the folders `paths`, which are of one campaign, as one report.
  ///
  /// - Parameters:
  ///   - launch: starts a worker, which replays failures to draw them; nil for this very program.
  /// - Returns: as the campaign would have ended.
  package static func merge(
    _ paths: [String], _ options: MergeOptions, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    do {
      try SystemLimits.check(jobs: options.jobs)
      let command = "\(ShellWord.quote(options.program)) replay"
      var merge = try ReportMerge(paths, out: options.out, replayCommand: command) {
        FailureStory.lines($0, case: $1, replayLine: $2)
      }
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let study = FailureStudy(
        launch: try launch ?? .ownExecutable(), folder: folder, jobs: options.jobs,
        shrinkLimit: options.shrinkLimit, isInterrupted: { false })
      let (outcome, duplicates) = try await merge.run(study)
      let views = CampaignViews(outcome, hasTimes: options.hasTimes)
      for line in try views.publish(outcome.report, options.environment) { console.write(line + "\n") }
      var told = "\(Figure.count(paths.count, "report")) merged"
      if duplicates > 0 {
        told += ", \(Figure.count(duplicates, "result")) in more than one of them"
      }
      console.write("\(told): shard \(outcome.record.shard)\n")
      for line in CampaignEnding.lines(outcome, isBrief: false) { console.write(line + "\n") }
      return outcome.status
    } catch {
      let isUsage = (error as? ReportError)?.isWrongFolder == true || error is SystemLimitError
      return fail(error, isUsage ? .usage : .harnessFailure, console)
    }
  }
}
