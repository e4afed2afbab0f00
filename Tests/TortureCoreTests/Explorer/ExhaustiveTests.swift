import BigInt
import FaultFS
import Storage
import Testing
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureCore

/// Read-driven exploration against every crash state, one by one.
@Suite struct ExhaustiveTests {
  /// What a recovery came to: the prefix, or what is wrong.
  private typealias Outcomes = [String: UInt64]

  private func key(_ outcome: Judge.Outcome) -> String {
    if let violation = outcome.violation { return "\(violation.kind.rawValue): \(violation.message)" }
    return "prefix \(outcome.prefix.map(String.init) ?? "none")"
  }

  private func testCase(_ kind: String, seed: UInt64, _ extra: String = "") throws -> TestCase {
    let text = """
      name: tiny
      system: {truncation: \(seed % 2 == 0 ? "epoch" : "incremental"), truncation_threshold: 0.4, spool_limit: 600}
      log: {record_sectors: 6}
      segments:
        - {name: a.seg, length: 4096}
      workload:
        kind: \(kind)
        transactions: 4
        objects: 4
        range_length_max: 300
        mix: {commit_flush: 4, commit_no_flush: 4, abort: 1}
      disk: {tearing: none}
      crash: {exploration: exhaustive, recovery_depth: 0}
      \(extra)
      """
    let scenario = try Samples.read(text)
    return TestCase(scenario, seed: seed)
  }

  private func compare(_ testCase: TestCase) throws -> (states: UInt64, executions: Int, violating: Int) {
    let recording = Recording(testCase)
    #expect(recording.violation == nil)
    let judge = Judge(testCase: testCase)
    let window = CrashWindow(over: recording.disk)
    var total: (states: UInt64, executions: Int, violating: Int) = (0, 0, 0)
    for point in 0...window.lastPoint {
      window.advance(to: point)
      guard let count = window.stateCount(), count <= 300 else { continue }
      let terms = recording.terms(at: point, in: testCase)
      var expected: Outcomes = [:]
      window.forEachState { state in
        let outcome = window.withDisk(showing: state) { judge.recover($0, terms, opens: false) }
        expected[key(outcome), default: 0] += 1
      }
      var found: Outcomes = [:]
      let stack = ChoiceStack()
      repeat {
        let outcome = window.withDisk(resolvingBy: stack) { judge.recover($0, terms, opens: false) }
        found[key(outcome), default: 0] += try #require(window.resolution.coveredStates())
        total.executions += 1
      } while stack.next()
      #expect(found == expected, "seed \(testCase.seed), point \(point)")
      total.states += count
      total.violating += expected.keys.filter { !$0.hasPrefix("prefix") }.count
    }
    return total
  }

  @Test(arguments: ["bytes", "bank"])
  func itArrivesAtWhatAllStatesOneByOneArriveAt(kind: String) throws {
    var states: UInt64 = 0
    var executions = 0
    for seed in 1...40 as ClosedRange<UInt64> {
      let total = try compare(testCase(kind, seed: seed))
      #expect(total.violating == 0)
      states += total.states
      executions += total.executions
    }
    #expect(executions > 1000)
    #expect(UInt64(executions) < states)
  }

  @Test func itFindsTheSameViolationsAsAllStatesOneByOne() throws {
    var violating = 0
    for seed in 1...20 as ClosedRange<UInt64> {
      for sabotaged in ["log", "*.seg"] {
        let sabotage = "sabotage: [{drop: sync, file: '\(sabotaged)'}]"
        violating += try compare(testCase("bytes", seed: seed, sabotage)).violating
      }
    }
    #expect(violating > 100)
  }

  @Test func aCaseCountsWhatItCovered() throws {
    var explorer = Explorer(try testCase("bank", seed: 1))
    explorer.explore()
    let coverage = try #require(explorer.result.coverage)
    #expect(explorer.result.verdict == .clean)
    #expect(coverage.covered == coverage.legal)
    #expect(coverage.pointsCapped == 0)
    #expect(coverage.pointsExhausted == explorer.result.crashPoints)
    #expect(coverage.legal > BigUInt(coverage.executions))
  }

  @Test func aCapSaysExactlyWhatItLeftOut() throws {
    let sabotage = "sabotage: [{drop: sync, file: 'log'}]"
    var scenario = try testCase("bytes", seed: 2, sabotage).scenario
    scenario.crash.executionsPerPoint = 3
    var explorer = Explorer(TestCase(scenario, seed: 2))
    explorer.explore()
    let coverage = try #require(explorer.result.coverage)
    #expect(coverage.pointsCapped > 0)
    #expect(coverage.pointsExhausted > 0)
    #expect(coverage.leftOut > 0)
    #expect(coverage.covered + coverage.leftOut == coverage.legal)
  }
}
