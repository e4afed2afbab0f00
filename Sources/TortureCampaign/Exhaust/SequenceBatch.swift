package import TortureCore

/// Sequences that a worker runs for one request: those at `first..<first + count` of the space.
package struct SequenceBatch: Codable, Hashable, Sendable {
  package var first: Int
  package var count: Int

  /// As many as make a request cheap beside its work, and few enough to lose when a worker dies.
  package static let countMax = 16

  package var indices: Range<Int> { first..<first + count }
}

/// Runs a batch of the sequences of up to `bound` operations. The seed of a sequence is its index.
package struct SequenceTask: WorkerTask {
  package static let name = "sequences"
  package var scenario: Scenario
  package var bound: Int
  package var batch: SequenceBatch

  package func perform(_ memory: WorkerMemory) throws -> [CaseResult] {
    try perform(memory) { CaseRunner.run($0, seed: $1, workload: $2, crashesInLastOnly: true) }
  }

  /// The same with `run` in the place of running a sequence's workload.
  package func perform(
    _ memory: WorkerMemory, run: (Scenario, UInt64, Workload) -> CaseResult
  ) throws -> [CaseResult] {
    let known = try memory.value(fitting: { (known: KnownSpace) in
      known.scenario == scenario && known.space.bound == bound
    }) {
      KnownSpace(
        scenario: scenario,
        space: SequenceSpace(try scenario.systemUnderTest.alphabet(of: scenario), bound: bound))
    }
    return batch.indices.map { index in
      run(scenario, UInt64(index), Workload(known.space.sequence(at: index), known.space.alphabet))
    }
  }

  private struct KnownSpace {
    var scenario: Scenario
    var space: SequenceSpace
  }
}

extension WorkerTasks {
  /// Adds those of exhaustive campaigns.
  package mutating func registerCampaign() {
    register(SequenceTask.self)
  }
}
