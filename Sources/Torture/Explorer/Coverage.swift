public import BigInt

/// What an exploration covered, exactly: numbers of crash states of the profile, tears not counted.
///
/// One execution stands for all crash states that differ only in what it never observed, so these numbers are
/// products that no machine word holds. Where a point's states are too entangled to be counted, its numbers of states
/// are left out of both sums, and the point is among `pointsUncounted`.
public struct Coverage: Hashable, Sendable {
  /// Legal crash states at the crash points that were explored.
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

  public init() {}

  public var leftOut: BigUInt { legal - covered }

  public static func + (left: Coverage, right: Coverage) -> Coverage {
    var sum = left
    sum.legal += right.legal
    sum.covered += right.covered
    sum.executions += right.executions
    sum.remembered += right.remembered
    sum.pointsExhausted += right.pointsExhausted
    sum.pointsCapped += right.pointsCapped
    sum.pointsUncounted += right.pointsUncounted
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
  }

  /// Numbers of states are written as decimal digits in a string: JSON's numbers are not exact.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func states(_ key: CodingKeys) throws -> BigUInt {
      guard let number = BigUInt(try fields.decode(String.self, forKey: key), radix: 10) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: fields, debugDescription: "expected decimal digits")
      }
      return number
    }
    legal = try states(.legal)
    covered = try states(.covered)
    executions = try fields.decode(Int.self, forKey: .executions)
    remembered = try fields.decode(Int.self, forKey: .remembered)
    pointsExhausted = try fields.decode(Int.self, forKey: .pointsExhausted)
    pointsCapped = try fields.decode(Int.self, forKey: .pointsCapped)
    pointsUncounted = try fields.decode(Int.self, forKey: .pointsUncounted)
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
  }
}
