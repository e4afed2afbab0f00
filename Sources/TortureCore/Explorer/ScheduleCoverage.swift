/// What the schedules of a case came to.
public struct ScheduleCoverage: Hashable, Sendable, Codable {
  /// How many were run.
  public var schedules = 0
  /// How many of these led to other storage calls, or another order of commits, than each one before; the crash states of the others
  /// are the same.
  public var recordings = 0
  /// At how many crash points of these another one had been crashed that came there by the same calls: their crash states are the same.
  public var pointsKnown = 0
  /// How many of the schedules came to a state that another one had been in: what can follow from there was not run again.
  public var joined = 0
  /// How many choices were left out since they would have put off a thread once too often.
  public var choicesBeyondBound = 0
  /// How many decisions the runs had in all.
  public var decisions = 0
  /// In how many cases the cap ended it.
  public var casesCapped = 0

  enum CodingKeys: String, CodingKey {
    case schedules, recordings, decisions, joined
    case pointsKnown = "points_known"
    case choicesBeyondBound = "choices_beyond_bound"
    case casesCapped = "cases_capped"
  }

  package init() {}

  package static func + (one: Self, other: Self) -> Self {
    var sum = one
    sum.schedules += other.schedules
    sum.recordings += other.recordings
    sum.pointsKnown += other.pointsKnown
    sum.joined += other.joined
    sum.choicesBeyondBound += other.choicesBeyondBound
    sum.decisions += other.decisions
    sum.casesCapped += other.casesCapped
    return sum
  }
}
