import BigInt
import FaultFS
import Testing
import TortureSamples

@testable import TortureCore
@testable import TortureFailures

/// A hunt says "every crash state" only with the count that proves it, and then it is true.
@Suite struct HuntExtentTests {
  private func hunt(_ testCase: TestCase, depth: Int, executionsMax: Int = 1_000_000) -> CrashHunt.Outcome {
    var hunt = CrashHunt(testCase, target: nil, executionsMax: executionsMax)
    hunt.depthMax = depth
    return hunt.outcome()
  }

  /// The verdict of every crash state by itself is the hunt's, and so is their number.
  @Test(arguments: ["sound", "unsynced", "half-record", "journal"], [1, 2])
  func theCountIsThatOfAllStates(store: String, depth: Int) throws {
    for profile in ["posix", "ext4-ordered"] {
      let scenario = try FaultyStores.scenario(
        store, transactions: 2, disk: "profile: \(profile), tearing: none")
      let testCase = TestCase(scenario, seed: 1)
      let outcome = hunt(testCase, depth: depth)
      let all = FaultySamples.BruteForce(testCase, depth: depth)
      #expect((outcome.caught != nil) == !all.violations.isEmpty, "\(profile)")
      guard outcome.caught == nil else { continue }
      let extent = try #require(outcome.extent)
      #expect(outcome.isComplete, "\(profile): \(extent)")
      #expect(extent.depth == depth)
      #expect(extent.coverage.legal == BigUInt(all.states))
      #expect(extent.coverage.covered == extent.coverage.legal)
    }
  }

  /// With one crash the store is safe, in every state; with another one in recovery it is not.
  @Test func oneCrashSaysNothingOfTwo() throws {
    let testCase = TestCase(try FaultyStores.scenario("journal", transactions: 2), seed: 1)
    #expect(hunt(testCase, depth: 1).isComplete)
    let twice = hunt(testCase, depth: 2)
    #expect(twice.caught?.crashes.count == 2)
    #expect(twice.caught?.losses.count == 2)
    #expect(!twice.isComplete)
  }

  @Test(arguments: [1, 2]) func whatIsCutShortIsNotComplete(depth: Int) throws {
    let testCase = TestCase(try FaultyStores.scenario("sound", transactions: 3), seed: 1)
    let whole = hunt(testCase, depth: depth)
    #expect(whole.isComplete)
    for budget in [1, 5, 20, whole.executions / 2, whole.executions - 1] {
      let short = hunt(testCase, depth: depth, executionsMax: budget)
      #expect(short.caught == nil && !short.isComplete, "\(budget) of \(whole.executions)")
      #expect(short.executions <= budget + 1)
    }
  }

  /// A recovery that a fault strikes is drawn from, and that is never all.
  @Test func aStruckRecoveryIsNeverAllOfIt() throws {
    let scenario = try FaultyStores.scenario("sound", transactions: 2)
    var hunt = CrashHunt(TestCase(scenario, seed: 1), target: nil, executionsMax: 100_000)
    hunt.recoveryFault = Fault(.interrupted, at: .call(1))
    let outcome = hunt.outcome()
    #expect(outcome.caught == nil && !outcome.isComplete)
    #expect(outcome.extent?.coverage.pointsExhausted == 0)
  }

  /// Leaving out syncs is judged as deep as the scenario crashes.
  @Test(arguments: [0, 1]) func syncsAreLeftOutAsDeepAsTheScenarioCrashes(depth: Int) throws {
    let scenario = try FaultyStores.scenario("journal", transactions: 2, crash: "recovery_depth: \(depth)")
    let outcome = CrashHunt.run(without: SyncRemoval(), TestCase(scenario, seed: 1), executionsMax: 100_000)
    #expect((outcome.caught != nil) == (depth == 1))
    #expect(outcome.isComplete == (depth == 0))
    if depth == 0 { #expect(outcome.extent?.depth == 1) }
  }
}
