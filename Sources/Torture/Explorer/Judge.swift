import FaultFS
import Storage

/// What a recovered disk has to be: one of the states between what was promised and what was attempted.
struct Bounds: Hashable {
  var promised: Int
  var attempted: Int
}

/// Recovers a disk and judges what it finds.
struct Judge {
  let testCase: TestCase
  /// Called where a check fails; a replay takes the call stack there.
  var witness: (() -> Int)?

  /// What one recovery came to.
  struct Outcome {
    var violation: Violation?
    /// The prefix that the state is; nil where there is a violation or durability is not checked.
    var prefix: Int?
    /// How many operations recovery made before the system was usable.
    var recoveryEnd = 0
    /// What the witness returned for the check that failed.
    var failedCheck: Int?
  }

  /// Opens the system on `disk` and compares what it shows with what is legal.
  ///
  /// - Parameter bounds: nil where the crash came before the store had been created: then an opening that fails is
  ///   legal, as long as the creation can be completed.
  func recover(_ disk: FaultDisk, _ bounds: Bounds?) -> Outcome {
    let storage = testCase.storage(over: disk)
    let scenario = testCase.scenario
    var outcome = Outcome()
    do {
      if bounds == nil { try testCase.system.create(on: storage, for: scenario) }
      let hash = try lookAtRecovered(storage) { system in
        outcome.recoveryEnd = disk.operationCount
        let hash = system.stateHash()
        judge(system, hash, bounds ?? Bounds(promised: 0, attempted: 0), &outcome)
        return hash
      }
      if outcome.violation == nil, scenario.invariants.contains(.fixpoint) {
        // Dropped and opened again, as after another crash that lost nothing.
        let again = try lookAtRecovered(storage) { $0.stateHash() }
        if again != hash {
          fail(
            Violation(.notAFixpoint, "Recovering the recovered disk a second time changed its segments."),
            &outcome)
        }
      }
    } catch {
      fail(Violation(.recoveryFailed, "Recovery failed: \(error)"), &outcome)
    }
    return outcome
  }

  /// Opens the system, which recovers, lets `body` look at it, and drops it.
  private func lookAtRecovered<Result>(
    _ storage: any Storage, _ body: (any SystemUnderTest) -> Result
  ) throws -> Result {
    body(try testCase.system.open(on: storage, for: testCase.scenario))
  }

  private func judge(
    _ system: any SystemUnderTest, _ hash: UInt64, _ bounds: Bounds, _ outcome: inout Outcome
  ) {
    let scenario = testCase.scenario
    if scenario.invariants.contains(.durability) {
      if let prefix = testCase.oracle.prefix(of: hash, promised: bounds.promised, attempted: bounds.attempted)
      {
        // The workload's invariant holds in every prefix: the generator sees to that, and its tests show it.
        outcome.prefix = prefix
        return
      }
      let verdict = testCase.oracle.judge(
        system.images(), promised: bounds.promised, attempted: bounds.attempted)
      if case .violation(let violation) = verdict { fail(violation, &outcome) }
    }
    if outcome.violation == nil, scenario.invariants.contains(.workload),
      let broken = testCase.invariant.check(system.images())
    {
      fail(Violation(.invariantBroken, broken), &outcome)
    }
  }

  private func fail(_ violation: Violation, _ outcome: inout Outcome) {
    outcome.violation = violation
    outcome.failedCheck = witness?()
  }
}
