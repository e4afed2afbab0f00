internal import BigInt
internal import SystemPackage

/// The campaign's books: which case is next, which results are in, what the report says.
///
/// Workers finish in any order; what leaves here is in the order in which the cases began. So the report does not
/// depend on the number of jobs, and a canary's first finding is the one with the first seed, whichever worker was
/// faster. A result that has to wait for its turn is on disk meanwhile.
struct CampaignBooks {
  let scenarios: [Scenario]
  let options: CampaignOptions
  let display: CampaignDisplay
  let record: CampaignRecord
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  var plan: CasePlan
  var shares: ShareKeeper
  var report: ReportFolder
  var summary: Summary
  /// How many legal crash states the executed ones stand for.
  private var covered = BigUInt(0)
  var secondsOfScenario: [Double]
  /// The seconds of earlier runs of this campaign.
  var secondsBefore = 0.0
  /// Canaries for which a finding is in: no further case of theirs is handed out.
  var met: Set<Int> = []
  /// Canaries whose first finding, in the plan's order, is in the report: later results of theirs are not.
  var found: Set<Int> = []
  var reproducers: [String] = []
  private var ahead: FinishedAhead
  private var finished: ReorderBuffer<Finished>
  private var lastWrite: ContinuousClock.Instant
  /// Whether results.jsonl is in the order of the report.
  private var isOrdered = true
  private var lastPlace = -1
  private var differences: [String] = []
  private var differencesCount = 0
  private var isInterrupted = false
  private var hasFinding = false

  /// So many differences between two runs of a case are told; the others are counted.
  private static let differencesToldMax = 20
  /// The summary is written so often, for whoever watches, and for a run that goes on after a kill.
  private static let writeInterval = Duration.seconds(2)

  /// A case that ran.
  private struct Finished {
    var planned: PlannedCase
    var result: CaseResult
    var difference: String?
    var seconds: Double
  }

  /// Makes the report folder, or takes up the run in it.
  init(_ scenarios: [Scenario], _ options: CampaignOptions, _ display: CampaignDisplay) throws(ReportError) {
    self.scenarios = scenarios
    self.options = options
    self.display = display
    start = clock.now
    lastWrite = start
    record = CampaignRecord(scenarios, options.seeds, isCanary: options.canary, shard: options.shard)
    plan = record.plan
    shares = ShareKeeper(scenarios.map { options.shares[$0.name] ?? 1 })
    secondsOfScenario = scenarios.map { _ in 0 }
    summary = Summary(record, jobs: options.jobs)
    summary.regressions = options.regressions
    finished = ReorderBuffer()
    if options.isResumed, var earlier = try EarlierRun(at: options.out, of: record) {
      report = try ReportFolder(goingOnWith: earlier, replayCommand: options.replayCommand)
      ahead = try FinishedAhead(report.root)
      display.start(options, scenarios, cases: plan.count)
      try takeUp(&earlier)
    } else {
      report = try ReportFolder(
        at: options.out, replayCommand: options.replayCommand, summary: summary, campaign: record)
      ahead = try FinishedAhead(report.root)
      display.start(options, scenarios, cases: plan.count)
    }
  }

  // MARK: Handing out

  /// The next case for the worker `slot`; nil when there is none, a limit is met, or the user wants the end.
  mutating func next(slot: Int) -> PlannedCase? {
    guard !isInterrupted, !(options.stopsAtFirst && hasFinding) else { return nil }
    if let limit = options.timeLimit, clock.now - start >= .seconds(limit.seconds) { return nil }
    if let limit = options.statesMax, summary.total.crashStatesExecuted >= limit { return nil }
    let shares = shares
    let planned =
      options.isLimited
      ? plan.next(without: { met.contains($0) }, by: shares.isBefore) : plan.next { met.contains($0) }
    guard let planned else { return nil }
    self.shares.begin(planned.scenario)
    display.began(scenarios[planned.scenario].name, seed: planned.seed, slot: slot)
    return planned
  }

