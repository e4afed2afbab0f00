/// The campaign's books: which case is next, which results are in, what the report says.
///
/// Workers finish in any order; what leaves here is in the plan's order. So the report does not depend on the number
/// of jobs, and a canary's first finding is the one with the first seed, whichever worker was faster.
actor CampaignLedger {
  private let scenarios: [Scenario]
  private let options: CampaignOptions
  private let display: CampaignDisplay
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  private var plan: CasePlan
  private var report: ReportFolder
  private var summary: Summary
  private var finished = ReorderBuffer<Finished>()
  private var secondsOfScenario: [Double]
  /// Canaries for which a finding is in: no further case of theirs is handed out.
  private var met: Set<Int> = []
  /// Canaries whose first finding, in the plan's order, is in the report: later results of theirs are not.
  private var found: Set<Int> = []
  private var reproducers: [String] = []
  private var differences: [String] = []
  private var differencesCount = 0

  /// So many differences between two runs of a case are told; the others are counted.
  private static let differencesToldMax = 20

  private var isInterrupted = false

  /// A case that ran.
  private struct Finished {
    var planned: PlannedCase
    var result: CaseResult
    var difference: String?
    var seconds: Double
  }

  /// Makes the report folder.
  init(_ scenarios: [Scenario], _ options: CampaignOptions, _ display: CampaignDisplay) throws(ReportError) {
    self.scenarios = scenarios
    self.options = options
    self.display = display
    start = clock.now
    plan = CasePlan(scenarios, options.seeds)
    secondsOfScenario = scenarios.map { _ in 0 }
    summary = Summary(names: scenarios.map(\.name), seeds: options.seeds.text, jobs: options.jobs)
    report = try ReportFolder(at: options.out, replayCommand: options.replayCommand, summary: summary)
  }

  /// The next case for the worker `slot`; nil when there is none, the time is spent, or the user wants the end.
  func next(slot: Int) -> PlannedCase? {
    guard !isInterrupted else { return nil }
    if let limit = options.timeLimit, clock.now - start >= .seconds(limit.seconds) { return nil }
    guard let planned = plan.next(without: { met.contains($0) }) else { return nil }
    display.began(scenarios[planned.scenario].name, seed: planned.seed, slot: slot)
    return planned
  }

  /// Takes the result of a case, and of its repetition where there was one, and writes what is next in order.
  func complete(
    _ planned: PlannedCase, slot: Int, result: CaseResult, repeated: CaseResult?, seconds: Double
  ) throws(ReportError) {
    display.ended(slot: slot)
    if options.canary && result.isFinding { met.insert(planned.scenario) }
    let difference = repeated.flatMap { Self.difference(result, $0) }
    let entry = Finished(planned: planned, result: result, difference: difference, seconds: seconds)
    for ready in finished.insert(entry, at: planned.index) { try write(ready) }
  }

  /// Hands out no further case.
  func interrupt() {
    isInterrupted = true
  }

  /// Ends the report.
  func finish(_ state: Summary.State) throws(ReportError) -> CampaignOutcome {
    for rest in finished.drain() { try write(rest) }
    summary.state = state
    summary.failuresWritten = reproducers.count
    summary.total.setSeconds((clock.now - start) / .seconds(1))
    for (index, scenario) in scenarios.enumerated() {
      summary.perScenario[scenario.name]?.setSeconds(secondsOfScenario[index])
    }
    try report.finish(summary)
    return CampaignOutcome(
      summary: summary, scenarioNames: scenarios.map(\.name), out: options.out,
      replayLine: reproducers.first.map { FailureStory.replayLine(command: options.replayCommand, path: $0) },
      firstReproducer: reproducers.first,
      differences: differences, differencesCount: differencesCount,
      notFound: options.canary
        ? scenarios.indices.filter { !found.contains($0) }.map { scenarios[$0].name } : [],
      isCanary: options.canary)
  }

  /// Writes a case that is next in order.
  private func write(_ entry: Finished) throws(ReportError) {
    let index = entry.planned.scenario
    guard !found.contains(index) else { return }
    secondsOfScenario[index] += entry.seconds
    let statesBefore = summary.perScenario[entry.result.scenario]?.crashStatesExecuted ?? 0
    let paths = try report.append(entry.result, of: scenarios[index])
    reproducers += paths
    summary.add(entry.result)
    display.finished(entry.result, total: summary.total)
    if let difference = entry.difference {
      differencesCount += 1
      if differencesCount <= Self.differencesToldMax { differences.append(difference) }
    }
    if options.canary && entry.result.isFinding {
      found.insert(index)
      display.foundCanary(entry.result, statesBefore: statesBefore)
    }
  }

  private static func difference(_ first: CaseResult, _ second: CaseResult) -> String? {
    let names = first.differences(from: second)
    guard !names.isEmpty else { return nil }
    var text = "\(first.scenario), seed \(first.seed): two runs differ in \(names.joined(separator: ", "))"
    if first.digest != second.digest { text += " (digest \(first.digest) and \(second.digest))" }
    return text
  }
}

/// What a campaign came to.
public struct CampaignOutcome: Hashable, Sendable {
  /// The figures, as in summary.json.
  public var summary: Summary
  /// The scenarios' names, in the order of the command line.
  public var scenarioNames: [String]
  /// The report's folder.
  public var out: String
  /// The line to copy that replays the first failure; nil where nothing was found.
  public var replayLine: String?
  /// The path of that failure's reproducer.
  public var firstReproducer: String?
  /// For the first cases whose two runs differ: scenario, seed and what differs.
  public var differences: [String]
  /// How many cases' two runs differ.
  public var differencesCount: Int
  /// The canaries that were not found.
  public var notFound: [String]
  /// Whether each scenario was expected to violate.
  public var isCanary: Bool

  /// How the command ends.
  public var status: CommandStatus {
    if summary.state == .interrupted { return .interrupted }
    if summary.state == .failed { return .harnessFailure }
    if differencesCount > 0 { return .nondeterminism }
    if isCanary ? !notFound.isEmpty : summary.total.violations > 0 { return .violation }
    return summary.total.failed > 0 ? .harnessFailure : .success
  }
}
