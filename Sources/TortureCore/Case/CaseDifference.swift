/// In what two runs of one case differ, which are to be equal.
public struct CaseDifference: Codable, Hashable, Sendable {
  /// The names of the fields of the results that differ, in a fixed order.
  public var fields: [String]
  /// The digest of the second run; the result has that of the first.
  public var otherDigest: String

  enum CodingKeys: String, CodingKey {
    case fields
    case otherDigest = "other_digest"
  }

  /// In what `second` differs from `first`; nil where nothing does.
  package init?(_ first: CaseResult, _ second: CaseResult) {
    fields = first.differences(from: second)
    otherDigest = second.digest
    // Where a time limit met a case depends on the clock.
    if first.verdict == .failed && second.verdict == .failed && first.reason == second.reason { return nil }
    if fields.isEmpty { return nil }
  }
}
