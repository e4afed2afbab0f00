/// An exhaustive run that cannot begin, or an earlier one that cannot be gone on with: wrong use.
package struct ExhaustError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
