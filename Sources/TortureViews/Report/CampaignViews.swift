import FaultFS
package import TortureCampaign
package import TortureCore
import TortureFailures

/// All that the views of a campaign show: one collection for every format.
package struct CampaignViews: Sendable {
  /// A group of failures as it is shown.
  package struct Group: Sendable {
    var group: FailureGroup
    /// The reproducer of its first failure, the smallest that there is, below the report's folder; nil where none was
    /// written.
    var reproducer: String?
    /// The line to copy that replays it.
    var replayLine: String?
    /// Its first failure, as `reproducer` has it.
    var finding: Finding?
    /// Its first failure as it was found; nil where that is no other.
    var found: Found?
    /// The names of the scenario's segments.
    var segments: [String]
    /// What a replay saw; nil where none was made.
    var picture: FailurePicture?

    /// A failure as it was found, before it was made smaller.
    struct Found: Sendable {
      var reproducer: String
      var replayLine: String
      var finding: Finding
    }

    /// Where the failure is in the store's code: the frames that tell most, innermost first.
    var frames: [StackFrame] {
      if let trap = finding?.trap { return trap.stack.filter { SourcePlace($0) != nil } }
      let told = picture?.stacks.first { !$0.frames.isEmpty && $0.subject != .failedCheck }
      return told?.frames ?? picture?.stacks.first { !$0.frames.isEmpty }?.frames ?? []
    }
  }

  package let record: CampaignRecord
  package var summary: Summary
  package let groups: [Group]
  /// Groups beyond those that are shown.
  let groupsLeftOut: Int
  /// Whether what the clock decides is shown: without it, the views of equal results are equal.
  package let hasTimes: Bool

  /// The text of a view.
  package func text(_ view: ReportView) throws(ReportError) -> String {
    switch view {
    case .html: try HTMLReport(self).text()
    case .junit: JUnitReport(self).text()
    case .sarif: try SARIFReport(self).text()
    case .markdown: MarkdownSummary(self).text()
    }
  }

  /// The scenarios with their figures, in the campaign's order.
  package var scenarios: [(scenario: Scenario, figures: Summary.Figures)] {
    record.scenarios.map { ($0, summary.perScenario[$0.name] ?? Summary.Figures()) }
  }

  /// What the scenario is about apart from power cuts: the calls that sabotage drops, and faults of the disk but those that
  /// strike once beside the run without faults.
  package static func fault(_ scenario: Scenario) -> String {
    let words =
      scenario.sabotage.map { "drops \($0.drop.rawValue) of \($0.file)" }
      + (scenario.faults.isBesidePlainRun ? [] : scenario.faults.kinds.map(\.rawValue))
    return words.isEmpty ? "none" : words.joined(separator: ", ")
  }

  /// The groups with a failure of this scenario.
  package func groups(of scenario: String) -> [Group] {
    groups.filter { $0.group.scenarios[scenario] != nil }
  }

  /// What it came to.
  var headline: CampaignHeadline { CampaignHeadline(record, summary) }

  /// The scenarios of which no case ran.
  var skipped: [String] { record.skipped(summary) }
}

extension CampaignViews {
  /// The views of a report.
  package init(_ outcome: CampaignOutcome, hasTimes: Bool = true) {
    let (report, pictures) = (outcome.report, outcome.pictures)
    let all = outcome.summary.groups.all
    self.init(
      record: outcome.record, summary: outcome.summary,
      groups: all.prefix(ReportFolder.groupsMax).map { group -> Group in
        let told = report.toldGroups[group.fingerprint]
        let path = told?.smaller?.path ?? told?.path
        let reproducer = told?.smaller?.reproducer ?? told?.reproducer
        return Group(
          group: group, reproducer: path, replayLine: path.map { report.replayLine($0) },
          finding: reproducer?.finding,
          found: told.flatMap { told in
            told.smaller == nil
              ? nil
              : Group.Found(
                reproducer: told.path, replayLine: report.replayLine(told.path),
                finding: told.reproducer.finding)
          },
          segments: reproducer?.scenario.segments.map(\.name) ?? [],
          picture: pictures[group.fingerprint])
      },
      groupsLeftOut: max(0, all.count - ReportFolder.groupsMax), hasTimes: hasTimes)
  }
}

extension CampaignViews {
  /// Writes all views of a campaign into its report.
  ///
  /// - Parameters:
  ///   - environment: the program's: where it says that a pipeline runs it, the pipeline is told.
  /// - Returns: what the pipeline hears on standard output.
  package func publish(_ report: ReportFolder, _ environment: [String: String]) throws(ReportError)
    -> [String]
  {
    for view in ReportView.allCases { try report.write(view, text(view)) }
    return try PipelineNotice(environment).tell(self)
  }
}

/// A place in the store's sources: a frame of which the file and the line are known, below a package's folder.
struct SourcePlace: Hashable {
  var function: String
  /// Never absolute, never above the package.
  var file: String
  var line: Int

  /// Nil where the frame has no such place.
  init?(_ frame: StackFrame) {
    guard frame.layer != .elsewhere, let path = frame.file, let number = frame.line, number >= 1,
      !path.isEmpty, !path.hasPrefix("/"), !path.split(separator: "/").contains("..")
    else { return nil }
    function = frame.function
    file = path
    line = number
  }
}
