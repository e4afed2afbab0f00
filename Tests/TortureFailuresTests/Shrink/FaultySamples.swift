import FaultFS
import TortureCore
import TortureFailures
import TortureSamples

/// Failures of the faulty stores, and what each crash state comes to when it is tried by itself.
enum FaultySamples {
  struct NoFailure: Error {}

  /// The first failure that a hunt meets, as a reproducer.
  static func failure(
    of scenario: Scenario, seed: UInt64 = 1, depth: Int = 1, faults: [Fault] = [], from firstPoint: Int = 0
  ) throws -> Reproducer {
    let testCase = TestCase(scenario, seed: seed)
    var hunt = CrashHunt(testCase, target: nil, executionsMax: 100_000)
    hunt.depthMax = depth
    hunt.faults = faults
    hunt.firstPoint = firstPoint
    guard let caught = hunt.search() else { throw NoFailure() }
    return Reproducer(
      scenario: scenario, seed: seed, operations: testCase.workload.operations,
      finding: Finding(
        id: "sample", violation: caught.violation, crashes: caught.crashes, losses: caught.losses.last ?? [],
        strategy: "hunt", afterCrashStates: 0, faults: faults))
  }

  /// What one crash state after the other comes to: every legal one, at every point, with every crash in its recovery.
  struct BruteForce {
    /// Legal states of the first crash.
    var states: UInt64 = 0
    var violations: [Violation] = []

    init(_ testCase: TestCase, depth: Int = 1, faults: [Fault] = [], change: SyncChange? = nil) {
      let recording = Recording(testCase, faults: faults, change: change)
      if let violation = recording.violation { violations.append(violation) }
      let window = CrashWindow(over: recording.disk)
      let judge = Judge(testCase: testCase)
      visit(window, judge, depth: depth, isFirst: true) { recording.terms(at: $0, in: testCase) }
    }

    private mutating func visit(
      _ window: CrashWindow, _ judge: Judge, depth: Int, isFirst: Bool, _ terms: (Int) -> Terms
    ) {
      for point in 0...window.lastPoint {
        window.advance(to: point)
        var states: [CrashState] = []
        window.forEachState { states.append($0) }
        if isFirst { self.states += UInt64(states.count) }
        for state in states {
          window.withDisk(showing: state) { disk in
            let terms = terms(point)
            let outcome = judge.recover(disk, terms, opens: true)
            if let violation = outcome.violation { violations.append(violation) }
            if depth > 1, outcome.violation == nil {
              visit(CrashWindow(over: disk), judge, depth: depth - 1, isFirst: false) {
                terms.afterCrash(at: $0, in: outcome)
              }
            }
          }
        }
      }
    }
  }
}
