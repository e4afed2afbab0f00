/// The campaign's books, for the workers that serve it side by side.
actor CampaignLedger {
  private var books: CampaignBooks

  /// Makes the report folder, or takes up the run in it.
  init(_ scenarios: [Scenario], _ options: CampaignOptions, _ display: CampaignDisplay) throws(ReportError) {
    books = try CampaignBooks(scenarios, options, display)
  }

  /// The next case for the worker `slot`; nil when there is none, a limit is met, or the user wants the end.
  func next(slot: Int) -> PlannedCase? { books.next(slot: slot) }

  /// Takes the result of a case, and of its repetition where there was one, and writes what is next in order.
  func complete(
    _ planned: PlannedCase, slot: Int, result: CaseResult, repeated: CaseResult?, seconds: Double
  ) throws(ReportError) {
    try books.complete(planned, slot: slot, result: result, repeated: repeated, seconds: seconds)
  }

  /// Hands out no further case.
  func interrupt() { books.interrupt() }

  /// Ends the report.
  func finish(_ state: Summary.State) throws(ReportError) -> CampaignOutcome { try books.finish(state) }
}

extension CampaignLedger {
  /// The failures that are worth a picture: the first of each group, by its fingerprint.
  var toPicture: [(fingerprint: String, reproducer: Reproducer)] { books.toPicture }

  /// Joins the groups of failures that have one cause; the summary with them, which is written too.
  func join(by causes: [String: FailureCause]) throws(ReportError) -> Summary { try books.join(by: causes) }

  /// Writes the views of the report, and tells the pipeline that runs it, if one does.
  ///
  /// - Returns: what a pipeline is told on standard output.
  func publish(_ pictures: [String: FailurePicture]) throws(ReportError) -> [String] {
    try books.publish(pictures)
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
  /// What the pipeline that runs the campaign is told on standard output.
  public var annotations: [String] = []

  /// How the command ends.
  public var status: CommandStatus {
    if summary.state == .interrupted { return .interrupted }
    if summary.state == .failed { return .harnessFailure }
    if differencesCount > 0 { return .nondeterminism }
    if !summary.regressions.failing.isEmpty { return .violation }
    if isCanary ? !notFound.isEmpty : summary.total.violations > 0 { return .violation }
    return summary.total.failed > 0 ? .harnessFailure : .success
  }
}
