import BigInt
import TortureCore

/// How fast the crash states of memory are explored: Vista's bank on each memory, exhaustively, with crashes in recovery.
enum MemoryExploration {
  static func measure(profile: String, seconds: Double) throws -> MemoryRow {
    let scenario = try scenario(profile)
    let start = (wall: Clocks.wall(), processor: Clocks.processor())
    var row = MemoryRow(profile: profile)
    var covered: BigUInt = 0
    var executed = 0
    var seed: UInt64 = 0
    repeat {
      seed += 1
      let result = CaseRunner.run(scenario, seed: seed)
      if result.verdict != .clean { fatalError("a benchmark's case came to \(result.verdict)") }
      guard let coverage = result.coverage, coverage.pointsCapped == 0 else {
        fatalError("a benchmark's case was not exhausted")
      }
      executed += result.crashStates
      row.operations += result.storageOperations
      row.executed += result.crashStates - result.recoveryCrashStates
      row.remembered += coverage.remembered
      covered += coverage.covered
    } while Clocks.wall() - start.wall < seconds
    row.covered = String(covered)
    row.executedToCovered = Double(row.executed) / max(1, Double(covered))
    row.statesPerSecond = Double(executed) / (Clocks.wall() - start.wall)
    row.statesPerProcessorSecond = Double(executed) / (Clocks.processor() - start.processor)
    return row
  }

  /// As scenarios/vista has it.
  private static func scenario(_ profile: String) throws -> Scenario {
    let text = """
      name: memory
      system: {name: vista}
      segments:
        - {name: first.seg, length: 4096}
      workload:
        kind: bank
        transactions: 4
        clients: 2
        objects: 6
        range_length_max: 40
        mix: {commit_flush: 75, commit_no_flush: 0, abort: 25}
        between: {remap: 5, reopen: 5, none: 90}
      disk: {profile: \(profile)}
      crash: {exploration: exhaustive, executions_per_point: 100000, recovery_depth: 1, goes_on_transactions: 0}
      faults: none
      """
    return try ScenarioReader.read(Array(text.utf8), file: "memory.yaml")
  }
}

/// What exploring the cases of one memory came to.
struct MemoryRow: Codable, Hashable {
  var profile: String
  /// Storage operations of the runs without a crash.
  var operations = 0
  /// At the outermost depth: recoveries that ran, those that one at an earlier crash point stood for, and the legal states
  /// that both stand for, in decimal digits.
  var executed = 0
  var remembered = 0
  var covered = "0"
  var executedToCovered = 0.0
  /// Recoveries that ran, those from crashes in recovery included.
  var statesPerSecond = 0.0
  var statesPerProcessorSecond = 0.0

  enum CodingKeys: String, CodingKey {
    case profile, operations, executed, remembered, covered
    case executedToCovered = "executed_to_covered"
    case statesPerSecond = "states_per_second"
    case statesPerProcessorSecond = "states_per_processor_second"
  }
}
