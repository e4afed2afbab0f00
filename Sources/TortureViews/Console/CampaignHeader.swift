import FaultFS
import TextFiles
import TortureCampaign
import TortureCore

/// What a campaign is about to do, scenario by scenario: all that was derived from file and command line.
enum CampaignHeader {
  /// What the command line asks for, in a line.
  static func options(_ options: CampaignOptions) -> String {
    let limit = options.timeLimit.map { "\($0)" } ?? "none"
    var words = ["seeds: \(options.seeds.text)", "jobs: \(options.jobs)", "time limit: \(limit)"]
    if let statesMax = options.statesMax { words.append("limit: \(Figure.grouped(statesMax)) crash states") }
    if !options.shares.isEmpty {
      let shares = options.shares.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
      words.append("shares: " + shares.joined(separator: " "))
    }
    if options.shard.count > 1 { words.append("shard \(options.shard)") }
    if options.isResumed { words.append("resumed") }
    if options.stopsAtFirst { words.append("stops at the first failure") }
    if options.doublecheck { words.append("each case twice") }
    if options.canary { words.append("canary: every scenario must be caught") }
    return words.joined(separator: " · ")
  }

  /// How long it will go on, and what a budget would do.
  static func extent(_ options: CampaignOptions, scenarios: Int, cases: Int) -> String {
    let count = Figure.count(cases, "case")
    let first = scenarios == 1 ? "" : "; every scenario has its first case before any has a second"
    let limits = [
      options.timeLimit.map { "\($0)" }, options.statesMax.map { Figure.count($0, "crash state") },
    ].compactMap(\.self)
    guard limits.isEmpty else {
      return "up to \(count), none starting after \(limits.joined(separator: " or "))\(first)"
    }
    return "all \(count); with --time-limit 1m none would start after a minute\(first)"
  }

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
    let text =
      switch seeds.seeds(scenario) {
      case .counted(let first, 1): "seed \(first)"
      case .counted(let first, let count): "seeds \(first)...\(first &+ UInt64(max(count, 1) - 1))"
      case .listed(let seeds): "seeds \(seeds.map { "\($0)" }.joined(separator: ", "))"
      }
    return "\(scenario.name) · \(text)"
  }

  /// What distinguishes one scenario from another, in a line.
  private static func brief(_ scenario: Scenario) -> String {
    let workload = scenario.workload
    var words = [scenario.systemUnderTest.summary(of: scenario), scenario.disk.profile.rawValue]
    if scenario.hasWorkload {
      let clients = workload.clients > 1 ? ", \(workload.clients) clients" : ""
      words.insert("\(workload.kind.rawValue), \(workload.transactions) transactions\(clients)", at: 0)
    }
    if scenario.crash.recoveryDepth > 0 {
      words.append("crashes in recovery to depth \(scenario.crash.recoveryDepth)")
    }
    words += scenario.sabotage.map { "drops \($0.drop.rawValue) of '\($0.file)'" }
    return words.joined(separator: " · ")
  }
}
