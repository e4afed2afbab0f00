package import TortureCore

/// A case that stands out, with its place in the order of the report.
package protocol OddCase: Codable, Hashable, Sendable {
  var place: Int { get }

  /// Nil where the case does not stand out.
  init?(_ result: CaseResult, place: Int)
}

extension Summary {
  package typealias Nondeterminism = Oddities<DifferingCase>
  package typealias Unjudged = Oddities<UnjudgedCase>

  /// How many cases stand out in one way, and the first of them.
  package struct Oddities<Case: OddCase>: Codable, Hashable, Sendable {
    /// How many.
    package var count = 0
    /// The first of them.
    package var cases: [Case] = []

    /// This many are named.
    package static var casesMax: Int { 20 }

    /// None.
    package init() {}

    mutating func add(_ result: CaseResult, place: Int) {
      guard let new = Case(result, place: place) else { return }
      count += 1
      name([new])
    }

    static func + (left: Oddities, right: Oddities) -> Oddities {
      var sum = left
      sum.count += right.count
      sum.name(right.cases)
      return sum
    }

    private mutating func name(_ others: [Case]) {
      cases = Array((cases + others).sorted { $0.place < $1.place }.prefix(Self.casesMax))
    }
  }

  /// A case of which two runs differ.
  package struct DifferingCase: OddCase {
    package var place: Int
    package var scenario: String
    package var seed: UInt64
    package var digest: String
    package var difference: CaseDifference

    package init?(_ result: CaseResult, place: Int) {
      guard let difference = result.difference else { return nil }
      self.place = place
      scenario = result.scenario
      seed = result.seed
      digest = result.digest
      self.difference = difference
    }
  }

  /// A case that could not be judged.
  package struct UnjudgedCase: OddCase {
    package var place: Int
    package var scenario: String
    package var seed: UInt64
    /// Why, in a few words.
    package var reason: String

    package init?(_ result: CaseResult, place: Int) {
      guard result.verdict == .failed else { return nil }
      self.place = place
      scenario = result.scenario
      seed = result.seed
      reason = result.reason ?? "without a reason"
    }
  }
}
