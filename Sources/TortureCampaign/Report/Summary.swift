import TextFiles
package import TortureCore
package import TortureFailures

/// A campaign in figures: summary.json. Times are here and nowhere else in a report.
package struct Summary: Codable, Hashable, Sendable {
  /// Says what the file is, and so that the folder is a report of ours.
  package static let format = "lrvm-torture report"
  /// The version of the report's layout.
  package static let currentVersion = 3

  /// How far the campaign came.
  package enum State: String, Codable, Hashable, Sendable {
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
  package struct Figures: Codable, Hashable, Sendable {
    /// Cases with a result.
    package var cases = 0
    /// Crash states that were recovered and judged.
    package var crashStatesExecuted = 0
    /// Of these, the ones in which power was cut again during recovery.
    package var recoveryCrashStatesExecuted = 0
    /// Crash states that violated something; a trap counts as one.
    package var violations = 0
    /// Cases whose process trapped.
    package var trapped = 0
    /// Cases that could not be judged.
    package var failed = 0
    /// Transactions that committed.
    package var commits = 0
    /// Seconds: of the campaign on the clock; for a scenario, of its cases added up.
    package var seconds = 0.0
    /// `crashStatesExecuted` divided by `seconds`; 0 where no time passed.
    package var statesPerSecond = 0.0
    /// What exhaustive exploration covered; nil where states were only drawn.
    package var coverage: Coverage?
    /// What the schedules of threads came to; nil where no clients were threads.
    package var schedules: ScheduleCoverage?
    /// How often each rare state was reached; 0 for one that never was.
    package var marks: [String: Int] = [:]
    /// What the runs with faults came to, by the kind of fault.
    package var faults: [String: FaultTally] = [:]

    /// Nothing yet.
    package init() {}

    /// Adds a case's result.
    package mutating func add(_ result: CaseResult) {
      cases += 1
      crashStatesExecuted += result.crashStates
      recoveryCrashStatesExecuted += result.recoveryCrashStates
      violations += result.violationCount
      trapped += result.verdict == .trapped ? 1 : 0
      failed += result.verdict == .failed ? 1 : 0
      commits += result.commits
      if let new = result.coverage { coverage = (coverage ?? Coverage()) + new }
      if let new = result.schedules { schedules = (schedules ?? ScheduleCoverage()) + new }
      marks.merge(result.marks, uniquingKeysWith: +)
      faults.merge(result.faults, uniquingKeysWith: +)
    }

    /// Adds the figures of another part of the same campaign. The seconds are those of whichever took longer.
    package mutating func add(_ other: Figures) {
      cases += other.cases
      crashStatesExecuted += other.crashStatesExecuted
      recoveryCrashStatesExecuted += other.recoveryCrashStatesExecuted
      violations += other.violations
      trapped += other.trapped
      failed += other.failed
      commits += other.commits
      if let new = other.coverage { coverage = (coverage ?? Coverage()) + new }
      if let new = other.schedules { schedules = (schedules ?? ScheduleCoverage()) + new }
      marks.merge(other.marks, uniquingKeysWith: +)
      faults.merge(other.faults, uniquingKeysWith: +)
      setSeconds(max(seconds, other.seconds))
    }

    /// Says how much time it took, in seconds; kept to the millisecond.
    package mutating func setSeconds(_ seconds: Double) {
      self.seconds = (seconds * 1000).rounded() / 1000
      statesPerSecond = seconds > 0 ? (Double(crashStatesExecuted) / seconds).rounded() : 0
    }

    enum CodingKeys: String, CodingKey {
      case cases, violations, trapped, failed, commits, seconds, coverage, marks, faults
      case crashStatesExecuted = "crash_states_executed"
      case recoveryCrashStatesExecuted = "recovery_crash_states_executed"
      case statesPerSecond = "states_per_second"
      case schedules = "threads"
    }
  }

  /// How far the campaign came.
  package var state = State.running
  /// The program's version.
  package var version = TortureVersion.current
  /// Which seeds were asked for, as on the command line.
  package var seeds: String
  /// Cases that ran at the same time.
  package var jobs: Int
  /// How many scenarios the campaign has.
  package var scenarios: Int
  /// Findings with a folder under failures/.
  package var failuresWritten = 0
  /// What replaying the failures that were fixed before came to.
  package var regressions = Regressions.Outcome()
  /// Names the campaign, whichever of its shards this is; empty for an exhaustive run.
  package var campaign = ""
  /// Which part of the campaign.
  package var shard = Shard.whole
  /// The sum of the hashes of all lines of results.jsonl: two reports with the same results have the same.
  package var resultsDigest: UInt64 = 0
  /// What was done by when.
  package var progress = ProgressSeries()
  /// Cases that ran twice and gave two results.
  package var nondeterminism = Nondeterminism()
  /// Cases that could not be judged.
  package var unjudged = Unjudged()
  /// What was found, by what it has in common.
  package var groups = FailureGroups()
  /// All scenarios together.
  package var total = Figures()
  /// Each scenario, by its name.
  package var perScenario: [String: Figures]

  /// The summary of a campaign over the scenarios named `names`, before its first case.
  package init(names: [String], seeds: String, jobs: Int) {
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
  ///
  /// - Parameters:
  ///   - place: of the case in the order of the report.
  ///   - hash: of its line.
  package mutating func add(_ result: CaseResult, place: Int, hash: UInt64) {
    total.add(result)
    perScenario[result.scenario, default: Figures()].add(result)
    groups.add(result, place: place)
    nondeterminism.add(result, place: place)
    unjudged.add(result, place: place)
    resultsDigest &+= hash
  }

  /// Adds the figures of another part of the same campaign, its times aside.
  package mutating func add(_ part: Summary) {
    total.add(part.total)
    for (name, figures) in part.perScenario {
      // A scenario's seconds are those of its cases added up.
      let seconds = (perScenario[name]?.seconds ?? 0) + figures.seconds
      perScenario[name]?.add(figures)
      perScenario[name]?.setSeconds(seconds)
    }
    resultsDigest &+= part.resultsDigest
    groups = groups + part.groups
    nondeterminism = nondeterminism + part.nondeterminism
    unjudged = unjudged + part.unjudged
  }

  /// Forgets all that is counted of results.
  package mutating func clearFigures() {
    total = Figures()
    perScenario = perScenario.mapValues { _ in Figures() }
    groups = FailureGroups()
    nondeterminism = Nondeterminism()
    unjudged = Unjudged()
    resultsDigest = 0
  }
}

extension Summary {
  /// Throws where the campaign, whose report is in the folder `path`, is still running or ended by a failure of the harness.
  func requireEnded(in path: String) throws(ReportError) {
    guard state == .finished || state == .interrupted else {
      throw ReportError(
        "the campaign in '\(path)' has not ended (it is \(state.rawValue)): finish it with "
          + "'lrvm-torture run --resume' first",
        isWrongFolder: true)
    }
  }
  enum CodingKeys: String, CodingKey {
    case format, version, seeds, jobs, scenarios, state, campaign, shard, progress, regressions,
      nondeterminism, unjudged
    case formatVersion = "format_version"
    case resultsDigest = "results_digest"
    case groups = "failure_groups"
    case failuresWritten = "failures_written"
    case perScenario = "per_scenario"
  }

  /// The figures of all scenarios stand beside the other keys, not below one of their own.
  package func encode(to encoder: any Encoder) throws {
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
    try container.encode(nondeterminism, forKey: .nondeterminism)
    try container.encode(unjudged, forKey: .unjudged)
  }

  package init(from decoder: any Decoder) throws {
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
    nondeterminism = try container.decode(Nondeterminism.self, forKey: .nondeterminism)
    unjudged = try container.decode(Unjudged.self, forKey: .unjudged)
    total = try Figures(from: decoder)
  }
}

/// The program's version, as `--version`, the reports and the change log have it.
package enum TortureVersion {
  /// Semantic versioning.
  package static let current = "0.1.0"
}
