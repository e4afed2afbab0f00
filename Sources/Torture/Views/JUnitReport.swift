/// A campaign as JUnit XML: a scenario is a test case, and a failure's text has the line that reproduces it.
struct JUnitReport {
  private let views: CampaignViews

  /// A test case tells of so many groups of failures.
  private static let groupsToldMax = 5

  init(_ views: CampaignViews) {
    self.views = views
  }

  func text() -> String {
    let cases = [regressions].compactMap(\.self) + views.scenarios.map { testCase($0.scenario, $0.figures) }
    let failures = cases.filter(\.isFailure).count
    let errors = cases.filter { !$0.isFailure && $0.isError }.count
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
    let time = time(views.summary.total)
    let properties = [
      ("campaign", views.summary.campaign), ("shard", "\(views.summary.shard)"),
      ("crash_states_executed", "\(views.summary.total.crashStatesExecuted)"),
    ].map { "      <property name=\"\($0.0)\" value=\"\(MarkupText.xml($0.1))\"/>\n" }.joined()
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="lrvm-torture" \(counts)\(time)>
        <testsuite name="lrvm-torture" \(counts) version="\(views.summary.version)"\(time)>
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
  }

  private func testCase(_ scenario: Scenario, _ figures: Summary.Figures) -> TestCase {
    var parts: [String] = []
    let isMissed = views.record.isCanary && figures.violations == 0
    let isFailure = views.record.isCanary ? isMissed : figures.violations > 0
    if isMissed {
      parts.append(
        element("failure", type: "canary-not-found", "not found in \(figures.cases) cases", lines: []))
    } else if isFailure {
      let groups = views.groups(of: scenario.name)
      let message =
        "\(figures.violations) of \(figures.crashStatesExecuted) crash states violated something, in "
        + "\(groups.count) \(groups.count == 1 ? "way" : "ways")"
      let lines = groups.prefix(Self.groupsToldMax).flatMap { group in
        [group.summary, "  \(group.group.count) times: \(group.group.place)"]
          + (group.replayLine.map { ["  reproduce: \($0)"] } ?? [])
      }
      parts.append(element("failure", type: groups.first?.group.kind ?? "violation", message, lines: lines))
    }
    let isError = figures.failed > 0
    if isError {
      let message = "\(figures.failed) \(figures.failed == 1 ? "case" : "cases") could not be judged"
      parts.append(element("error", type: "not-judged", message, lines: []))
    }
    parts.append(
      "      <system-out>\(MarkupText.xml(figuresLine(figures)))</system-out>\n")
    let name = MarkupText.xml(scenario.name)
    let text = """
          <testcase name="\(name)" classname="lrvm-torture"\(time(figures))>
      \(parts.joined())    </testcase>

      """
    return TestCase(text: text, isFailure: isFailure, isError: isError)
  }

  /// The failures that were mended before, as one test case; nil where none was replayed.
  private var regressions: TestCase? {
    let outcome = views.summary.regressions
    if outcome.replayed == 0 { return nil }
    var parts: [String] = []
    if !outcome.failing.isEmpty {
      let message = "\(outcome.failing.count) of \(outcome.replayed) mended failures are back"
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
