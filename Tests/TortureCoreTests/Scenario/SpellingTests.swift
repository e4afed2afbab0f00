import Testing

@testable import TortureCore

@Suite struct SpellingTests {
  private let keys = ["kind", "transactions", "clients", "mix", "seeds"]

  @Test(arguments: [
    ("transactons", "transactions"), ("transcations", "transactions"), ("Clients", "clients"),
    ("kin", "kind"),
    ("seed", "seeds"), ("miy", "mix"),
  ])
  func aSlipIsSeen(_ word: String, _ meant: String) {
    #expect(Spelling.nearest(to: word, among: keys) == meant)
  }

  @Test(arguments: ["", "k", "page", "transport", "customers"])
  func anotherWordIsNone(_ word: String) {
    #expect(Spelling.nearest(to: word, among: keys) == nil)
  }

  /// The definition, letter by letter from the ends.
  @Test func distanceIsLevenshteins() {
    func plain(_ left: Substring, _ right: Substring) -> Int {
      guard let last = left.last, let other = right.last else { return left.count + right.count }
      return min(
        plain(left.dropLast(), right.dropLast()) + (last == other ? 0 : 1),
        plain(left.dropLast(), right) + 1, plain(left, right.dropLast()) + 1)
    }
    let words = ["", "a", "ab", "ba", "abc", "bca", "aabb", "seeds", "sede"]
    for left in words {
      for right in words { #expect(Spelling.distance(left, right) == plain(left[...], right[...])) }
    }
  }
}
