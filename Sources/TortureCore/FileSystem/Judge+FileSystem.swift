import FaultFS

extension Judge {
  /// Recovers a store on a file system of the kernel, and compares what it then holds with what is legal.
  ///
  /// What the recovery writes promises nothing to anybody: after a crash in it, the same is owed as before.
  func recover(_ store: StoreCase, _ disk: FaultDisk, _ terms: Terms) -> Outcome {
    var outcome = Outcome()
    outcome.recoveryEnd = Int.max
    guard let recovered = store.recover(disk, testCase, completesCreation: terms.bounds == nil) else {
      return outcome
    }
    if let failure = recovered.failure {
      fail(Violation(.recoveryFailed, "The process of the store \(failure)"), &outcome)
      return outcome
    }
    marks.add(recovered.marks)
    let hash = StateHash.state(recovered.images)
    outcome.hash = hash
    judge(hash, { recovered.images }, terms, .everything, &outcome)
    if outcome.violation == nil, !recovered.isFixpoint {
      fail(
        Violation(.notAFixpoint, "Recovering the recovered disk a second time changed its segments."),
        &outcome)
    }
    return outcome
  }
}
