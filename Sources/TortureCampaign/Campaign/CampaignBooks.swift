import BigInt
import SystemPackage
import TextFiles
import TortureCore
import TortureFailures

/// The campaign's books: which case is next, which results are in.
///
/// Workers finish in any order; what leaves here is in the order in which the cases began. So the report does not
/// depend on the number of jobs, and a canary's first finding is the one with the first seed, whichever worker was
/// faster. A result that has to wait for its turn is on disk meanwhile.
struct CampaignBooks {
  private let options: CampaignOptions
  private let observer: any CampaignObserver
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  private var plan: CasePlan
  private var shares: ShareKeeper
  private var fold: ResultFold
  private var secondsOfScenario: [Double]
  /// The seconds of earlier runs of this campaign.
  private var secondsBefore = 0.0
  /// Canaries for which a finding is in: no further case of theirs is handed out.
  private var met: Set<Int> = []
  /// Canaries whose first finding, in the plan's order, is in the report: later results of theirs are not.
  private var found: Set<Int> = []
  private var ahead: FinishedAhead
  private var finished = ReorderBuffer<Finished>()
  private var lastWrite: ContinuousClock.Instant
  private var isInterrupted = false
  private var hasFinding = false
  /// Crash states of all cases that ended, also of those that wait for their turn.
  private var statesDone = 0

  /// The summary is written this often, for whoever watches, and for a run that goes on after a kill.
  private static let writeInterval = Duration.seconds(2)

  /// A case that ran.
  private struct Finished {
    var planned: PlannedCase
    var result: CaseResult
    var seconds: Double
  }

  private var scenarios: [Scenario] { fold.record.scenarios }

  /// Makes the report folder, or takes up the run in it.
  init(
    _ scenarios: [Scenario], _ options: CampaignOptions, _ observer: any CampaignObserver,
    narrate: @escaping FailureNarrator
  ) throws(ReportError) {
    self.options = options
    self.observer = observer
    start = clock.now
    lastWrite = start
    let record = CampaignRecord(scenarios, options.seeds, isCanary: options.canary, shard: options.shard)
    plan = record.plan
    shares = ShareKeeper(
      scenarios.map { options.shares[$0.name] ?? 1 }, estimates: scenarios.map(\.costEstimate))
    secondsOfScenario = scenarios.map { _ in 0 }
    var summary = Summary(record, jobs: options.jobs)
    summary.regressions = options.regressions
    let earlier = options.isResumed ? try EarlierRun(at: options.out, of: record) : nil
    let report =
      if let earlier {
        try ReportFolder(goingOnWith: earlier, replayCommand: options.replayCommand, narrate: narrate)
      } else {
        try ReportFolder(
          at: options.out, replayCommand: options.replayCommand, summary: summary, campaign: record,
          narrate: narrate)
      }
    fold = ResultFold(record, report, summary)
    ahead = try FinishedAhead(report.root)
    observer.start(options, scenarios, cases: plan.count)
    if let earlier { try takeUp(earlier) }
  }

  // MARK: Handing out

  /// The next case for the worker `slot`; nil when there is none, a limit is met, or the user wants the end.
  mutating func next(slot: Int) -> PlannedCase? {
    guard !isInterrupted, !(options.stopsAtFirst && hasFinding) else { return nil }
    if let limit = options.timeLimit, clock.now - start >= .seconds(limit.seconds) { return nil }
    if let limit = options.statesMax, statesDone >= limit { return nil }
    let shares = shares
    let planned =
      options.isLimited
      ? plan.next(without: { met.contains($0) }, by: shares.isBefore) : plan.next { met.contains($0) }
    guard let planned else { return nil }
    self.shares.begin(planned.scenario)
    observer.began(scenarios[planned.scenario].name, seed: planned.seed, slot: slot)
    return planned
  }

  /// Hands out no further case.
  mutating func interrupt() {
    isInterrupted = true
  }

  // MARK: Taking in

  /// Takes the result of a case and writes what is next in order.
  mutating func complete(
    _ planned: PlannedCase, slot: Int, result: CaseResult, seconds: Double
  ) throws(ReportError) {
    observer.ended(slot: slot)
    statesDone += result.crashStates
    shares.end(
      planned.scenario, result, cost: options.statesMax == nil ? seconds : Double(result.crashStates))
    noteFinding(result, planned)
    let ready = finished.insert(
      Finished(planned: planned, result: result, seconds: seconds), at: planned.index)
    if ready.isEmpty { try ahead.append(result) }
    for entry in ready { try write(entry) }
    if finished.isEmpty { try ahead.noteNothingWaits() }
    if clock.now - lastWrite >= Self.writeInterval {
      lastWrite = clock.now
      setSeconds()
      try fold.report.write(fold.summary)
    }
  }

