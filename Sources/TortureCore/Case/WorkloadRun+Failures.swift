import FaultFS

/// What the application does after an operation failed, which a fault explains.
///
/// By default it takes no later success for an answer to what failed, drops the store, opens it again on the same disk, and looks which
/// commits are there. Those in doubt are decided then. It repeats the ones that are missing, begins the interrupted transactions again,
/// and goes on.
///
/// With `after_error: retry` or `go-on` it uses the store as the failure left it, until that has failed several times in a row. Then it opens it
/// again.
extension WorkloadRun {
  private static var failuresInARowMax: Int { 3 }

  /// Goes on with the store as a failure left it; false where it is to be opened again.
  ///
  /// What memory shows after a commit that failed is what the store says of it: if it shows the transaction, a later promise covers that as
  /// well. If it does not, the commit is in doubt, which only an opening decides. Without restore mode nobody can tell.
  mutating func goOn(with system: any SystemUnderTest, after operation: Operation) -> Bool {
    let way = testCase.scenario.faults.afterError
    guard way != .reopen, failuresInARow < Self.failuresInARowMax else { return false }
    failuresInARow += 1
    switch operation {
    case .flush, .truncate, .truncateStep:
      if way == .retry { pending.append(operation) }
      return true
    case .begin(let client, _):
      open.removeAll { $0.client == client }
      pending.append(operation)
      return true
    case .write(let client, _, _, _):
      // Begun again, unless the store could not take back what was done.
      pending += (open.first { $0.client == client }?.operations ?? []).reversed()
      open.removeAll { $0.client == client }
      memory.perform(.abort(client: client))
      // An error may have ended the transaction already.
      try? system.perform(.abort(client: client))
      return isInMemory(on: system)
    case .commit(_, let flush):
      guard case .begin(_, restore: true) = committed.first else { return false }
      guard isInMemory(on: system) else { return false }
      memory.perform(operation)
      if way == .retry, flush { pending.append(.flush) }
      return true
    case .abort, .drop, .remap, .reopen:
      return false
    }
  }

  /// Whether the store shows what was committed and what open transactions did.
  private func isInMemory(on system: any SystemUnderTest) -> Bool {
    do { return try memory.difference(from: system) == nil } catch { return false }
  }

  var owed: Owed { Owed(after: disk.firedFaults, in: testCase) }

  func note(_ error: any Error, in operation: Operation, _ recording: inout Recording) {
    if disk.isProcessKilled { return }
    if owed.mayFailWhileStruck {
      recording.verdict = max(recording.verdict, .detected)
    } else {
      recording.violation = Violation(
        .operationFailed,
        "Operation \(recording.steps.count + 1) of the workload failed although the disk did not: \(error)")
    }
  }

  /// Asks the system, which has just failed, to make its earlier commits durable. If it says it did, it is held to it.
  func holdToPromise(
    _ system: any SystemUnderTest, after operation: Operation, _ recording: inout Recording
  ) {
    guard (try? system.perform(.flush)) != nil else { return }
    promise(system.promise(after: .flush), refused: operation.isCommit ? 1 : 0, &recording)
  }

  /// Opens the store again on the same disk, after a failure; nil ends the run.
  mutating func reopen(_ recording: inout Recording) -> (any SystemUnderTest)? {
    failures += 1
    failuresInARow = 0
    for _ in 0..<Self.attemptsMax where failures < Self.failuresMax {
      disk.beginProcess()
      let struck = disk.firedFaults.count
      do {
        let system = try testCase.system.open(on: storage, for: testCase.scenario)
        return try resume(on: system, &recording) ? system : nil
      } catch {
        guard accept(error, during: "Opening the store again", struckBefore: struck, &recording) else {
          return nil
        }
      }
    }
    return nil
  }

  /// Whether it is worth trying again: a fault has struck just now. An error that nothing explains is a violation.
  func accept(
    _ error: any Error, during action: String, struckBefore struck: Int, _ recording: inout Recording
  ) -> Bool {
    let owed = owed
    let isStruck = disk.firedFaults.count > struck && owed.mayFailWhileStruck
    if disk.isProcessKilled { return isStruck }
    if isStruck || owed.mayRefuse {
      recording.verdict = max(recording.verdict, .detected)
    } else {
      recording.violation = Violation(.recoveryFailed, "\(action) failed: \(error)")
    }
    return isStruck
  }

  /// Finds out which commits are there, and takes up the work from them; false where none of the legal states is.
  mutating func resume(
    on system: any SystemUnderTest, _ recording: inout Recording
  ) throws -> Bool {
    let owed = owed
    let position = disk.operationCount
    var bounds = Bounds(recording.history, at: position)
    bounds.attempted = commits
    let found = testCase.oracle.prefix(
      of: try system.stateHash(), promised: owed.required(of: bounds), attempted: commits)
    guard let found else {
      if owed.mayShowWrongBytes {
        recording.verdict = max(recording.verdict, .undetectable)
      } else if case .violation(let violation) = testCase.oracle.judge(
        system.images(), promised: owed.required(of: bounds), attempted: commits, called: bounds.called)
      {
        recording.violation = violation
      }
      return false
    }
    let isKilled = disk.firedFaults.allSatisfy { $0.kind == .kill }
    recording.verdict = max(
      recording.verdict,
      found < bounds.promised
        ? .atomic
        : commits > bounds.promised ? .unknownThenStable : isKilled ? .durableAtomic : .detected)
    recording.history.noteReopened(
      prefix: found, position: position, promises: testCase.traits.openingPromises,
      mayMisread: disk.firedFaults.contains { $0.kind == .staleRead })
    memory = WorkloadMemory(testCase.oracle.images(prefix: found))
    let missing = testCase.oracle.ledger.commits[found..<commits].flatMap { $0.operations }
    pending += (missing + open.flatMap(\.operations)).reversed()
    open = []
    commits = found
    return true
  }
}
