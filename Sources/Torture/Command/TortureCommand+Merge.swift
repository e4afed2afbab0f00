internal import SystemPackage

/// What `merge` is to do.
public struct MergeOptions: Sendable {
  /// The merged report's folder.
  public var out = "reports/merged"
  /// Whether the views show what the clock decides.
  public var hasTimes = true
  /// How many failures are replayed at the same time.
  public var jobs = 1
  /// How the program was called, for the lines that replay failures.
  public var program = "lrvm-torture"
  /// The program's environment.
  public var environment: [String: String] = [:]

  public init() {}
}

extension TortureCommand {
  /// `merge`: the reports in the folders `paths`, which are of one campaign, as one report.
  ///
  /// - Parameters:
  ///   - launch: starts a worker, which replays failures to draw them; nil for this very program.
  /// - Returns: as the campaign would have ended.
  public static func merge(
    _ paths: [String], _ options: MergeOptions, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    do {
      try SystemLimits.check(jobs: options.jobs)
      let command = "\(ShellWord.quote(options.program)) replay"
      var merge = try ReportMerge(paths, out: options.out, replayCommand: command)
      let merged = try merge.run()
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let pictures = try await FailurePictures(
        launch: try launch ?? .ownExecutable(), folder: folder, jobs: options.jobs, isInterrupted: { false }
      ).draw(merged.report.toPicture(merged.summary))
      let views = CampaignViews(
        merged.record, merged.summary, merged.report, pictures: pictures, hasTimes: options.hasTimes)
      for view in ReportView.allCases { try merged.report.write(view, views.text(view)) }
      for line in try PipelineNotice(options.environment).tell(views) { console.write(line + "\n") }
      var told = "\(Figure.grouped(paths.count)) \(paths.count == 1 ? "report" : "reports") merged"
      if merged.duplicates > 0 {
        told += ", \(Figure.grouped(merged.duplicates)) results were in more than one of them"
      }
      console.write("\(told): shard \(merged.record.shard)\n")
      let outcome = CampaignOutcome(
        summary: merged.summary, scenarioNames: merged.record.scenarios.map(\.name), out: options.out,
        replayLine: views.groups.lazy.compactMap(\.replayLine).first, differences: [], differencesCount: 0,
        notFound: merged.record.isCanary
          ? views.scenarios.filter { $0.figures.violations == 0 }.map(\.scenario.name) : [],
        isCanary: merged.record.isCanary)
      for line in CampaignEnding.lines(outcome, isBrief: false) { console.write(line + "\n") }
      return outcome.status
    } catch {
      let isUsage = (error as? ReportError)?.isWrongFolder == true || error is SystemLimitError
      return fail(error, isUsage ? .usage : .harnessFailure, console)
    }
  }
}
