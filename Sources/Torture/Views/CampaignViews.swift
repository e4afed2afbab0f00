import FaultFS

/// All that the views of a campaign show: one collection for every format.
struct CampaignViews: Sendable {
  /// A group of failures as it is shown.
  struct Group: Sendable {
    var group: FailureGroup
    /// The reproducer of its first failure, below the report's folder; nil where none was written.
    var reproducer: String?
    /// The line to copy that replays it.
    var replayLine: String?
    /// Its first failure, as it was found; nil where no reproducer was written.
    var finding: Finding?
    /// The names of the scenario's segments.
    var segments: [String]
    /// What a replay saw; nil where none was made.
    var picture: FailurePicture?

    /// One sentence that says what is wrong.
    var summary: String { group.examples.first?.summary ?? group.kind }

    /// Where the failure is in the project's own code: the frames that tell most, innermost first.
    var frames: [String] {
      if let trap = finding?.trap { return trap.stack.filter { SourcePlace($0) != nil } }
      let told = picture?.stacks.first { !$0.frames.isEmpty && $0.title != "the check that failed" }
      return told?.frames ?? picture?.stacks.first { !$0.frames.isEmpty }?.frames ?? []
    }
  }

  let record: CampaignRecord
  var summary: Summary
  let groups: [Group]
  /// Groups beyond those that are shown.
  let groupsLeftOut: Int
  /// Whether what the clock decides is shown: without it, the views of equal results are equal.
  let hasTimes: Bool

  /// So many groups are shown; summary.json has all.
  static let groupsMax = 200
  /// Of the first so many, a failure is replayed to be drawn.
  static let picturesMax = 20

  /// The text of a view.
  func text(_ view: ReportView) throws(ReportError) -> String {
    switch view {
    case .html: try HTMLReport(self).text()
    case .junit: JUnitReport(self).text()
    case .sarif: try SARIFReport(self).text()
    case .markdown: MarkdownSummary(self).text()
    }
  }

  /// The scenarios with their figures, in the campaign's order.
  var scenarios: [(scenario: Scenario, figures: Summary.Figures)] {
    record.scenarios.map { ($0, summary.perScenario[$0.name] ?? Summary.Figures()) }
  }

  /// What goes wrong in the scenario apart from power cuts: the calls that sabotage drops, and faults of the disk.
  static func fault(_ scenario: Scenario) -> String {
    let words =
      scenario.sabotage.map { "drops \($0.drop.rawValue) of \($0.file)" }
      + scenario.faults.kinds.map(\.rawValue)
    return words.isEmpty ? "none" : words.joined(separator: ", ")
  }

  /// The groups with a failure of this scenario.
  func groups(of scenario: String) -> [Group] {
    groups.filter { $0.group.scenarios[scenario] != nil }
  }

  /// What it came to, in a sentence.
  var verdict: String {
    let total = summary.total
    var words: [String] = []
    if total.violations > 0 {
      words.append(
        "\(Figure.grouped(total.violations)) \(total.violations == 1 ? "violation" : "violations")")
    }
    if total.trapped > 0 { words.append("\(Figure.grouped(total.trapped)) of them traps") }
    if total.failed > 0 {
      words.append(
        "\(Figure.grouped(total.failed)) \(total.failed == 1 ? "case" : "cases") could not be judged")
    }
    let back = summary.regressions.failing
    if !back.isEmpty {
      words.append("\(back.count == 1 ? "a regression" : "regressions"): \(back.joined(separator: ", "))")
    }
    let found = words.isEmpty ? "Nothing found" : words.joined(separator: ", ")
    switch summary.state {
    case .finished: return found
    case .running: return found + " so far"
    case .interrupted: return found + "; interrupted"
    case .failed: return found + "; the harness itself failed"
    }
  }
}

extension CampaignViews {
  /// The views of a report.
  ///
  /// - Parameters:
  ///   - pictures: what replays saw, by the fingerprint of their group.
  init(
    _ record: CampaignRecord, _ summary: Summary, _ report: ReportFolder,
    pictures: [String: FailurePicture] = [:], hasTimes: Bool = true
  ) {
    let all = summary.groups.all
    self.init(
      record: record, summary: summary,
      groups: all.prefix(Self.groupsMax).map { group in
        let told = report.toldGroups[group.fingerprint]
        return Group(
          group: group, reproducer: told?.path, replayLine: told.map { report.replayLine($0.path) },
          finding: told?.reproducer.finding,
          segments: told?.reproducer.scenario.segments.map(\.name) ?? [],
          picture: pictures[group.fingerprint])
      },
      groupsLeftOut: max(0, all.count - Self.groupsMax), hasTimes: hasTimes)
  }
}

/// A line of a call stack taken apart: `function at file:line`.
struct SourcePlace: Hashable {
  var function: String
  /// Below the checkout: never absolute, never above it.
  var file: String
  var line: Int

  /// Nil where the line names no file of the project.
  init?(_ frame: String) {
    guard let at = frame.ranges(of: " at ").last else { return nil }
    var rest = String(frame[at.upperBound...])
    if rest.hasSuffix(" (inlined)") { rest.removeLast(" (inlined)".count) }
    guard let colon = rest.lastIndex(of: ":"), let line = Int(rest[rest.index(after: colon)...]), line >= 1
    else {
      return nil
    }
    file = String(rest[..<colon])
    guard !file.isEmpty, !file.hasPrefix("/"), !file.split(separator: "/").contains("..") else { return nil }
    function = String(frame[..<at.lowerBound])
    self.line = line
  }
}
