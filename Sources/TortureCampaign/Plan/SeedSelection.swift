package import TortureCore

/// Which seeds a campaign runs of each scenario.
package struct SeedSelection: Codable, Hashable, Sendable {
  /// Exactly this seed.
  package var only: UInt64?
  /// The first seed, instead of the scenario's own.
  package var first: UInt64?
  /// How many seeds, instead of the scenario's own count.
  package var runs: Int?

  /// Exactly these, by scenario; none of a scenario that is not there.
  package var listed: [String: [UInt64]]?

  /// By default what each scenario says.
  package init(
    only: UInt64? = nil, first: UInt64? = nil, runs: Int? = nil, listed: [String: [UInt64]]? = nil
  ) {
    self.only = only
    self.first = first
    self.runs = runs
    self.listed = listed
  }

  /// The seeds of `scenario`.
  package func seeds(_ scenario: Scenario) -> SeedList {
    if let listed { return .listed(listed[scenario.name] ?? []) }
    if let only { return .counted(first: only, count: 1) }
    return .counted(first: first ?? scenario.seeds.first, count: runs ?? scenario.seeds.count)
  }

  /// The options as they stand on the command line; `each scenario's own` for none.
  package var text: String {
    var words: [String] = []
    if let only { words.append("--seed \(only)") }
    if let first { words.append("--first-seed \(first)") }
    if let runs { words.append("--runs \(runs)") }
    if let listed { words.append("\(listed.values.reduce(0) { $0 + $1.count }) of a corpus") }
    return words.isEmpty ? "each scenario's own" : words.joined(separator: " ")
  }

  /// Reads a seed: a decimal number, a hexadecimal one with `0x`, or a commit hash of 40 hexadecimal digits, whose
  /// first 16 digits count, so that a pipeline's runs differ by commit and can still be repeated. Nil otherwise.
  package static func parse(_ text: String) -> UInt64? {
    if text.hasPrefix("+") { return nil }
    if let number = UInt64(text) { return number }
    if text.hasPrefix("0x") {
      return text.dropFirst(2).allSatisfy(\.isHexDigit) ? UInt64(text.dropFirst(2), radix: 16) : nil
    }
    let isHash = text.utf8.count == 40 && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    return isHash ? UInt64(text.prefix(16), radix: 16) : nil
  }
}
