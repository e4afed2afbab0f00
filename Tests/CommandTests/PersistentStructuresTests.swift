import Testing

/// The hash table and the queue on a recoverable heap, tortured with small scenarios.
@Suite struct PersistentStructuresTests {
  @Test(arguments: ["hash-table", "heap-queue"]) func nothingIsFound(system: String) async throws {
    let folder = try CommandFolder()
    try folder.write(
      "small.yaml",
      """
      name: small
      description: A few transactions on a recoverable heap.
      system: {name: \(system)}
      segments: [{name: accounts, length: 4096}]
      workload: {kind: bank, transactions: 4, objects: 12}
      crash: {points: every, states_per_point: 2, recovery_points_max: 1}
      faults: none

      """)
    let run = try await CommandRun.line("heap-torture run small.yaml --runs 1", in: folder.path)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(run.output.contains("Nothing found"), "\(run.output)")
  }
}
