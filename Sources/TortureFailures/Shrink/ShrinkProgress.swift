package import TortureCore

/// How far a shrink has got: enough to take it up again as if it had never been interrupted.
package struct ShrinkProgress: Codable, Hashable, Sendable {
  /// What distinguishes the failure that is being shrunk from another one of the same name: the finding's ID and the number of
  /// operations that it had at first.
  package var origin: String
  package var originalOperations: Int
  /// Executions spent by now, and how many there may be.
  package var executions = 0
  package var executionsMax: Int
  /// Smaller reproducers that were tried, and those that still failed.
  package var tried = 0
  package var accepted = 0
  /// Whether nothing more is to be tried: everything was, or the budget is spent.
  package var isFinished = false
  /// Whether the budget ended it.
  package var isCapped = false

  /// How many of the operations had begun when power was cut; nil where that is not known.
  var begunOperations: Int?
  /// What each of the crashes of the smallest reproducer lost; nil where that is not known.
  package var losses: [[Loss]]?
  /// Which call each fault of it strikes; nil where that is not known.
  var struckCalls: [StruckCall?]?

  // Where it is: which round through the stages, which stage, and which item of it; where items are taken away together,
  // `reduction` says which.
  package var round = 0
  var stage = ShrinkStage.reproduce
  package var index = 0
  var reduction: DeltaDebugging?
  /// Whether something was accepted in this pass over the stage's items, and in this round.
  var hasChangedInPass = false
  var hasChangedInRound = false

  package init(of reproducer: Reproducer, executionsMax: Int) {
    origin = reproducer.finding.id
    originalOperations = reproducer.operations?.count ?? 0
    self.executionsMax = executionsMax
  }
}

/// What is made smaller, in this order.
enum ShrinkStage: String, Codable, Hashable, Sendable, CaseIterable {
  /// Nothing: whether the failure is there at all.
  case reproduce
  /// The operations after the crash.
  case tail
  /// Whole transactions, and operations between them.
  case units
  /// Single stores of a transaction.
  case writes
  /// The bytes of a store.
  case bytes
  /// Where the schedule of threads departs from the usual one.
  case schedule
  /// The faults, clients, sizes and other options.
  case options
  /// The crashes and what they lose.
  case crash

  var next: ShrinkStage? {
    let all = Self.allCases
    let place = all.firstIndex(of: self).map { $0 + 1 } ?? all.count
    return place < all.count ? all[place] : nil
  }
}
