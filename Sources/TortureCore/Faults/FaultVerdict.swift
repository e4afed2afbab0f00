/// How a run with faults ended, or one crash state of it; the better ones first.
///
/// Which of them a fault excuses, `Owed` says; what is worse is a violation.
public enum FaultVerdict: String, Codable, Hashable, Sendable, CaseIterable {
  /// Every promised commit is there, and nothing in part.
  case durableAtomic = "durable-atomic"
  /// An error said that something is wrong, and nothing wrong was shown.
  case detected
  /// Every promised commit is there; commits that had failed or were in flight are there or not, and it stays so.
  case unknownThenStable = "unknown-then-stable"
  /// The state after a prefix of the commits, without some that were promised.
  case atomic
  /// Something else, and in bytes that the system's format has no means to check.
  case undetectable = "undetectable-by-format"
  /// Worse than what is owed.
  case violation
}

extension FaultVerdict: Comparable {
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }

  /// Whether `left` is better than `right`.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// What the runs with one kind of fault came to.
public struct FaultTally: Codable, Hashable, Sendable {
  /// Runs that a fault struck.
  public var runs = 0
  /// Crash states of these runs that were recovered and judged.
  public var crashStates = 0
  /// How many of the runs ended in which verdict: the worst of the run itself and of its crash states.
  public var verdicts: [String: Int] = [:]
  /// Runs and crash states that violated something.
  public var violations = 0

  /// Nothing yet.
  public init() {}

  /// Adds one run.
  mutating func addRun(_ verdict: FaultVerdict) {
    runs += 1
    verdicts[verdict.rawValue, default: 0] += 1
  }

  /// How many runs ended in the verdict.
  public func count(_ verdict: FaultVerdict) -> Int { verdicts[verdict.rawValue] ?? 0 }

  public static func + (left: FaultTally, right: FaultTally) -> FaultTally {
    var sum = left
    sum.runs += right.runs
    sum.crashStates += right.crashStates
    sum.verdicts.merge(right.verdicts, uniquingKeysWith: +)
    sum.violations += right.violations
    return sum
  }

  enum CodingKeys: String, CodingKey {
    case runs, verdicts, violations
    case crashStates = "crash_states"
  }
}
