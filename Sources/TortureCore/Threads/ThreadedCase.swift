import ThreadSchedules

/// A case whose clients are threads: what is legal after a crash depends on the order in which the store made the commits, which only
/// a recording says.
package final class ThreadedCase {
  private let segments: [SegmentOptions]
  private let operations: [Operation]
  /// The places of the commits' operations, in the store's order, of the recording that was made last, or that is explored.
  var order: [Int] = [] {
    didSet { if order != oldValue { oracle = Self.oracle(segments, operations, order) } }
  }
  private(set) var oracle: Oracle
  /// The threads of its runs.
  var crew = ThreadCrew()

  init(_ scenario: Scenario, _ workload: Workload) {
    segments = scenario.segments
    operations = workload.operations
    oracle = Oracle(segments: segments, ledger: workload.ledger)
  }

  private static func oracle(_ segments: [SegmentOptions], _ operations: [Operation], _ order: [Int])
    -> Oracle
  {
    Oracle(
      segments: segments, ledger: TransactionLedger(operations).ordered(byCommitsAt: order, of: operations))
  }
}

extension TransactionLedger {
  /// The same transactions with the commits in the order of their operations' places.
  fileprivate func ordered(byCommitsAt places: [Int], of operations: [Operation]) -> TransactionLedger {
    let inList = operations.indices.filter { operations[$0].isCommit }
    let numbers = Dictionary(uniqueKeysWithValues: inList.enumerated().map { ($0.element, $0.offset) })
    return TransactionLedger(
      commits: places.map { place in
        guard let number = numbers[place] else {
          fatalError("operation \(place) of the workload is no commit")
        }
        return commits[number]
      }, uncommitted: uncommitted)
  }
}
