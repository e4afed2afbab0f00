import FaultFS
import Testing
import TortureSamples

@testable import TortureCore
@testable import TortureFailures

/// A failure that needs a fault: the fault goes with the call that it strikes.
@Suite struct FaultShrinkTests {
  private func shrink(_ reproducer: Reproducer) -> Shrinker {
    var shrinker = Shrinker(reproducer, executionsMax: 200_000)
    while let trial = shrinker.next() {
      shrinker.take(
        .hunted(
          CrashHunt.run(
            trial.reproducer, trial.goal, executionsMax: trial.executionsMax, struckCalls: trial.struckCalls))
      )
    }
    return shrinker
  }

  @Test func theFaultIsFoundAgainInFewerOperations() throws {
    let scenario = try FaultyStores.scenario("spill", transactions: 6)
    let testCase = TestCase(scenario, seed: 1)
    // The write of the fifth commit.
    let fault = Fault(.writeError, file: "log", at: .call(5), seed: 3)
    let struck = try #require(Recording(testCase, faults: [fault]).struckCalls[0])
    #expect(struck.number == 1)
    let reproducer = try FaultySamples.failure(of: scenario, faults: [fault])
    #expect(reproducer.operations?.count ?? 0 >= 15)
    let shrinker = shrink(reproducer)
    #expect(shrinker.best.operations?.count == 3, "\(shrinker.best.operations ?? [])")
    #expect(shrinker.best.finding.faults.map(\.placement) == [.call(1)])
    #expect(shrinker.progress.losses?.count == 1)
    let again = CrashHunt.run(shrinker.best, .any, executionsMax: 1000)
    #expect(again.caught != nil)
  }

  /// Whichever operations are left out, the same call of the same operation is struck.
  @Test func theCallIsTheSameOne() throws {
    let scenario = try FaultyStores.scenario("sound", transactions: 4)
    let testCase = TestCase(scenario, seed: 1)
    let operations = testCase.workload.operations
    let units = WorkloadUnits(operations).places
    let total = Recording(testCase, faults: [Fault(.shortWrite, at: .call(.max))]).matchingCallCounts[0]
    for number in 1...total {
      let fault = Fault(.shortWrite, at: .call(number), seed: 1)
      let whole = Recording(testCase, faults: [fault])
      let call = try #require(whole.struckCalls[0])
      for unit in units where call.operation.map({ !unit.contains($0) }) ?? true {
        let fewer = operations.indices.filter { !unit.contains($0) }
        let smaller = TestCase(
          scenario, seed: 1, workload: Workload(operations: fewer.map { operations[$0] }))
        var hunt = CrashHunt(smaller, target: nil, executionsMax: 100)
        hunt.faults = [fault]
        hunt.placeFaults(at: [call.leavingOut(Set(unit))])
        let recording = Recording(smaller, faults: hunt.faults)
        let place = recording.struckCalls[0]
        #expect(place?.number == call.number)
        #expect(place?.operation.map { fewer[$0] } == call.operation)
      }
      for unit in units where call.operation.map(unit.contains) ?? false {
        #expect(call.leavingOut(Set(unit)) == nil)
      }
    }
  }
}
