package import TortureCampaign
import TortureFailures

/// What differs between two campaigns, a line for each failure.
package enum DifferenceText {
  /// The new ones first, with what closes them.
  package static func lines(_ difference: ReportDifference) -> [String] {
    var lines: [String] = []
    for group in difference.new {
      lines.append("new       \(group.kind)  \(group.title)")
      lines += [group.remedy, place(group)].compactMap(\.self).map { "          \($0)" }
    }
    lines += difference.known.map { "known     \($0.kind)  \($0.title)" }
    lines += difference.gone.map { gone in
      let cases = Figure.count(gone.cases, "case")
      return "gone      \(gone.group.kind)  \(gone.group.title): not seen in \(cases) of its scenarios"
    }
    lines += difference.unseen.map { group in
      "not run   \(group.kind)  \(group.title): none of its scenarios ran"
    }
    lines.append(
      "\(Figure.count(difference.new.count, "new failure")), \(difference.known.count) known, "
        + "\(difference.gone.count) gone, \(difference.unseen.count) not looked for")
    return lines
  }

  private static func place(_ group: FailureGroup) -> String? {
    group.examples.first.map { "first seen in scenario \($0.scenario), seed \($0.seed)" }
  }
}
