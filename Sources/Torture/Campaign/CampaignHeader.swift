import FaultFS

/// What a campaign is about to do, scenario by scenario: all that was derived from file and command line.
enum CampaignHeader {
  /// For one scenario all its options; for several, a line each.
  static func lines(_ scenarios: [Scenario], _ seeds: SeedSelection) -> [String] {
    let lines: [String]
    if scenarios.count == 1, let scenario = scenarios.first {
      let options = scenario.derivedOptions.split(separator: "\n")
      lines = [seedLine(scenario, seeds)] + options.map(String.init)
    } else {
      lines = scenarios.map { "\(seedLine($0, seeds)) · \(brief($0))" }
    }
    return lines.map { "  \(SafeName.printable($0))" }
  }

  private static func seedLine(_ scenario: Scenario, _ seeds: SeedSelection) -> String {
    let count = seeds.count(scenario)
    let first = seeds.seed(scenario, 0)
    let text = count == 1 ? "seed \(first)" : "seeds \(first)...\(seeds.seed(scenario, max(count, 1) - 1))"
    return "\(scenario.name) · \(text)"
  }

  /// What tells one scenario from another, in a line.
  private static func brief(_ scenario: Scenario) -> String {
    let workload = scenario.workload
    var words = [
      "\(workload.kind.rawValue), \(workload.transactions) transactions",
      scenario.isOfLRVM
        ? "log of \(scenario.log.recordSectors) x \(scenario.log.sector) B" : scenario.system.name,
      scenario.disk.profile.rawValue,
    ]
    if workload.clients > 1 { words[0] += ", \(workload.clients) clients" }
    if scenario.crash.recoveryDepth > 0 {
      words.append("crashes in recovery to depth \(scenario.crash.recoveryDepth)")
    }
    words += scenario.sabotage.map { "drops \($0.drop.rawValue) of '\($0.file)'" }
    return words.joined(separator: " · ")
  }
}
