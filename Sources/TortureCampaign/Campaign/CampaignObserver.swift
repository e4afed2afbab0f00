package import BigInt
package import TortureCore

/// Whoever watches a campaign. Called from any task.
package protocol CampaignObserver: Sendable {
  /// The campaign is about to begin.
  func start(_ options: CampaignOptions, _ scenarios: [Scenario], cases: Int)

  /// The results of an earlier run are counted.
  func resumed(_ total: Summary.Figures, covered: BigUInt)

  /// A worker begins a case, and is done with it.
  func began(_ scenario: String, seed: UInt64, slot: Int)
  func ended(slot: Int)

  /// A case's result is in, in the order of the report.
  ///
  /// - Parameters:
  ///   - total: the figures of all results so far.
  ///   - covered: how many legal crash states these stand for.
  func finished(_ result: CaseResult, total: Summary.Figures, covered: BigUInt)

  /// A canary was found, after this many crash states of its earlier cases.
  func foundCanary(_ result: CaseResult, statesBefore: Int)

  /// Some time has passed.
  func tick()

  /// Nothing more is to come.
  func stop()
}