  /// Hands out no further case.
  mutating func interrupt() {
    isInterrupted = true
  }

  // MARK: Taking in

  /// Takes the result of a case, and of its repetition where there was one, and writes what is next in order.
  mutating func complete(
    _ planned: PlannedCase, slot: Int, result: CaseResult, repeated: CaseResult?, seconds: Double
  ) throws(ReportError) {
    display.ended(slot: slot)
    shares.end(
      planned.scenario, result, cost: options.statesMax == nil ? seconds : Double(result.crashStates))
    if result.isFinding { hasFinding = true }
    if options.canary && result.isFinding { met.insert(planned.scenario) }
    let difference = repeated.flatMap { Self.difference(result, $0) }
    let entry = Finished(planned: planned, result: result, difference: difference, seconds: seconds)
    let ready = finished.insert(entry, at: planned.index)
    if ready.isEmpty { try ahead.append(result) }
    for entry in ready { try write(entry) }
    if finished.isEmpty { try ahead.noteNothingWaits() }
    if clock.now - lastWrite >= Self.writeInterval {
      lastWrite = clock.now
      setSeconds()
      try report.write(summary)
    }
  }

  /// Writes a case that is next in order.
  private mutating func write(_ entry: Finished) throws(ReportError) {
    let index = entry.planned.scenario
    guard !found.contains(index) else { return }
    secondsOfScenario[index] += entry.seconds
    let statesBefore = summary.perScenario[entry.result.scenario]?.crashStatesExecuted ?? 0
    let line = try report.append(line: entry.result)
    count(entry.result, hash: TextHash.of(line), entry.planned)
    summary.progress.add(entry.result, atSeconds: seconds)
    reproducers += try report.appendFailures(of: entry.result, in: scenarios[index])
    display.finished(entry.result, total: summary.total, covered: covered)
    if let difference = entry.difference {
      differencesCount += 1
      if differencesCount <= Self.differencesToldMax { differences.append(difference) }
    }
    if options.canary && entry.result.isFinding {
      display.foundCanary(entry.result, statesBefore: statesBefore)
    }
  }

  /// Counts a result whose line is in results.jsonl.
  private mutating func count(_ result: CaseResult, hash: UInt64, _ planned: PlannedCase) {
    let place = plan.place(scenario: planned.scenario, round: planned.round)
    if place < lastPlace { isOrdered = false }
    lastPlace = place
    summary.add(result)
    covered += result.covered
    summary.resultsDigest &+= hash
    summary.groups.add(result, place: place)
    if options.canary && result.isFinding { found.insert(planned.scenario) }
  }

  private static func difference(_ first: CaseResult, _ second: CaseResult) -> String? {
    var names = first.differences(from: second)
    // Where a time limit met a case depends on the clock.
    if first.verdict == .failed && second.verdict == .failed && first.reason == second.reason { names = [] }
    guard !names.isEmpty else { return nil }
    var text = "\(first.scenario), seed \(first.seed): two runs differ in \(names.joined(separator: ", "))"
    if first.digest != second.digest { text += " (digest \(first.digest) and \(second.digest))" }
    return text
  }

  // MARK: Going on

