import BigInt
import TextFiles
package import TortureCampaign
import TortureCore
import TortureFailures

/// The end of a campaign in words: the table, what was never reached, where to look next.
package enum CampaignEnding {
  /// This many failures are shown as stories.
  private static let storiesMax = 3

  package static func lines(_ outcome: CampaignOutcome, isBrief: Bool) -> [String] {
    let total = outcome.summary.total
    var lines: [String] = []
    if !isBrief {
      lines.append("")
      lines += table(outcome)
      for name in outcome.scenarioNames {
        guard let figures = outcome.summary.perScenario[name] else { continue }
        if let coverage = figures.coverage {
          lines.append("\(name): \(sentence(coverage, violations: figures.violations))")
        }
        if let schedules = figures.schedules { lines.append("\(name): \(SchedulesText.sentence(schedules))") }
      }
      let unreached = total.marks.filter { $0.value == 0 }.keys.sorted()
      // A canary ends at its first finding, wherever it has got to by then.
      if !unreached.isEmpty && !outcome.isCanary {
        lines.append("never reached: \(unreached.joined(separator: "; "))")
      }
      lines.append("")
    }
    lines += OddityText.lines(outcome.summary)
    lines += outcome.notFound.map { name in
      let figures = outcome.summary.perScenario[name] ?? Summary.Figures()
      return "not found  \(name)  in \(Figure.count(figures.cases, "case")) and "
        + "\(Figure.count(figures.crashStatesExecuted, "crash state"))"
    }
    lines += regressionLines(outcome.summary.regressions)
    let skipped = outcome.skipped
    if !skipped.isEmpty { lines.append("not run: \(skipped.joined(separator: ", "))") }
    lines.append("\(verdict(outcome)) Report: \(outcome.out)")
    if let needs = NeedsText.line(outcome.summary.groups.all) { lines.append(needs) }
    let groups = CampaignViews(outcome).groups
    if !isBrief { lines += failures(groups, kept: outcome.summary.groups.all.reduce(0) { $0 + $1.count }) }
    if let line = groups.first(where: { $0.replayLine != nil })?.replayLine {
      lines += ["", "To see the first failure again:", line]
    }
    return lines.map(SafeName.printable)
  }

  /// The first failures as stories. A case keeps some of its violations only, and only those are in groups.
  private static func failures(_ groups: [CampaignViews.Group], kept: Int) -> [String] {
    groups.prefix(storiesMax).flatMap { view -> [String] in
      let group = view.group
      let beginning = [group.need, group.summary].compactMap(\.self)
      let ending = [group.remedy ?? group.refusal, group.sizes].compactMap(\.self)
      let story = beginning + group.story + ending
      let count = "\(Figure.grouped(group.count)) of \(Figure.count(kept, "violation")) kept"
      return ["", "\(group.title): \(count)"] + story.map { "  \($0)" }
    }
  }

  private static func regressionLines(_ regressions: Regressions.Outcome) -> [String] {
    if regressions.replayed == 0 { return [] }
    let count = "\(regressions.replayed) \(regressions.replayed == 1 ? "regression" : "regressions") replayed"
    return [
      regressions.failing.isEmpty
        ? "\(count): none is back" : "\(count): back: \(regressions.failing.joined(separator: ", "))"
    ]
  }

  private static func verdict(_ outcome: CampaignOutcome) -> String {
    let total = outcome.summary.total
    let size =
      "\(Figure.count(total.crashStatesExecuted, "crash state")) of \(Figure.count(total.cases, "case")) in "
      + "\(Figure.seconds(total.seconds)) s"
    return "\(CampaignHeadline(outcome.record, outcome.summary).text) (\(size))."
  }

  /// What was covered, as a proof would say it.
  private static func sentence(_ coverage: Coverage, violations: Int) -> String {
    let points = coverage.pointsExhausted + coverage.pointsCapped
    let found = violations == 0 ? "none wrong" : "\(Figure.grouped(violations)) wrong"
    var text = ""
    if points > 0 {
      text =
        "\(count(coverage.legal)) legal crash states at \(Figure.count(points, "crash point")); "
        + "\(Figure.grouped(coverage.executions)) recoveries executed, "
      if coverage.remembered > 0 { text += "\(Figure.grouped(coverage.remembered)) remembered, " }
      if coverage.pointsCapped == 0 {
        text += "all covered, \(found)"
      } else {
        text +=
          "\(count(coverage.covered)) states covered, \(found); the cap on executions was met at "
          + "\(Figure.count(coverage.pointsCapped, "point")) and left out \(count(coverage.leftOut)) states"
      }
    }
    if coverage.torn.legal > 0 {
      text +=
        "; \(count(coverage.torn.covered)) of \(count(coverage.torn.legal)) with a torn or exposed sector covered, "
        + "\(Figure.compact(coverage.torn.several, exactDigits: 12)) with several left out"
    }
    if coverage.behaviours.met > 0 {
      text +=
        (text.isEmpty ? "" : "; ")
        + "\(Figure.grouped(coverage.behaviours.tried)) of \(Figure.grouped(coverage.behaviours.met)) update behaviours tried"
    }
    if coverage.bounded.points > 0 {
      let capped = coverage.bounded.pointsCapped
      text +=
        (text.isEmpty ? "" : "; ")
        + "at \(Figure.count(coverage.bounded.points, "point")) \(Figure.grouped(coverage.bounded.states)) states with few "
        + "deviations executed one by one, of "
        + "\(count(coverage.bounded.leftOut + BigUInt(coverage.bounded.states))) legal ones"
      if capped > 0 { text += " (at \(Figure.grouped(capped)) of them not all within the bound)" }
    }
    if coverage.pointsSampled > 0 {
      text +=
        "; at \(Figure.count(coverage.pointsSampled, "point")) \(Figure.grouped(coverage.statesSampled)) states drawn"
    }
    if points == 0 { text += "; \(found)" }
    return text
  }

  /// As exactly as it can be read.
  private static func count(_ states: BigUInt) -> String { Figure.compact(states, exactDigits: 18) }

  private static func table(_ outcome: CampaignOutcome) -> [String] {
    var rows = [["scenario", "cases", "crash states", "states/s", "commits", "violations"]]
    for name in outcome.scenarioNames {
      rows.append(row(SafeName.printable(name), outcome.summary.perScenario[name] ?? Summary.Figures()))
    }
    if outcome.scenarioNames.count > 1 { rows.append(row("all", outcome.summary.total)) }
    return Figure.table(rows)
  }

  private static func row(_ name: String, _ figures: Summary.Figures) -> [String] {
    [name]
      + [
        figures.cases, figures.crashStatesExecuted, Int(figures.statesPerSecond), figures.commits,
        figures.violations,
      ].map(Figure.grouped)
  }
}
