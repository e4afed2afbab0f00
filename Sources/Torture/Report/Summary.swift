/// A campaign in figures: summary.json. Times are here and nowhere else in a report.
public struct Summary: Codable, Hashable, Sendable {
  /// Says what the file is, and so that the folder is a report of ours.
  public static let format = "lrvm-torture report"
  /// The version of the report's layout.
  public static let currentVersion = 2

  /// How far the campaign came.
  public enum State: String, Codable, Hashable, Sendable {
    /// It is going on, or its process was killed.
    case running
    /// Every case ran, or the time limit was reached.
    case finished
    /// The user ended it.
    case interrupted
    /// The harness itself failed.
    case failed
  }

  /// Figures of one scenario, or of all of them.
  public struct Figures: Codable, Hashable, Sendable {
    /// Cases with a result.
    public var cases = 0
    /// Crash states that were recovered and judged.
    public var crashStatesExecuted = 0
    /// Of these, the ones in which power was cut again during recovery.
    public var recoveryCrashStatesExecuted = 0
    /// Crash states that violated something; a trap counts as one.
    public var violations = 0
    /// Cases whose process trapped.
    public var trapped = 0
    /// Cases that could not be judged.
    public var failed = 0
    /// Transactions that committed.
    public var commits = 0
    /// Seconds: of the campaign on the clock; for a scenario, of its cases added up.
    public var seconds = 0.0
    /// `crashStatesExecuted` divided by `seconds`; 0 where no time passed.
    public var statesPerSecond = 0.0
    /// What exhaustive exploration covered; nil where states were only drawn.
    public var coverage: Coverage?
    /// How often each rare state was reached; 0 for one that never was.
    public var marks: [String: Int] = [:]
    /// What the runs with faults came to, by the kind of fault.
    public var faults: [String: FaultTally] = [:]

    /// Nothing yet.
    public init() {}

    /// Adds a case's result.
    public mutating func add(_ result: CaseResult) {
      cases += 1
      crashStatesExecuted += result.crashStates
      recoveryCrashStatesExecuted += result.recoveryCrashStates
      violations += result.violationCount
      trapped += result.verdict == .trapped ? 1 : 0
      failed += result.verdict == .failed ? 1 : 0
      commits += result.commits
      if let new = result.coverage { coverage = (coverage ?? Coverage()) + new }
      marks.merge(result.marks, uniquingKeysWith: +)
      faults.merge(result.faults, uniquingKeysWith: +)
    }

    /// Adds the figures of another part of the same campaign. The seconds are those of whichever took longer.
    mutating func add(_ other: Figures) {
      cases += other.cases
      crashStatesExecuted += other.crashStatesExecuted
      recoveryCrashStatesExecuted += other.recoveryCrashStatesExecuted
      violations += other.violations
      trapped += other.trapped
      failed += other.failed
      commits += other.commits
      if let new = other.coverage { coverage = (coverage ?? Coverage()) + new }
      marks.merge(other.marks, uniquingKeysWith: +)
      faults.merge(other.faults, uniquingKeysWith: +)
      setSeconds(max(seconds, other.seconds))
    }

    /// Says how much time it took, in seconds; kept to the millisecond.
    public mutating func setSeconds(_ seconds: Double) {
      self.seconds = (seconds * 1000).rounded() / 1000
      statesPerSecond = seconds > 0 ? (Double(crashStatesExecuted) / seconds).rounded() : 0
    }

    enum CodingKeys: String, CodingKey {
      case cases, violations, trapped, failed, commits, seconds, coverage, marks, faults
      case crashStatesExecuted = "crash_states_executed"
      case recoveryCrashStatesExecuted = "recovery_crash_states_executed"
      case statesPerSecond = "states_per_second"
    }
  }

