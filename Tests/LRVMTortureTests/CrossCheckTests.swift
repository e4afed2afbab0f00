import LRVMTorture
import Testing
import TortureCore
import TortureSamples

/// A part of `make cross-check`, which compares a thousand workloads.
@Suite struct CrossCheckTests {
  init() { Samples.registerSystems() }

  @Test func explorationArrivesAtWhatAllStatesOneByOneArriveAt() throws {
    let figures = try CrossCheck(
      statesMax: 40, nestedStride: 1000, scenario: CrossCheckScenarios.scenario
    ).run(0..<16)
    #expect(figures.differences == [])
    #expect(figures.workloads == 16)
    #expect(figures.points > 100)
    #expect(figures.states > figures.points)
    #expect(figures.violations > 0)
    #expect(figures.remembered > 0)
  }
}