  private mutating func noteFinding(_ result: CaseResult, _ planned: PlannedCase) {
    guard result.isFinding else { return }
    hasFinding = true
    if options.canary { met.insert(planned.scenario) }
  }

  /// Writes a case that is next in order.
  private mutating func write(_ entry: Finished) throws(ReportError) {
    let index = entry.planned.scenario
    let result = entry.result
    guard !found.contains(index) else { return }
    secondsOfScenario[index] += entry.seconds
    let statesBefore = fold.summary.perScenario[result.scenario]?.crashStatesExecuted ?? 0
    try fold.take(
      result, scenario: index, place: plan.place(scenario: index, round: entry.planned.round))
    fold.summary.progress.add(result, atSeconds: seconds)
    observer.finished(result, total: fold.summary.total, covered: fold.covered)
    if options.canary && result.isFinding {
      found.insert(index)
      observer.foundCanary(result, statesBefore: statesBefore)
    }
  }

  // MARK: Going on

  /// Takes over what an earlier run found. Nothing is changed on the disk before all of it was read.
  private mutating func takeUp(_ run: EarlierRun) throws(ReportError) {
    var earlier = run
    let before = earlier.summary
    secondsBefore = before.total.seconds
    for (index, scenario) in scenarios.enumerated() {
      secondsOfScenario[index] = before.perScenario[scenario.name]?.seconds ?? 0
    }
    fold.summary.progress = before.progress
    let timed = before.progress.buckets.reduce(0) { $0 + $1.cases }
    var cases = 0
    let waiting = try earlier.read { (entry) throws(ReportError) in
      note(entry)
      fold.count(
        entry.result, hash: entry.hash,
        place: plan.place(scenario: entry.planned.scenario, round: entry.planned.round))
      if options.canary && entry.result.isFinding { found.insert(entry.planned.scenario) }
      cases += 1
      // What came after the summary was written last has no time of its own.
      if cases > timed { fold.summary.progress.add(entry.result, atSeconds: secondsBefore) }
    }
    try fold.goOn(after: earlier.resultsLength)
    for entry in waiting {
      note(entry)
      try write(Finished(planned: entry.planned, result: entry.result, seconds: 0))
    }
    try fold.report.write(fold.summary)
    observer.resumed(fold.summary.total, covered: fold.covered)
  }

  /// Takes note that a case needs not run.
  private mutating func note(_ entry: EarlierRun.Entry) {
    plan.markDone(scenario: entry.planned.scenario, round: entry.planned.round)
    statesDone += entry.result.crashStates
    let cost = options.statesMax == nil ? 0 : Double(entry.result.crashStates)
    shares.count(entry.planned.scenario, entry.result, cost: cost)
    noteFinding(entry.result, entry.planned)
  }

  // MARK: The end

  /// Ends the report.
  mutating func finish(_ state: Summary.State) throws(ReportError) -> CampaignOutcome {
    for rest in finished.drain() { try write(rest) }
    try fold.order()
    setSeconds()
    try fold.finish(state)
    try ahead.finish(fold.report.root)
    return outcome
  }

  /// Joins the groups of failures that have one cause, and writes the summary.
  mutating func join(by causes: [String: FailureCause]) throws(ReportError) { try fold.join(by: causes) }

  /// Takes over what a study made of the first failures, and writes the summary.
  mutating func note(
    _ minimal: [String: (path: String, reproducer: Reproducer, failure: MinimalFailure)]
  ) throws(ReportError) { try fold.note(minimal) }

  /// The first failures of the first groups.
  var firstFailures: [FirstFailure] { fold.report.firstFailures(fold.summary) }

  /// What it came to.
  var outcome: CampaignOutcome {
    CampaignOutcome(
      record: fold.record, summary: fold.summary, report: fold.report, out: options.out,
      allowsSkipped: options.allowsSkipped || options.stopsAtFirst)
  }

  /// Seconds on the clock, those of earlier runs of the campaign included.
  private var seconds: Double { secondsBefore + (clock.now - start) / .seconds(1) }

  private mutating func setSeconds() {
    fold.summary.total.setSeconds(seconds)
    for (index, scenario) in scenarios.enumerated() {
      fold.summary.perScenario[scenario.name]?.setSeconds(secondsOfScenario[index])
    }
  }
}
