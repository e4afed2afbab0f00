import TortureCore

/// Times the exhaustive exploration of traces of different lengths.
enum TraceGrowth {
  /// Transactions whose trace shows how many storage operations a transaction takes.
  private static let probeTransactions = 20

  static func measure(operations: Int) throws -> Growth {
    let probe = CaseRunner.run(try scenario(transactions: probeTransactions), seed: 1)
    let transactions = max(1, operations * probeTransactions / max(1, probe.storageOperations))
    let scenario = try scenario(transactions: transactions)
    let wall = Clocks.wall()
    let processor = Clocks.processor()
    let result = CaseRunner.run(scenario, seed: 1)
    if result.verdict != .clean { fatalError("a benchmark's trace came to \(result.verdict)") }
    return Growth(
      operations: result.storageOperations, seconds: Clocks.wall() - wall,
      processorSeconds: Clocks.processor() - processor, executed: result.coverage?.executions ?? 0,
      remembered: result.coverage?.remembered ?? 0,
      covered: result.coverage.map { String($0.covered) } ?? "0",
      pointsCapped: result.coverage?.pointsCapped ?? 0)
  }

  /// Every crash point, every state; no crashes in recovery.
  private static func scenario(transactions: Int) throws -> Scenario {
    let text = """
      name: growth
      log: {record_sectors: 16, status_length: 512}
      segments:
        - {name: data.seg, length: 8192}
      workload: {kind: bytes, transactions: \(transactions), ranges_max: 2, range_length_max: 200}
      disk: {tearing: none}
      crash: {points: every, exploration: exhaustive, recovery_depth: 0, goes_on_transactions: 0}
      faults: none
      invariants: [durability]
      """
    return try ScenarioReader.read(Array(text.utf8), file: "growth.yaml")
  }
}
