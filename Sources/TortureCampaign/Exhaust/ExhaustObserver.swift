package import TortureCore

/// Whoever watches an exhaustive run. Called from any task.
package protocol ExhaustObserver: Sendable {
  /// The progress of an earlier run is taken up.
  func resumed(_ progress: ExhaustProgress)

  /// A worker begins a batch, and is done with it.
  func began(_ batch: SequenceBatch, slot: Int)
  func ended(slot: Int)

  /// A sequence was found to violate something, trapped, or could not be judged.
  func found(_ result: CaseResult, _ sequence: [Letter])

  /// A sequence's result is counted.
  func counted(_ progress: ExhaustProgress)

  /// Some time has passed.
  func tick()

  /// Nothing more is to come.
  func stop()
}