  /// How far the campaign came.
  public var state = State.running
  /// The program's version.
  public var version = TortureVersion.current
  /// Which seeds were asked for, as on the command line.
  public var seeds: String
  /// Cases that ran at the same time.
  public var jobs: Int
  /// How many scenarios the campaign has.
  public var scenarios: Int
  /// Findings with a folder under failures/.
  public var failuresWritten = 0
  /// What replaying the failures that were mended before came to.
  var regressions = Regressions.Outcome()
  /// Names the campaign, whichever of its shards this is; empty for an exhaustive run.
  public var campaign = ""
  /// Which part of the campaign.
  public var shard = Shard.whole
  /// The sum of the hashes of all lines of results.jsonl: two reports with the same results have the same.
  public var resultsDigest: UInt64 = 0
  /// What was done by when.
  public var progress = ProgressSeries()
  /// What was found, by what it has in common.
  public var groups = FailureGroups()
  /// All scenarios together.
  public var total = Figures()
  /// Each scenario, by its name.
  public var perScenario: [String: Figures]

  /// The summary of a campaign over the scenarios named `names`, before its first case.
  public init(names: [String], seeds: String, jobs: Int) {
    self.seeds = seeds
    self.jobs = jobs
    scenarios = names.count
    perScenario = Dictionary(names.map { ($0, Figures()) }, uniquingKeysWith: { first, _ in first })
  }

  /// The summary of `campaign` before its first case.
  init(_ campaign: CampaignRecord, jobs: Int) {
    self.init(names: campaign.scenarios.map(\.name), seeds: campaign.seeds.text, jobs: jobs)
    self.campaign = campaign.id
    shard = campaign.shard
  }

  /// Adds a case's result.
  public mutating func add(_ result: CaseResult) {
    total.add(result)
    perScenario[result.scenario, default: Figures()].add(result)
  }
}

extension Summary {
  enum CodingKeys: String, CodingKey {
    case format, version, seeds, jobs, scenarios, state, campaign, shard, progress, regressions
    case formatVersion = "format_version"
    case resultsDigest = "results_digest"
    case groups = "failure_groups"
    case failuresWritten = "failures_written"
    case perScenario = "per_scenario"
  }

  /// The figures of all scenarios stand beside the other keys, not below one of their own.
  public func encode(to encoder: any Encoder) throws {
    try total.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(Self.currentVersion, forKey: .formatVersion)
    try container.encode(state, forKey: .state)
    try container.encode(version, forKey: .version)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(jobs, forKey: .jobs)
    try container.encode(scenarios, forKey: .scenarios)
    try container.encode(failuresWritten, forKey: .failuresWritten)
    try container.encode(perScenario, forKey: .perScenario)
    try container.encode(campaign, forKey: .campaign)
    try container.encode(shard, forKey: .shard)
    try container.encode(TextHash.digits(resultsDigest), forKey: .resultsDigest)
    try container.encode(progress, forKey: .progress)
    try container.encode(groups, forKey: .groups)
    try container.encode(regressions, forKey: .regressions)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let format = try container.decode(String.self, forKey: .format)
    guard format == Self.format else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: container, debugDescription: "expected '\(Self.format)'")
    }
    state = try container.decode(State.self, forKey: .state)
    version = try container.decode(String.self, forKey: .version)
    seeds = try container.decode(String.self, forKey: .seeds)
    jobs = try container.decode(Int.self, forKey: .jobs)
    scenarios = try container.decode(Int.self, forKey: .scenarios)
    failuresWritten = try container.decode(Int.self, forKey: .failuresWritten)
    perScenario = try container.decode([String: Figures].self, forKey: .perScenario)
    campaign = try container.decode(String.self, forKey: .campaign)
    shard = try container.decode(Shard.self, forKey: .shard)
    guard let digest = UInt64(try container.decode(String.self, forKey: .resultsDigest), radix: 16) else {
      throw DecodingError.dataCorruptedError(
        forKey: .resultsDigest, in: container, debugDescription: "expected hexadecimal digits")
    }
    resultsDigest = digest
    progress = try container.decode(ProgressSeries.self, forKey: .progress)
    groups = try container.decode(FailureGroups.self, forKey: .groups)
    // A report may be older than the regressions are.
    regressions = try container.decodeIfPresent(Regressions.Outcome.self, forKey: .regressions) ?? .init()
    total = try Figures(from: decoder)
  }
}

/// The program's version, as `--version`, the reports and the change log have it.
public enum TortureVersion {
  /// Semantic versioning.
  public static let current = "0.1.0"
}
