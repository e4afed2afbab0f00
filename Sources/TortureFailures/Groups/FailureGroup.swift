package import TortureCore

/// Failures that look alike: the same kind of violation or trap, at the same place, with the same stack.
///
/// Ten thousand failures usually have a handful of causes. A group is known by what its failures have in common when
/// all that differs from seed to seed (numbers, offsets, line numbers) is left out.
package struct FailureGroup: Codable, Hashable, Sendable {
  /// One failure of a group.
  package struct Example: Codable, Hashable, Sendable {
    /// The place of its case in the order of the report, and of the finding in the case.
    package var place: Int
    package var ordinal: Int
    package var scenario: String
    package var seed: UInt64
    /// The finding's.
    package var id: String
    /// What the oracle objected to; nil for a trap.
    package var violation: Violation?
    /// The trap; nil for a violation.
    package var trap: Trap?

    package static func isBefore(_ left: Example, _ right: Example) -> Bool {
      (left.place, left.ordinal) < (right.place, right.ordinal)
    }
  }

  /// This many failures of a group are named.
  package static let examplesMax = 8

  /// A hash of what the failures have in common, in hexadecimal: the same in every run.
  package var fingerprint: String
  /// What the failures have in common.
  package var signature: FailureSignature
  /// The sync that closes the first of them, where a small search finds one.
  package var missing: MissingBarrier?
  /// The first of them made smaller; nil where nobody has.
  package var minimal: MinimalFailure?
  /// How many findings.
  package var count: Int
  /// Of these, how many in each scenario.
  package var scenarios: [String: Int]
  /// The first ones, in the order of the report.
  package var examples: [Example]

  /// `lost-commit`, another kind of violation, `trap` or `hang`.
  package var kind: String { signature.kind }

  /// Whether another campaign's group is of the same cause, as far as both show it: failures that look alike, or one missing
  /// sync.
  package func isLike(_ other: FailureGroup) -> Bool {
    if fingerprint == other.fingerprint { return true }
    guard let key = barrier?.key else { return false }
    return key == other.barrier?.key
  }

  /// The sync that closes the first of them by itself, in terms of its smallest form; nil where none is known.
  package var barrier: MissingBarrier? { minimal?.explanation?.barriers.first ?? missing }

  /// Both, which are of one group.
  static func + (left: FailureGroup, right: FailureGroup) -> FailureGroup {
    var sum = left
    sum.missing = left.missing ?? right.missing
    sum.minimal = left.minimal ?? right.minimal
    sum.count += right.count
    sum.scenarios.merge(right.scenarios, uniquingKeysWith: +)
    let examples = (left.examples + right.examples).sorted(by: Example.isBefore)
    sum.examples = Array(examples.prefix(examplesMax))
    return sum
  }
}
