import FaultFS
import Foundation
import Testing
import TortureCore
import TortureSamples
import TortureViews

@testable import TortureFailures

/// Failures to shrink, and a shrink without worker processes.
enum ShrinkSamples {
  /// The first failure of a shipped canary, with fewer crash states than it asks for.
  static func canary(_ name: String) throws -> Reproducer {
    let path = Samples.package.appending(path: "scenarios/canary/\(name).yaml").path
    var scenario = try Samples.load(path)
    scenario.crash.recoveryDepth = 0
    scenario.crash.statesPerPoint = 4
    scenario.workload.transactions = 14
    return try failure(scenario)
  }

  /// The smallest reproducer of `unsyncedLog`, made once.
  static let unsyncedLogShrunk: Result<Shrinker, any Error> = Result { shrink(try unsyncedLog()) }

  /// A store that never syncs its log, with a workload of random bytes; its first failure, or the first of a kind.
  static func unsyncedLog(
    transactions: Int = 4, clients: Int = 1, _ kind: Violation.Kind? = nil
  ) throws -> Reproducer {
    try failure(
      try Samples.read(
        """
        name: unsynced
        log: {record_sectors: 8}
        segments:
          - {name: a.seg, length: 4096}
          - {name: b.seg, length: 4096}
        workload: {kind: bytes, transactions: \(transactions), clients: \(clients), range_length_max: 20}
        disk: {exposed_tail: older_bytes}
        crash: {points: every, states_per_point: 8, recovery_depth: 0}
        sabotage:
          - {drop: sync, file: log}
        """), kind)
  }

  /// A store that syncs its file, which it made under the name that it keeps, and not the directory; its first failure.
  static func unsyncedDirectory() throws -> Reproducer {
    var scenario = try FaultyStores.scenario("sound")
    scenario.sabotage = [SabotageRule(drop: .syncDirectory, file: "*")]
    return try failure(scenario)
  }

  private static func failure(_ scenario: Scenario, _ kind: Violation.Kind? = nil) throws -> Reproducer {
    for seed in scenario.seeds.first..<scenario.seeds.first + 4 {
      let findings = CaseRunner.run(scenario, seed: seed).findings
      if let finding = findings.first(where: { kind == nil || $0.violation?.kind == kind }) {
        return Reproducer(scenario: scenario, seed: seed, finding: finding)
      }
    }
    throw NoFailure()
  }

  private struct NoFailure: Error {}

  /// Shrinks in this process, at most `steps` trials.
  static func shrink(_ reproducer: Reproducer, executionsMax: Int = 200_000, steps: Int = .max) -> Shrinker {
    var shrinker = Shrinker(reproducer, executionsMax: executionsMax)
    var step = 0
    while step < steps, let trial = shrinker.next() {
      shrinker.take(
        .hunted(CrashHunt.run(trial.reproducer, trial.goal, executionsMax: trial.executionsMax)))
      step += 1
    }
    return shrinker
  }

  /// Whether any crash state of the operations has the failure: each legal state of each point is tried.
  static func isAnywhere(_ identity: FailureIdentity, in reproducer: Reproducer) -> Bool {
    let testCase = reproducer.testCase
    let recording = Recording(testCase)
    let judge = Judge(testCase: testCase)
    if let violation = recording.violation, FailureIdentity(violation) == identity { return true }
    let window = CrashWindow(over: recording.disk)
    var isThere = false
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let terms = recording.terms(at: point, in: testCase)
      var states: [CrashState] = []
      window.forEachState { states.append($0) }
      for state in states where !isThere {
        window.withDisk(showing: state) { disk in
          let outcome = judge.recover(disk, terms, opens: state.deviations.isEmpty)
          if let violation = outcome.violation, FailureIdentity(violation) == identity { isThere = true }
        }
      }
    }
    return isThere
  }
}
