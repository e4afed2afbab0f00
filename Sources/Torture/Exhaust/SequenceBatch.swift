/// Sequences that a worker runs for one request: those at `first..<first + count` of the space.
struct SequenceBatch: Codable, Hashable, Sendable {
  var first: Int
  var count: Int

  /// As many as make a request cheap beside its work, and few enough to lose when a worker dies.
  static let countMax = 16

  var indices: Range<Int> { first..<first + count }
}

/// What a worker keeps between two requests for sequences: the space that they are of.
struct SequenceRunner {
  private var scenario: Scenario?
  private var space: SequenceSpace?

  /// Runs a batch. The seed of a sequence is its index.
  mutating func run(
    _ batch: SequenceBatch, of scenario: Scenario, bound: Int, _ executor: CaseExecutor
  ) throws(ExhaustError) -> [CaseResult] {
    let space: SequenceSpace
    if let known = self.space, self.scenario == scenario, known.bound == bound {
      space = known
    } else {
      space = SequenceSpace(try Alphabet(scenario), bound: bound)
      self.space = space
      self.scenario = scenario
    }
    return batch.indices.map { index in
      executor.runWorkload(
        scenario, UInt64(index), Workload(space.sequence(at: index), space.alphabet))
    }
  }
}
