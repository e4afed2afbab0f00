import TortureCampaign
import TortureCore
import TortureFailures

/// A campaign as Markdown, for the summary page of a pipeline's run.
struct MarkdownSummary {
  private let views: CampaignViews

  private static let groupsToldMax = 20

  init(_ views: CampaignViews) {
    self.views = views
  }

  func text() -> String {
    var lines = ["## lrvm-torture: \(plain(views.headline.text))", ""]
    let total = views.summary.total
    var size =
      "\(Figure.count(total.crashStatesExecuted, "crash state")) of \(Figure.count(total.cases, "case"))"
    if views.hasTimes { size += " in \(Figure.seconds(total.seconds)) s" }
    lines += ["\(size). Campaign \(views.summary.campaign), shard \(views.summary.shard).", ""]
    lines += [
      "| scenario | profile | fault | cases | crash states | violations | traps | not judged |",
      "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for (scenario, figures) in views.scenarios {
      let numbers = [
        figures.cases, figures.crashStatesExecuted, figures.violations, figures.trapped, figures.failed,
      ].map(Figure.grouped)
      let words = [scenario.name, scenario.disk.profile.rawValue, CampaignViews.fault(scenario)].map(plain)
      lines.append("| \((words + numbers).joined(separator: " | ")) |")
    }
    if !views.skipped.isEmpty {
      lines += ["", "Not run: " + views.skipped.map(plain).joined(separator: ", ") + "."]
    }
    lines += OddityText.lines(views.summary).map { "- \(plain($0))" }
    if !views.groups.isEmpty {
      lines += ["", views.record.isCanary ? "### What the canaries showed" : "### Failures", ""]
      if let needs = NeedsText.line(views.summary.groups.all) { lines += [plain(needs), ""] }
      for group in views.groups.prefix(Self.groupsToldMax) {
        lines.append(
          "- **\(plain(group.group.kind))**, \(Figure.count(group.group.count, "violation")) kept: \(plain(group.group.title))  "
        )
        lines.append("  \(plain(group.group.summary))")
        for line in [group.group.remedy, group.group.need].compactMap(\.self) {
          lines.append("  <br>\(plain(line))")
        }
        let story = group.group.story
        if !story.isEmpty {
          lines.append("  <br>" + story.map { "<code>\(plain($0))</code>" }.joined(separator: "<br>"))
        }
        if let line = group.replayLine { lines.append("  <br><code>\(plain(line))</code>") }
      }
      let untold = views.groups.count - Self.groupsToldMax + views.groupsLeftOut
      if untold > 0 { lines.append("- and \(Figure.grouped(untold)) more groups, in report.html") }
    }
    let unreached = total.marks.filter { $0.value == 0 }.keys.sorted()
    if !unreached.isEmpty && !views.record.isCanary {
      lines += ["", "Never reached: " + unreached.map(plain).joined(separator: "; ") + "."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func plain(_ text: String) -> String { MarkupText.markdown(text) }
}
