package import FaultFS
import Storage

/// Recovers a disk and judges what it finds.
package struct Judge {
  package let testCase: TestCase
  /// Sees the check that fails, and each storage call that is left out; a replay takes call stacks there.
  package var witness: CaseWitness?
  /// Whether a program's checker is executed only where it would see something new, also where choices do not follow its
  /// questions: for a search, which confirms what it finds, and not for an exploration, which counts.
  package var remembersRuns = false
  /// Is given the call stacks of what a program's checker does; nil: it is not traced.
  package var trace: ProgramTrace?
  package let marks: RecoveryMarks
  private let checked = CheckedStates()

  package init(testCase: TestCase, witness: CaseWitness? = nil) {
    self.testCase = testCase
    self.witness = witness
    marks = RecoveryMarks(testCase.system.recoveryMarks)
  }

  /// The states that were held against the workload's invariant, by their hashes: each is looked at once.
  private final class CheckedStates {
    var hashes: Set<UInt64> = []
  }

  /// What one recovery came to.
  package struct Outcome {
    package var violation: Violation?
    /// How good it is, by what the faults left owed.
    package var verdict = FaultVerdict.durableAtomic
    /// The hash of the state; nil where there is none.
    package var hash: UInt64?
    /// The prefix that the state is; nil where there is none or durability is not checked.
    package var prefix: Int?
    /// How many operations recovery made before the system was usable.
    package var recoveryEnd = 0
    /// What the witness returned for the check that failed.
    package var failedCheck: Int?
    /// What was attempted and promised after the recovery; nil where the workload did not go on.
    package var history: History?
  }

  /// Recovers the system on `disk` and compares what it then holds with what is legal.
  ///
  /// - Parameters:
  ///   - terms: what it is held to; faults that strike `disk` meanwhile weaken them.
  ///   - opens: whether the system is opened even where its files show all there is to see.
  ///   - change: syncs to add to what the system, or a program's checker, does.
  ///   - goesOn: whether the workload goes on afterwards, where the scenario says so; not while a fault may still strike.
  package func recover(
    _ disk: FaultDisk, _ terms: Terms, opens: Bool, change: SyncChange? = nil, goesOn: Bool = true
  ) -> Outcome {
    if let program = testCase.program {
      func recover() -> Outcome {
        program.recover(disk, terms, change: change, trace: trace) { owed(terms, on: disk) }
      }
      return remembersRuns ? program.runs.using(recover) : recover()
    }
    if let store = testCase.store {
      func recover() -> Outcome { self.recover(store, disk, terms) }
      return remembersRuns ? store.runs.using(recover) : recover()
    }
    let storage = testCase.storage(over: disk, witness: witness, change: change)
    var outcome = Outcome()
    do {
      if terms.bounds == nil { try testCase.system.create(on: storage, for: testCase.scenario) }
      let hash = try look(disk, storage, opens: opens) { hash, images in
        outcome.recoveryEnd = disk.operationCount
        outcome.hash = hash
        judge(hash, images, terms, owed(terms, on: disk), &outcome)
      }
      if outcome.verdict < .undetectable, testCase.scenario.invariants.contains(.fixpoint) {
        // Recovered again, as after another crash that lost nothing.
        let again = try look(disk, storage, opens: opens) { _, _ in }
        // What a fault made up once is not owed again.
        if again != hash, owed(terms, on: disk).durability == .promised {
          fail(
            Violation(.notAFixpoint, "Recovering the recovered disk a second time changed its segments."),
            &outcome)
        }
      }
      if goesOn { goOn(disk, storage, terms, &outcome) }
    } catch  where disk.isProcessKilled {
      // The next process recovers; what this one has shown is still owed.
    } catch {
      if owed(terms, on: disk).mayRefuse {
        outcome.verdict = max(outcome.verdict, .detected)
        outcome.prefix = nil
      } else {
        fail(Violation(.recoveryFailed, "Recovery failed: \(error)"), &outcome)
      }
    }
    return outcome
  }

  /// Goes on with the workload as it would after a crash: the next commits, in their order, each with or without a flush as before, and the
  /// last with one. What they leave is crashed as recovery is. So what recovery left behind is built upon, with batches of other lengths than
  /// before.
  private func goOn(_ disk: FaultDisk, _ storage: any Storage, _ terms: Terms, _ outcome: inout Outcome) {
    let count = testCase.scenario.crash.goesOnTransactions
    guard count > 0, outcome.violation == nil, outcome.verdict < .detected, let prefix = outcome.prefix,
      terms.bounds != nil, owed(terms, on: disk) == .everything
    else { return }
    var history = History(recovered: prefix, position: outcome.recoveryEnd)
    do {
      let system = try testCase.system.open(on: storage, for: testCase.scenario)
      var done = prefix
      let next = testCase.oracle.ledger.commits.dropFirst(prefix).prefix(count)
      for (place, transaction) in next.enumerated() {
        let flushes = transaction.isFlushed || place == next.count - 1
        for operation in transaction.operations(flush: flushes) {
          if operation.isCommit { history.noteAttempt(commit: done + 1, position: disk.operationCount) }
          try system.perform(operation)
          for _ in 0..<testCase.traits.stepsPerOperation { try system.step() }
        }
        done += 1
        let promise = system.promise(after: .commit(client: transaction.client, flush: flushes))
        if case .everyCommitBut(let last) = promise {
          history.notePromise(upTo: max(prefix, done - last), position: disk.operationCount)
        }
      }
      outcome.history = history
      guard testCase.scenario.invariants.contains(.durability) else { return }
      let verdict = testCase.oracle.judge(
        system.images(), promised: done, attempted: done, called: terms.bounds?.called)
      if case .violation(let violation) = verdict { fail(violation, &outcome) }
    } catch {
      fail(
        Violation(.operationFailed, "Going on after recovery failed although the disk did not: \(error)"),
        &outcome)
    }
  }

  /// What is owed on a disk that faults may have struck since it was made; while they strike, a call may fail.
  private func owed(_ terms: Terms, on disk: FaultDisk) -> Owed {
    let fired = disk.firedFaults
    if fired.isEmpty { return terms.owed }
    var owed = terms.owed
    owed.weaken(by: fired, in: testCase)
    if owed.mayFailWhileStruck { owed.mayRefuse = true }
    return owed
  }

  /// Recovers, and calls `body` with the hash of the segments and a function that copies them.
  ///
  /// - Returns: the hash.
  private func look(
    _ disk: FaultDisk, _ storage: any Storage, opens: Bool, _ body: (UInt64, () -> [[UInt8]]) -> Void
  ) throws -> UInt64 {
    if !opens {
      let recovered = try testCase.system.recover(on: storage, for: testCase.scenario)
      marks.add(recovered.marks)
      if recovered.isInFiles, let hash = stateHash(of: disk) {
        body(hash) { images(on: disk) }
        return hash
      }
    }
    let system = try testCase.system.open(on: storage, for: testCase.scenario)
    marks.add(system.marks)
    let hash = try system.stateHash()
    body(hash) { system.images() }
    return hash
  }

  /// The state's hash by the segments' files; nil where one is missing or has another length.
  private func stateHash(of disk: FaultDisk) -> UInt64? {
    var hash: UInt64 = 0
    for (index, segment) in testCase.scenario.segments.enumerated() {
      guard let content = disk.content(of: segment.name, stream: index), content.size == segment.length
      else { return nil }
      hash ^= content.hash
    }
    return hash
  }

  private func images(on disk: FaultDisk) -> [[UInt8]] {
    testCase.scenario.segments.map { segment in
      disk.bytes(of: segment.name) ?? []
    }
  }

  func judge(
    _ hash: UInt64, _ images: () -> [[UInt8]], _ terms: Terms, _ owed: Owed, _ outcome: inout Outcome
  ) {
    let bounds = terms.bounds ?? .exactly(0)
    let invariants = testCase.scenario.invariants
    if invariants.contains(.durability) {
      let required = owed.required(of: bounds)
      if let prefix = testCase.oracle.prefix(of: hash, promised: required, attempted: bounds.attempted) {
        outcome.prefix = prefix
        if prefix < bounds.promised {
          outcome.verdict = .atomic
        } else if terms.isInDoubt && bounds.attempted > bounds.promised {
          outcome.verdict = .unknownThenStable
        }
        if checked.hashes.insert(hash).inserted { checkInvariant(images, owed, &outcome) }
        return
      }
      let verdict = testCase.oracle.judge(
        images(), promised: required, attempted: bounds.attempted, called: bounds.called)
      switch verdict {
      case .violation(let violation): object(violation, owed, &outcome)
      case .consistent(let prefix):
        // A store that shows something else each time it is looked at: the bytes count, and nothing remembers them by the hash.
        outcome.prefix = prefix
      }
    }
    if outcome.violation == nil { checkInvariant(images, owed, &outcome) }
  }

  private func checkInvariant(_ images: () -> [[UInt8]], _ owed: Owed, _ outcome: inout Outcome) {
    guard testCase.scenario.invariants.contains(.workload),
      let broken = testCase.invariant.check(images())
    else { return }
    object(Violation(.invariantBroken, broken), owed, &outcome)
  }

  /// Objects to a state, unless nobody could have noticed.
  private func object(_ violation: Violation, _ owed: Owed, _ outcome: inout Outcome) {
    if owed.mayShowWrongBytes {
      outcome.verdict = .undetectable
    } else {
      fail(violation, &outcome)
    }
  }

  func fail(_ violation: Violation, _ outcome: inout Outcome) {
    outcome.violation = violation
    outcome.verdict = .violation
    outcome.failedCheck = witness?.capture()
  }
}
