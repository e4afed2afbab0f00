/// What a campaign is about to do, scenario by scenario: all that was derived from file and command line.
enum CampaignHeader {
  /// For one scenario all its options; for several, a line each.
  static func lines(_ scenarios: [Scenario], _ seeds: SeedSelection) -> [String] {
    let lines: [String]
    if scenarios.count == 1, let scenario = scenarios.first {
      lines = [seedLine(scenario, seeds)] + scenario.optionLines()
    } else {
      lines = scenarios.map { "\(seedLine($0, seeds)) · \($0.optionsInBrief())" }
    }
    return lines.map { "  \(SafeName.printable($0))" }
  }

  private static func seedLine(_ scenario: Scenario, _ seeds: SeedSelection) -> String {
    let count = seeds.count(scenario)
    let first = seeds.seed(scenario, 0)
    let text = count == 1 ? "seed \(first)" : "seeds \(first)...\(seeds.seed(scenario, max(count, 1) - 1))"
    return "\(scenario.name) · \(text)"
  }
}
