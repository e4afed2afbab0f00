/// What was seen after crashes, or may be: outcomes, by how many calls had returned.
package struct OutcomeSet: Hashable, Sendable, Codable {
  /// By the number of calls that had returned, what a look showed.
  package private(set) var outcomes: [[String]] = []

  package init() {}

  package mutating func insert(_ outcome: String, afterCalls count: Int) {
    while outcomes.count <= count { outcomes.append([]) }
    if outcomes[count].contains(outcome) { return }
    outcomes[count].append(outcome)
    outcomes[count].sort()
  }

  package func contains(_ outcome: String, afterCalls count: Int) -> Bool {
    outcomes.indices.contains(count) && outcomes[count].contains(outcome)
  }

  /// What is in this one and not in the other.
  package func subtracting(_ other: OutcomeSet) -> OutcomeSet {
    var difference = OutcomeSet()
    for (count, all) in outcomes.enumerated() {
      for outcome in all where !other.contains(outcome, afterCalls: count) {
        difference.insert(outcome, afterCalls: count)
      }
    }
    return difference
  }

  package var isEmpty: Bool { outcomes.allSatisfy(\.isEmpty) }

  /// How many there are, one for each number of calls that had returned.
  package var count: Int { outcomes.reduce(0) { $0 + $1.count } }

  /// The outcomes, whenever they are seen.
  package var distinct: [String] { Set(outcomes.joined()).sorted() }
}
