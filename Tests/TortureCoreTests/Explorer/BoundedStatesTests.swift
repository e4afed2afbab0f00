import BigInt
import FaultFS
import Storage
import Testing
import TortureSamples

@testable import TortureCore

@Suite struct BoundedStatesTests {
  /// A window at whose point three sectors and a size are open.
  private func window(_ profile: Profile = .posix) throws -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 1024), at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write([UInt8](repeating: 2, count: 1024), at: 0)
    try file.write([UInt8](repeating: 3, count: 512), at: 0)
    try file.write([UInt8](repeating: 4, count: 512), at: 1024)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    return window
  }

  /// How many cells of a state do not show their newest version, and how many not their floor.
  private func deviations(_ state: CrashState, _ window: CrashWindow) -> (fromNewest: Int, fromFloor: Int) {
    let choices = window.openCells.map {
      (window.choice(of: $0, in: state), window.candidates(of: $0))
    }
    return (
      choices.count { $0.0 != CrashState.Choice($0.1.upperBound) },
      choices.count { $0.0 != CrashState.Choice($0.1.lowerBound) }
    )
  }

  @Test(arguments: [Profile.posix, .ext4Ordered, .ext4Data, .btrfs], 0...5)
  func theyAreTheLegalStatesWithinTheBound(profile: Profile, deviationsMax: Int) throws {
    let window = try window(profile)
    var expected: Set<CrashState> = []
    window.forEachState { state in
      let deviations = deviations(state, window)
      if min(deviations.fromNewest, deviations.fromFloor) <= deviationsMax { expected.insert(state) }
    }
    let found = BoundedStates(window, deviationsMax: deviationsMax, statesMax: 1000)
    #expect(found.isWhole)
    let untorn = found.states.filter { state in state.deviations.allSatisfy { $0.tear == nil } }
    #expect(Set(untorn) == expected)
    #expect(untorn.count == expected.count)
    // Exposed tails are within the bound as well.
    let exposed = found.states.filter { state in state.deviations.contains { $0.tear != nil } }
    for state in exposed {
      #expect(window.isLegal(state))
      let deviations = deviations(state, window)
      #expect(min(deviations.fromNewest, deviations.fromFloor) <= deviationsMax)
    }
    let canBeExposed = window.openCells.contains { !window.exposures(of: $0).isEmpty }
    #expect(exposed.isEmpty == (!canBeExposed || deviationsMax == 0))
  }

  @Test func fewerDeviationsComeFirstAndABudgetSaysThatItEnded() throws {
    let window = try window()
    let found = BoundedStates(window, deviationsMax: 2, statesMax: 3)
    #expect(!found.isWhole)
    #expect(found.states.prefix(2) == [window.everythingKept, window.nothingKept])
    #expect(found.states.count == 3)
  }

  private func coverage(_ crash: String) throws -> (CaseResult, Coverage) {
    let text = """
      name: bounded
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bytes, transactions: 2}
      disk: {tearing: none}
      crash: {\(crash), recovery_depth: 0}
      """
    var explorer = Explorer(
      TestCase(try Samples.read(text), seed: 1))
    explorer.explore()
    return (explorer.result, try #require(explorer.result.coverage))
  }

  @Test func whereExhaustionMeetsItsCapTheBoundAppliesAndThenStatesAreDrawn() throws {
    let (result, coverage) = try coverage(
      "exploration: exhaustive, executions_per_point: 2, deviations_max: 0, states_per_point: 5")
    #expect(result.verdict == .clean)
    #expect(coverage.pointsCapped > 0)
    #expect(coverage.bounded.points == coverage.pointsCapped)
    #expect(coverage.bounded.pointsCapped == 0)
    // All kept and none kept.
    #expect(coverage.bounded.states <= 2 * coverage.bounded.points)
    #expect(coverage.bounded.leftOut > 0)
    #expect(coverage.behaviours.met > 4)
    #expect(coverage.behaviours.tried == coverage.behaviours.met)
    #expect(coverage.pointsSampled > 0)
    #expect(coverage.pointsSampled <= coverage.bounded.points)
    #expect(coverage.statesSampled > 0)
  }

  @Test func withoutABoundStatesAreDrawnAtOnce() throws {
    let (_, coverage) = try coverage(
      "exploration: exhaustive, executions_per_point: 2, deviations_max: -1, states_per_point: 5")
    #expect(coverage.bounded == Coverage.Bounded())
    #expect(coverage.pointsSampled == coverage.pointsCapped)
  }

  @Test func aBoundAloneCountsWhatItLeavesOut() throws {
    let (result, coverage) = try coverage("exploration: bounded, deviations_max: 1, states_per_point: 1")
    #expect(coverage.bounded.points == result.crashPoints)
    #expect(coverage.legal == 0)
    #expect(coverage.executions == 0)
    #expect(coverage.bounded.leftOut > 0)
    #expect(coverage.pointsSampled < coverage.bounded.points)
    #expect(
      result.crashStates == coverage.behaviours.tried + coverage.bounded.states + coverage.statesSampled)
  }
}
