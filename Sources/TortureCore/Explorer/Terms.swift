import FaultFS

/// What a recovered disk has to be: one of the states between what was promised and what was attempted.
package struct Bounds: Hashable {
  package var promised: Int
  /// What was promised before the newest promise.
  package var promisedBefore: Int
  package var attempted: Int
  /// How many commits were ever called: an opening that showed fewer has settled that the others are not there.
  package var called: Int

  package init(promised: Int, promisedBefore: Int, attempted: Int, called: Int) {
    self.promised = promised
    self.promisedBefore = promisedBefore
    self.attempted = attempted
    self.called = max(called, attempted)
  }

  /// What `history` says of a crash at `point`.
  package init(_ history: History, at point: Int) {
    self.init(
      promised: history.promised(at: point), promisedBefore: history.promisedBefore(at: point),
      attempted: history.attempted(at: point), called: history.called(at: point))
  }

  /// One state alone: the first `prefix` commits.
  ///
  /// - Parameter called: how many were ever called, those of the prefix among them.
  package static func exactly(_ prefix: Int, called: Int = 0) -> Bounds {
    Bounds(promised: prefix, promisedBefore: prefix, attempted: prefix, called: called)
  }
}

/// What the recovery from a crash is held to.
package struct Terms: Hashable {
  /// Nil where the store was still being created: then the creation is completed first.
  package var bounds: Bounds?
  /// What the faults that struck before the crash left owed.
  var owed = Owed.everything
  /// Whether the crash came between a failure and the end of the opening that followed it.
  var isInDoubt = false

  /// The terms of a crash at `point` of a recovery that came to `outcome`: once it had returned, what it showed may
  /// not change any more, but by what the workload went on with.
  package func afterCrash(at point: Int, in outcome: Judge.Outcome) -> Terms {
    guard changes(afterCrashAt: point, in: outcome), let prefix = outcome.prefix else { return self }
    var terms = self
    terms.owed.durability = .promised
    terms.isInDoubt = false
    let called = bounds?.called ?? 0
    terms.bounds =
      outcome.history.map { history in
        var inner = Bounds(history, at: point)
        inner.called = max(inner.called, called)
        return inner
      } ?? .exactly(prefix, called: called)
    return terms
  }

  package func changes(afterCrashAt point: Int, in outcome: Judge.Outcome) -> Bool {
    point >= outcome.recoveryEnd && outcome.prefix != nil
  }
}

extension Recording {
  /// What a crash at `point` is held to.
  package func terms(at point: Int, in testCase: TestCase) -> Terms {
    Terms(
      bounds: bounds(at: point),
      owed: Owed(after: firedFaults.lazy.filter { $0.operation <= point }, in: testCase),
      isInDoubt: doubts.contains { $0.contains(point) })
  }

  /// What a crash at `point` may leave; nil where the store was still being created.
  package func bounds(at point: Int) -> Bounds? {
    if point < created { return nil }
    return Bounds(history, at: point)
  }
}
