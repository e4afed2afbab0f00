import Testing
import TortureCore
import TortureSamples
import VistaTorture

/// A part of `make cross-check`, which compares a thousand workloads.
@Suite struct MemoryCrossCheckTests {
  init() { Samples.registerSystems() }

  @Test func explorationArrivesAtWhatAllStatesOneByOneArriveAt() throws {
    let figures = try CrossCheck(
      statesMax: 40, nestedStride: 1000, scenario: MemoryCrossCheckScenarios.scenario
    ).run(0..<3)
    #expect(figures.differences == [])
    #expect(figures.workloads == 3)
    #expect(figures.points > 200)
    #expect(figures.states > figures.points)
    #expect(figures.violations > 0)
    #expect(figures.remembered > 0)
  }

  /// Their segments are held in memory up to a line within a block of the hash, which was taken for zeros.
  @Test(arguments: [226, 860, 874]) func aSegmentThatIsHeldInPartIsHashedInPart(_ number: Int) throws {
    let figures = try CrossCheck(scenario: MemoryCrossCheckScenarios.scenario).run(number..<number + 1)
    #expect(figures.differences == [])
    #expect(figures.violations > 0)
  }
}
