import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures

/// A campaign as JUnit XML: a scenario is a test case, and a failure's text has the line that reproduces it.
struct JUnitReport {
  private let views: CampaignViews

  /// A test case names this many groups of failures.
  private static let groupsToldMax = 5

  init(_ views: CampaignViews) {
    self.views = views
  }

  func text() -> String {
    let cases = [regressions].compactMap(\.self) + views.scenarios.map { testCase($0.scenario, $0.figures) }
    let failures = cases.filter(\.isFailure).count
    let errors = cases.filter { !$0.isFailure && $0.isError }.count
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
    let skipped = "skipped=\"\(cases.count(where: \.isSkipped))\""
    let time = time(views.summary.total)
    let properties = [
      ("campaign", views.summary.campaign), ("shard", "\(views.summary.shard)"),
      ("crash_states_executed", "\(views.summary.total.crashStatesExecuted)"),
    ].map { "      <property name=\"\($0.0)\" value=\"\(MarkupText.xml($0.1))\"/>\n" }.joined()
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="lrvm-torture" \(counts)\(time)>
        <testsuite name="lrvm-torture" \(counts) \(skipped) version="\(views.summary.version)"\(time)>
          <properties>
      \(properties)    </properties>
      \(cases.map(\.text).joined())  </testsuite>
      </testsuites>

      """
  }

  private struct TestCase {
    var text: String
    var isFailure: Bool
    var isError: Bool
    var isSkipped = false
  }

  private func testCase(_ scenario: Scenario, _ figures: Summary.Figures) -> TestCase {
    var parts: [String] = []
    let isMissed = views.record.isCanary && figures.violations == 0
    let isFailure = views.record.isCanary ? isMissed : figures.violations > 0
    if isMissed {
      parts.append(
        element(
          "failure", type: "canary-not-found", "not found in \(Figure.count(figures.cases, "case"))",
          lines: []))
    } else if isFailure {
      let groups = views.groups(of: scenario.name)
      let message =
        "\(figures.violations) of \(figures.crashStatesExecuted) crash states failed, in "
        + "\(groups.count) \(groups.count == 1 ? "way" : "ways")"
      let lines = groups.prefix(Self.groupsToldMax).flatMap { group -> [String] in
        [group.group.summary, "  \(Figure.count(group.group.count, "violation")) kept: \(group.group.title)"]
          + ([group.group.need, group.group.remedy].compactMap(\.self) + group.group.story).map { "  \($0)" }
          + [group.replayLine].compactMap(\.self).map { "  reproduce: \($0)" }
      }
      parts.append(element("failure", type: groups.first?.group.kind ?? "violation", message, lines: lines))
    }
    let isError = figures.failed > 0
    if isError {
      let cases = views.summary.unjudged.cases.filter { $0.scenario == scenario.name }
      let lines = cases.map { "seed \($0.seed): \($0.reason)" }
      parts.append(
        element(
          "error", type: "not-judged", "\(Figure.count(figures.failed, "case")) could not be judged",
          lines: lines))
    }
    let differing = views.summary.nondeterminism.cases.filter { $0.scenario == scenario.name }
    if !differing.isEmpty && !isError {
      let lines = differing.map { "seed \($0.seed): \($0.difference.fields.joined(separator: ", "))" }
      parts.append(
        element("error", type: "nondeterminism", "two runs of a case differ", lines: lines))
    }
    let isSkipped = figures.cases == 0 && !isFailure
    if isSkipped { parts.append("      <skipped message=\"no case of it started before the limit\"/>\n") }
    parts.append(
      "      <system-out>\(MarkupText.xml(figuresLine(figures)))</system-out>\n")
    let name = MarkupText.xml(scenario.name)
    let text = """
          <testcase name="\(name)" classname="lrvm-torture"\(time(figures))>
      \(parts.joined())    </testcase>

      """
    return TestCase(
      text: text, isFailure: isFailure, isError: isError || !differing.isEmpty, isSkipped: isSkipped)
  }

  /// The failures that were fixed before, as one test case; nil where none was replayed.
  private var regressions: TestCase? {
    let outcome = views.summary.regressions
    if outcome.replayed == 0 { return nil }
    var parts: [String] = []
    if !outcome.failing.isEmpty {
      let message = "\(outcome.failing.count) of \(outcome.replayed) fixed failures are back"
      parts.append(element("failure", type: "regression", message, lines: outcome.failing))
    }
    parts.append("      <system-out>\(outcome.replayed) replayed</system-out>\n")
    let text = """
          <testcase name="regressions" classname="lrvm-torture">
      \(parts.joined())    </testcase>

      """
    return TestCase(text: text, isFailure: !outcome.failing.isEmpty, isError: false)
  }

  private func figuresLine(_ figures: Summary.Figures) -> String {
    "\(figures.cases) cases, \(figures.crashStatesExecuted) crash states, \(figures.commits) commits"
  }

  private func element(_ name: String, type: String, _ message: String, lines: [String]) -> String {
    let body = MarkupText.xml(lines.map(SafeName.printable).joined(separator: "\n"))
    return
      "      <\(name) type=\"\(MarkupText.xml(type))\" message=\"\(MarkupText.xml(message))\">\(body)</\(name)>\n"
  }

  /// Seconds with at most three digits behind the point, as the schema wants them.
  private func time(_ figures: Summary.Figures) -> String {
    guard views.hasTimes else { return "" }
    let milliseconds = Int((figures.seconds * 1000).rounded())
    let rest = "\(milliseconds % 1000)"
    return " time=\"\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)\""
  }
}
