import TortureCore
import TortureFailures

/// The campaign's books, for the workers that serve it side by side.
actor CampaignLedger {
  private var books: CampaignBooks

  /// Makes the report folder, or takes up the run in it.
  init(
    _ scenarios: [Scenario], _ options: CampaignOptions, _ observer: any CampaignObserver,
    narrate: @escaping FailureNarrator
  ) throws(ReportError) {
    books = try CampaignBooks(scenarios, options, observer, narrate: narrate)
  }

  /// The next case for the worker `slot`; nil when there is none, a limit is met, or the user wants the end.
  func next(slot: Int) -> PlannedCase? { books.next(slot: slot) }

  /// Takes the result of a case and writes what is next in order.
  func complete(
    _ planned: PlannedCase, slot: Int, result: CaseResult, seconds: Double
  ) throws(ReportError) {
    try books.complete(planned, slot: slot, result: result, seconds: seconds)
  }

  /// Hands out no further case.
  func interrupt() { books.interrupt() }

  /// Ends the report.
  func finish(_ state: Summary.State) throws(ReportError) -> CampaignOutcome { try books.finish(state) }

  /// The first failures of the first groups.
  var firstFailures: [FirstFailure] { books.firstFailures }

  /// Joins the groups of failures that have one cause, and writes the summary.
  func join(by causes: [String: FailureCause]) throws(ReportError) { try books.join(by: causes) }

  /// Takes over what a study made of the first failures, and writes the summary.
  func note(
    _ minimal: [String: (path: String, reproducer: Reproducer, failure: MinimalFailure)]
  ) throws(ReportError) { try books.note(minimal) }

  /// What it came to.
  var outcome: CampaignOutcome { books.outcome }
}
