import TortureCore

/// What the schedules of threads came to, in a sentence.
enum SchedulesText {
  static func sentence(_ coverage: ScheduleCoverage) -> String {
    var text =
      "\(Figure.count(coverage.schedules, "schedule")) with \(Figure.count(coverage.decisions, "decision")), "
      + "\(Figure.grouped(coverage.recordings)) of them different in their storage calls"
    if coverage.pointsKnown > 0 {
      text +=
        "; \(Figure.count(coverage.pointsKnown, "crash point")) of these had been come to by the same calls"
    }
    if coverage.joined > 0 {
      text +=
        "; \(Figure.grouped(coverage.joined)) came to a state that was known, and what follows was not run again"
    }
    if coverage.choicesBeyondBound > 0 {
      text += "; the bound on preemptions left out \(Figure.count(coverage.choicesBeyondBound, "choice"))"
    }
    if coverage.casesCapped > 0 {
      text += "; the cap on schedules ended \(Figure.count(coverage.casesCapped, "case"))"
    }
    return text
  }
}
