import FaultFS
import TortureCampaign
import TortureCore
import TortureFailures
import TortureTool

/// Cases with made-up results of the size of real ones.
enum SyntheticCases {
  static let scenario = """
    name: synthetic
    segments: [{ name: accounts, length: 8192 }]
    workload: { kind: bank, transactions: 10, objects: 8 }
    seeds: { first: 0, count: 1 }

    """

  /// The result of a seed: clean, or every N-th with a finding.
  static func result(_ scenario: String, seed: UInt64, findingEvery: Int) -> CaseResult {
    var result = CaseResult(
      scenario: scenario, seed: seed, operations: 337, storageOperations: 241, crashPoints: 242,
      crashStates: 72_681,
      recoveryCrashStates: 68_150, commits: 38, digest: String(seed &* 0x9e37_79b9_7f4a_7c15, radix: 16),
      marks: [
        "incremental truncation fell back to an epoch": 0, "log full, commit waited": 0, "log wrapped": 2,
        "range logged once for several": 2, "record left out, covered by a later one": 0,
        "records recovered": 1,
        "spool overflowed": 0, "truncation finished": Int(seed % 3),
      ])
    guard findingEvery > 0, seed % UInt64(findingEvery) == 0 else { return result }
    result.verdict = .violation
    result.violationCount = 1
    result.findings = [
      Finding(
        id: "\(scenario)-\(seed)-17", violation: Violation(.lostCommit, "Transaction \(seed) is missing."),
        crashes: [CrashState(point: 17)],
        losses: [
          Loss(
            call: StorageCall(number: 3, kind: .write, name: "file\(seed % 7)x", length: 512),
            place: .bytes(0..<512))
        ],
        strategy: "one-lost", afterCrashStates: 3)
    ]
    return result
  }

  /// What a worker does that makes its results up.
  static func tasks(findingEvery: Int) -> WorkerTasks {
    var tasks = WorkerTasks.standard
    tasks.register(RunTask.self) { task, _ in
      result(task.scenario.name, seed: task.seed, findingEvery: findingEvery)
    }
    tasks.register(ReplayTask.self) { _, _ in Replay(violation: nil, story: []) }
    return tasks
  }

  /// Writes the reports of `count` shards.
  ///
  /// - Returns: their folders.
  static func writeShards(
    scenario path: String, count: Int, results: Int, findingEvery: Int, in out: String
  ) throws -> [String] {
    let scenario = try ScenarioReader.load(path)
    let seeds = SeedSelection(first: 0, runs: count * results)
    return try (1...count).map { number in
      let folder = "\(out)/shard-\(number)"
      let writer = try ShardWriter(
        scenario, seeds, shard: Shard(number, of: count) ?? .whole, at: folder)
      // One scenario: the shards take turns seed by seed.
      try writer.write(
        (0..<results).map { round in
          result(scenario.name, seed: UInt64(round * count + number - 1), findingEvery: findingEvery)
        })
      return folder
    }
  }
}
