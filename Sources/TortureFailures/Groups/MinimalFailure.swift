package import TortureCore

/// The first failure of a group as a reader wants it: as small as it could be made, and why it is there.
package struct MinimalFailure: Codable, Hashable, Sendable {
  /// How many operations the failure had when it was found.
  package var operationsFound: Int
  /// The operations that are left.
  package var operations: [Operation]
  package var finding: Finding
  /// Whether nothing more can be left out by itself; otherwise a limit ended the search.
  package var isMinimal: Bool
  /// The missing syncs and the disks on which it cannot happen; nil where the search did not end.
  package var explanation: Explanation?

  enum CodingKeys: String, CodingKey {
    case operations, finding, explanation
    case operationsFound = "operations_found"
    case isMinimal = "minimal"
  }

  package init(
    operationsFound: Int, operations: [Operation], finding: Finding, isMinimal: Bool,
    explanation: Explanation?
  ) {
    self.operationsFound = operationsFound
    self.operations = operations
    self.finding = finding
    self.isMinimal = isMinimal
    self.explanation = explanation
  }
}
