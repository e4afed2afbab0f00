package import TortureCore

/// The groups of a campaign's failures, in the order in which they were first met.
package struct FailureGroups: Codable, Hashable, Sendable {
  private var groups: [String: FailureGroup] = [:]

  /// None yet.
  package init() {}

  /// Adds what was found in a case.
  ///
  /// - Parameter place: of the case in the order of the report.
  package mutating func add(_ result: CaseResult, place: Int) {
    for (ordinal, finding) in result.findings.enumerated() {
      let signature = FailureSignature(finding)
      let example = FailureGroup.Example(
        place: place, ordinal: ordinal, scenario: result.scenario, seed: result.seed, id: finding.id,
        violation: finding.violation, trap: finding.trap)
      let group = FailureGroup(
        fingerprint: signature.fingerprint, signature: signature, count: 1, scenarios: [result.scenario: 1],
        examples: [example])
      add(group)
    }
  }

  /// Those of both.
  package static func + (left: FailureGroups, right: FailureGroups) -> FailureGroups {
    var sum = left
    for group in right.groups.values { sum.add(group) }
    return sum
  }

  /// With one entry for those of one cause: it goes on under the fingerprint of the first.
  ///
  /// - Parameter causes: of the first failures of groups, by their fingerprints; groups without one stay as they are.
  package func joined(by causes: [String: FailureCause]) -> FailureGroups {
    var firsts: [[String]: String] = [:]
    var joined = FailureGroups()
    for group in all {
      var group = group
      if let cause = causes[group.fingerprint] {
        group.missing = cause.barrier
        if let first = firsts[cause.key], let known = joined.groups[first] {
          joined.groups[first] = known + group
          continue
        }
        firsts[cause.key] = group.fingerprint
      }
      joined.add(group)
    }
    return joined
  }

  /// With what was found out about the first failure of each group, by fingerprint; nothing stays of an earlier study.
  package func explained(by minimal: [String: MinimalFailure]) -> FailureGroups {
    var explained = self
    for fingerprint in groups.keys { explained.groups[fingerprint]?.minimal = minimal[fingerprint] }
    return explained
  }

  /// How many groups.
  package var count: Int { groups.count }

  /// All of them, the one that was met first comes first.
  package var all: [FailureGroup] {
    groups.values.sorted { left, right in
      guard let first = left.examples.first, let other = right.examples.first else { return false }
      if (first.place, first.ordinal) == (other.place, other.ordinal) {
        return left.fingerprint < right.fingerprint
      }
      return FailureGroup.Example.isBefore(first, other)
    }
  }

  private mutating func add(_ group: FailureGroup) {
    if let known = groups[group.fingerprint] {
      groups[group.fingerprint] = known + group
    } else {
      groups[group.fingerprint] = group
    }
  }

  package init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    while !list.isAtEnd { add(try list.decode(FailureGroup.self)) }
  }

  package func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for group in all { try list.encode(group) }
  }
}
