import TortureFailures

/// How strange a disk has to be for the failures of a campaign.
enum NeedsText {
  /// How many need what, from the strangest disk on; nil where no failure was looked into.
  static func line(_ groups: [FailureGroup]) -> String? {
    let rules = groups.compactMap { $0.minimal?.explanation?.rules.first?.rule }
    let counts = DiskRule.allCases.compactMap { rule -> String? in
      let count = rules.count { $0 == rule }
      return count == 0 ? nil : "\(count) \(count == 1 ? "needs" : "need") \(rule.breach)"
    }
    guard !counts.isEmpty else { return nil }
    let rest = groups.count - rules.count
    let others = rest == 0 ? [] : ["for \(rest) it is not known"]
    return "Of \(Figure.count(groups.count, "failure")), " + (counts + others).joined(separator: ", ") + "."
  }
}
