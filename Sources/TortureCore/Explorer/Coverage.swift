public import BigInt

/// What an exploration covered, exactly: numbers of crash states of the profile.
///
/// One execution stands for all crash states that differ only in what it never observed, so these numbers are
/// products that no machine word holds. Where a point's states are too entangled to be counted, its numbers of states
/// are left out of all sums, and the point is among `pointsUncounted`.
public struct Coverage: Hashable, Sendable {
  /// Crash states near all kept and none kept, where exhaustion met its cap.
  public struct Bounded: Hashable, Sendable {
    /// Crash points at which the bound applied.
    public var points = 0
    /// Of these, the ones whose budget ended before the bound.
    public var pointsCapped = 0
    /// States that were executed, each by itself.
    public var states = 0
    /// Legal states at these points that are not among those.
    public var leftOut = BigUInt(0)

    public init() {}
  }

  /// Ways in which writes can be out of order (`UpdateBehaviours`), at the crash points where not every state was tried.
  public struct Behaviours: Hashable, Sendable, Codable {
    /// Those that could happen there, each counted once in a case.
    public var met = 0
    /// Of these, the ones with a state that was executed.
    public var tried = 0

    public init() {}
  }

  /// Crash states with torn or exposed sectors, at the crash points where exhaustion had these among its alternatives.
  public struct Torn: Hashable, Sendable {
    /// Legal ones with one such sector.
    public var legal = BigUInt(0)
    /// Of these, the ones that an execution stands for.
    public var covered = BigUInt(0)
    /// Those with several, none of which is tried.
    public var several = BigUInt(0)

    public init() {}
  }

  /// Legal crash states without a torn or exposed sector at the crash points that were explored exhaustively.
  public var legal = BigUInt(0)
  /// Of these, the ones that an execution stands for.
  public var covered = BigUInt(0)
  /// Executions that covered them.
  public var executions = 0
  /// Recoveries from a crash point that were not executed, since one at an earlier point had observed the same.
  public var remembered = 0
  /// Crash points explored to the end, and those where the cap on executions was met first.
  public var pointsExhausted = 0
  public var pointsCapped = 0
  /// Of these, the points whose numbers of states are unknown.
  public var pointsUncounted = 0
  public var torn = Torn()
  public var behaviours = Behaviours()
  public var bounded = Bounded()
  /// Crash points at which states were drawn besides, and how many.
  public var pointsSampled = 0
  public var statesSampled = 0

  public init() {}

  public var leftOut: BigUInt { legal - covered }

  /// Whether every legal state of `points` crash points was covered, as the counts show, tears aside.
  package func isComplete(at points: Int) -> Bool {
    pointsExhausted == points && pointsUncounted == 0 && covered == legal
  }

  public static func + (left: Coverage, right: Coverage) -> Coverage {
    var sum = left
    sum.legal += right.legal
    sum.covered += right.covered
    sum.executions += right.executions
    sum.remembered += right.remembered
    sum.pointsExhausted += right.pointsExhausted
    sum.pointsCapped += right.pointsCapped
    sum.pointsUncounted += right.pointsUncounted
    sum.torn.legal += right.torn.legal
    sum.torn.covered += right.torn.covered
    sum.torn.several += right.torn.several
    sum.behaviours.met += right.behaviours.met
    sum.behaviours.tried += right.behaviours.tried
    sum.bounded.points += right.bounded.points
    sum.bounded.pointsCapped += right.bounded.pointsCapped
    sum.bounded.states += right.bounded.states
    sum.bounded.leftOut += right.bounded.leftOut
    sum.pointsSampled += right.pointsSampled
    sum.statesSampled += right.statesSampled
    return sum
  }
}

extension Coverage: Codable {
  enum CodingKeys: String, CodingKey {
    case legal = "legal_states"
    case covered = "covered_states"
    case leftOut = "left_out_states"
    case executions, remembered
    case pointsExhausted = "points_exhausted"
    case pointsCapped = "points_capped"
    case pointsUncounted = "points_uncounted"
    case torn, behaviours, bounded
    case pointsSampled = "points_sampled"
    case statesSampled = "states_sampled"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    legal = try fields.decodeStates(.legal)
    covered = try fields.decodeStates(.covered)
    executions = try fields.decode(Int.self, forKey: .executions)
    remembered = try fields.decode(Int.self, forKey: .remembered)
    pointsExhausted = try fields.decode(Int.self, forKey: .pointsExhausted)
    pointsCapped = try fields.decode(Int.self, forKey: .pointsCapped)
    pointsUncounted = try fields.decode(Int.self, forKey: .pointsUncounted)
    torn = try fields.decode(Torn.self, forKey: .torn)
    behaviours = try fields.decode(Behaviours.self, forKey: .behaviours)
    bounded = try fields.decode(Bounded.self, forKey: .bounded)
    pointsSampled = try fields.decode(Int.self, forKey: .pointsSampled)
    statesSampled = try fields.decode(Int.self, forKey: .statesSampled)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(String(legal), forKey: .legal)
    try fields.encode(String(covered), forKey: .covered)
    try fields.encode(String(leftOut), forKey: .leftOut)
    try fields.encode(executions, forKey: .executions)
    try fields.encode(remembered, forKey: .remembered)
    try fields.encode(pointsExhausted, forKey: .pointsExhausted)
    try fields.encode(pointsCapped, forKey: .pointsCapped)
    try fields.encode(pointsUncounted, forKey: .pointsUncounted)
    try fields.encode(torn, forKey: .torn)
    try fields.encode(behaviours, forKey: .behaviours)
    try fields.encode(bounded, forKey: .bounded)
    try fields.encode(pointsSampled, forKey: .pointsSampled)
    try fields.encode(statesSampled, forKey: .statesSampled)
  }
}

extension Coverage.Torn: Codable {
  enum CodingKeys: String, CodingKey {
    case legal = "legal_states"
    case covered = "covered_states"
    case several = "several_torn_states"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    legal = try fields.decodeStates(.legal)
    covered = try fields.decodeStates(.covered)
    several = try fields.decodeStates(.several)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(String(legal), forKey: .legal)
    try fields.encode(String(covered), forKey: .covered)
    try fields.encode(String(several), forKey: .several)
  }
}

extension Coverage.Bounded: Codable {
  enum CodingKeys: String, CodingKey {
    case points, states
    case pointsCapped = "points_capped"
    case leftOut = "left_out_states"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    points = try fields.decode(Int.self, forKey: .points)
    pointsCapped = try fields.decode(Int.self, forKey: .pointsCapped)
    states = try fields.decode(Int.self, forKey: .states)
    leftOut = try fields.decodeStates(.leftOut)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(points, forKey: .points)
    try fields.encode(pointsCapped, forKey: .pointsCapped)
    try fields.encode(states, forKey: .states)
    try fields.encode(String(leftOut), forKey: .leftOut)
  }
}

extension KeyedDecodingContainer {
  /// A number of states: decimal digits in a string, since JSON's numbers are not exact.
  fileprivate func decodeStates(_ key: Key) throws -> BigUInt {
    guard let number = BigUInt(try decode(String.self, forKey: key), radix: 10) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "expected decimal digits")
    }
    return number
  }
}
