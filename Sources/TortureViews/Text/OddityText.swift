import TortureCampaign
import TortureCore

/// What is odd about a campaign's cases apart from failures, in words: two runs that differ, cases that could not be judged.
enum OddityText {
  /// Both.
  static func lines(_ summary: Summary) -> [String] {
    lines(summary.unjudged) + lines(summary.nondeterminism)
  }

  /// A line for each of the first cases that could not be judged, and one for the rest.
  static func lines(_ found: Summary.Unjudged) -> [String] {
    var lines = found.cases.map { "not judged: \($0.scenario), seed \($0.seed): \($0.reason)" }
    let more = found.count - found.cases.count
    if more > 0 { lines.append("not judged: \(Figure.count(more, "more case", "more cases"))") }
    return lines
  }

  /// A line for each of the first ones, and one for the rest.
  static func lines(_ found: Summary.Nondeterminism) -> [String] {
    var lines = found.cases.map { entry in
      let difference = entry.difference
      var text =
        "nondeterminism: \(entry.scenario), seed \(entry.seed): two runs differ in \(difference.fields.joined(separator: ", "))"
      if entry.digest != difference.otherDigest {
        text += " (digest \(entry.digest) and \(difference.otherDigest))"
      }
      return text
    }
    let more = found.count - found.cases.count
    if more > 0 { lines.append("nondeterminism: \(Figure.count(more, "more case", "more cases")) differ") }
    return lines
  }
}
