import FaultFS

/// What a recovered disk has to be: one of the states between what was promised and what was attempted.
struct Bounds: Hashable {
  var promised: Int
  /// What was promised before the newest promise.
  var promisedBefore: Int
  var attempted: Int

  /// One state alone: the first `prefix` commits.
  static func exactly(_ prefix: Int) -> Bounds {
    Bounds(promised: prefix, promisedBefore: prefix, attempted: prefix)
  }
}

/// What the recovery from a crash is held to.
struct Terms: Hashable {
  /// Nil where the store was still being created: then the creation is completed first.
  var bounds: Bounds?
  /// What the faults that struck before the crash left owed.
  var owed = Owed.everything
  /// Whether the crash came between a failure and the end of the opening that followed it.
  var isInDoubt = false

  /// The terms of a crash at `point` of a recovery that came to `outcome`: once it had returned, what it showed may
  /// not change any more, but by what the workload went on with.
  func afterCrash(at point: Int, in outcome: Judge.Outcome) -> Terms {
    guard changes(afterCrashAt: point, in: outcome), let prefix = outcome.prefix else { return self }
    var terms = self
    terms.bounds = .exactly(prefix)
    terms.owed.durability = .promised
    terms.isInDoubt = false
    if let history = outcome.history {
      terms.bounds = Bounds(
        promised: history.promised(at: point), promisedBefore: history.promisedBefore(at: point),
        attempted: history.attempted(at: point))
    }
    return terms
  }

  func changes(afterCrashAt point: Int, in outcome: Judge.Outcome) -> Bool {
    point >= outcome.recoveryEnd && outcome.prefix != nil
  }
}

extension Recording {
  /// What a crash at `point` is held to.
  func terms(at point: Int, in testCase: TestCase) -> Terms {
    Terms(
      bounds: bounds(at: point),
      owed: Owed(after: firedFaults.lazy.filter { $0.operation <= point }, in: testCase),
      isInDoubt: doubts.contains { $0.contains(point) })
  }

  /// What a crash at `point` may leave; nil where the store was still being created.
  func bounds(at point: Int) -> Bounds? {
    if point < created { return nil }
    return Bounds(
      promised: history.promised(at: point), promisedBefore: history.promisedBefore(at: point),
      attempted: history.attempted(at: point))
  }
}
