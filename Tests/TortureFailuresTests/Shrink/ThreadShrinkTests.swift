import Testing
import ThreadSchedules
import TortureCore
import TortureSamples

@testable import TortureFailures

/// Failures that need threads: replayed with the same interleaving, and made smaller with their schedule.
@Suite struct ThreadShrinkTests {
  private static func failure(_ fault: GroupStore.Fault, faults: String = "none") throws -> Reproducer {
    let scenario = try Samples.read(
      """
      name: group
      system: {name: group, fault: \(fault.rawValue)}
      segments: [{name: a, length: 12288}]
      workload: {kind: bytes, transactions: 9, ranges_max: 1, range_length_max: 4, mix: {commit_flush: 3, abort: 1}}
      disk: {tearing: none}
      crash: {recovery_depth: 0, states_per_point: 10}
      threads: {count: 3}
      faults: \(faults)
      """)
    for seed in 1...40 as ClosedRange<UInt64> {
      let result = CaseRunner.run(scenario, seed: seed)
      if let finding = result.findings.first {
        return Reproducer(scenario: scenario, seed: seed, finding: finding)
      }
    }
    throw NotFound()
  }

  private struct NotFound: Error {}

  @Test(arguments: [GroupStore.Fault.wakesBeforeSync, .wakesNobody])
  func replaysAndShrinks(_ fault: GroupStore.Fault) throws {
    let original = try Self.failure(fault)
    let text = try original.text()
    let read = try Reproducer.parse(text, path: "r.json")
    #expect(read == original)
    let replay = CaseReplayer.replay(read)
    #expect(replay.violation == original.finding.violation)
    let best = ShrinkSamples.shrink(original).best
    let shrunk = CaseReplayer.replay(best)
    #expect(shrunk.violation?.kind == original.finding.violation?.kind)
    let operations = try #require(best.operations)
    // Two threads have to commit; a third one may stand in for what the schedules that were drawn did not hit on.
    #expect((2...3).contains(Set(operations.compactMap(\.client)).count), "\(operations)")
    #expect(operations.filter(\.promises).count <= 3, "\(operations)")
    let departures = try #require(best.finding.schedule?.departures)
    #expect(departures.count <= 4)
    // None of them can be left out.
    for index in departures.indices {
      var smaller = best
      smaller.finding.schedule?.departures.remove(at: index)
      let outcome = CrashHunt.run(smaller, .any, executionsMax: 4000)
      #expect(outcome.caught == nil, "\(departures[index])")
    }
    #expect(replay.picture?.steps.contains { $0.thread == "client 0" } == true)
    let waits = shrunk.story.compactMap { part in
      if case .waiting(_, let cause, let stack) = part { (cause: cause, stack: stack) } else { nil }
    }
    guard fault == .wakesNobody else { return #expect(waits.isEmpty) }
    #expect(waits.contains { $0.cause == "a signal in lock 'group'" })
    for wait in waits where wait.cause.contains("signal") {
      #expect(wait.stack.contains { $0.function.contains("GroupStore") })
    }
  }

  /// The fault and the schedule together are the reproducer.
  @Test func aFailureThatNeedsAFaultReplaysAndShrinks() throws {
    let original = try Self.failure(
      .forgetsFailure,
      faults: "{kinds: [write-error], placement: every, recoveries_max: 0, after_error: go-on}")
    #expect(original.finding.faults.count == 1 && original.finding.schedule != nil)
    let replay = CaseReplayer.replay(try Reproducer.parse(try original.text(), path: "r.json"))
    #expect(replay.violation == original.finding.violation)
    #expect(replay.picture?.steps.contains { $0.failure != nil } == true)
    let best = ShrinkSamples.shrink(original).best
    #expect(CaseReplayer.replay(best).violation?.kind == original.finding.violation?.kind)
    #expect(
      try #require(best.operations).count
        < (original.operations ?? original.testCase.workload.operations).count)
  }
}