  /// Takes over what an earlier run found. Nothing is changed on the disk before all of it was read.
  private mutating func takeUp(_ earlier: inout EarlierRun) throws(ReportError) {
    let before = earlier.summary
    secondsBefore = before.total.seconds
    for (index, scenario) in scenarios.enumerated() {
      secondsOfScenario[index] = before.perScenario[scenario.name]?.seconds ?? 0
    }
    summary.progress = before.progress
    let timed = before.progress.buckets.reduce(0) { $0 + $1.cases }
    var failing: [EarlierRun.Entry] = []
    var kept = [Int](repeating: 0, count: scenarios.count)
    var cases = 0
    let waiting = try earlier.read { (entry) throws(ReportError) in
      note(entry)
      count(entry.result, hash: entry.hash, entry.planned)
      cases += 1
      // What came after the summary was written last has no time of its own.
      if cases > timed { summary.progress.add(entry.result, atSeconds: secondsBefore) }
      if kept[entry.planned.scenario] < ReportFolder.failuresPerScenarioMax {
        kept[entry.planned.scenario] += entry.result.findings.count
        if !entry.result.findings.isEmpty { failing.append(entry) }
      }
    }
    try report.goOn(after: earlier.resultsLength)
    for entry in failing {
      reproducers += try report.appendFailures(of: entry.result, in: scenarios[entry.planned.scenario])
    }
    for entry in waiting {
      note(entry)
      try write(Finished(planned: entry.planned, result: entry.result, difference: nil, seconds: 0))
    }
    try report.write(summary)
    display.resumed(summary.total, covered: covered)
  }

  /// Takes note that a case needs not run.
  private mutating func note(_ entry: EarlierRun.Entry) {
    plan.markDone(scenario: entry.planned.scenario, round: entry.planned.round)
    let cost = options.statesMax == nil ? 0 : Double(entry.result.crashStates)
    shares.count(entry.planned.scenario, entry.result, cost: cost)
    if options.canary && entry.result.isFinding { met.insert(entry.planned.scenario) }
  }

  // MARK: The end

  /// Ends the report.
  mutating func finish(_ state: Summary.State) throws(ReportError) -> CampaignOutcome {
    for rest in finished.drain() { try write(rest) }
    if !isOrdered { try sort() }
    summary.state = state
    summary.failuresWritten = reproducers.count
    setSeconds()
    try report.finish(summary)
    try ahead.finish(report.root)
    return CampaignOutcome(
      summary: summary, scenarioNames: scenarios.map(\.name), out: options.out,
      replayLine: reproducers.first.map { FailureStory.replayLine(command: options.replayCommand, path: $0) },
      firstReproducer: reproducers.first,
      differences: differences, differencesCount: differencesCount,
      notFound: options.canary
        ? scenarios.indices.filter { !found.contains($0) }.map { scenarios[$0].name } : [],
      isCanary: options.canary)
  }

  /// Joins the groups of failures that have one cause.
  ///
  /// - Returns: the summary with them, which is written too.
  mutating func join(by causes: [String: FailureCause]) throws(ReportError) -> Summary {
    if !causes.isEmpty {
      summary.groups = summary.groups.joined(by: causes)
      try report.write(summary)
    }
    return summary
  }

  /// The failures that are worth a picture.
  var toPicture: [(fingerprint: String, reproducer: Reproducer)] { report.toPicture(summary) }

  /// Writes the views of the report, and tells the pipeline that runs it, if one does.
  ///
  /// - Returns: what a pipeline is told on standard output.
  func publish(_ pictures: [String: FailurePicture]) throws(ReportError) -> [String] {
    let views = CampaignViews(record, summary, report, pictures: pictures)
    for view in ReportView.allCases { try report.write(view, views.text(view)) }
    return try PipelineNotice(options.environment).tell(views)
  }

  /// Brings the report into the order in which an unlimited run writes it.
  private mutating func sort() throws(ReportError) {
    try ResultsSort.sort(report.root.appending(ReportFolder.resultsName), of: record)
    guard !reproducers.isEmpty else { return }
    try report.removeFailures()
    reproducers = try report.rewriteFailures(of: record)
  }

  /// Seconds on the clock, those of earlier runs of the campaign included.
  private var seconds: Double { secondsBefore + (clock.now - start) / .seconds(1) }

  private mutating func setSeconds() {
    summary.total.setSeconds(seconds)
    for (index, scenario) in scenarios.enumerated() {
      summary.perScenario[scenario.name]?.setSeconds(secondsOfScenario[index])
    }
  }
}
