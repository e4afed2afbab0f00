import FaultFS
import SeededRandom
import Storage
import Testing

@testable import TortureCore

@Suite struct StateSamplerTests {
  /// A file of eight sectors, overwritten by one call of sectors 1 to 5 and by one of sectors 3 to 7, unsynced.
  private func window() throws -> CrashWindow {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 4096), at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write([UInt8](repeating: 2, count: 2560), at: 512)
    try file.write([UInt8](repeating: 3, count: 2560), at: 1536)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    return window
  }

  /// What is drawn with a few seeds, each state once.
  private func states(_ strategy: CrashOptions.Strategy, _ window: CrashWindow) -> Set<CrashState> {
    var states: Set<CrashState> = []
    for seed in 1...8 as ClosedRange<UInt64> {
      var sampler = StateSampler(window, random: SplitMix64(seed: seed))
      sampler.draw([strategy], budget: 50)
      #expect(sampler.states.allSatisfy { window.isLegal($0.state) && $0.strategy == strategy })
      states.formUnion(sampler.states.map(\.state))
    }
    return states
  }

  /// What each sector shows: the number of a version.
  private func versions(_ state: CrashState, _ window: CrashWindow) -> [Int] {
    window.openCells.map { window.choice(of: $0, in: state).version }
  }

  @Test func neighbouringSectorsGoBackTogether() throws {
    let window = try window()
    #expect(window.openCells.count == 7)
    let states = states(.runLost, window)
    for state in states {
      let lost = versions(state, window).enumerated().filter { $0.element == 1 }.map(\.offset)
      #expect(lost.count > 1 && lost == Array(lost[0]...lost[lost.count - 1]), "\(state)")
      // The others are as new as they can be.
      #expect(state.deviations.count == lost.count)
    }
    // All runs of at least two of the seven.
    #expect(states.count == 21)
  }

  @Test func theEndOfAWriteIsThereWithoutItsBeginning() throws {
    let window = try window()
    let states = Set(states(.suffixKept, window).map { versions($0, window) })
    // Sectors 1 to 5 were written first, then 3 to 7: of the one write, or of the other after the whole first.
    let first = (1...4).map { lost in (1...7).map { $0 <= 5 && $0 > lost ? 2 : 1 } }
    let second = (3...6).map { lost in
      (1...7).map { sector in
        sector < 3 ? 2 : sector <= lost ? (sector <= 5 ? 2 : 1) : sector <= 5 ? 3 : 2
      }
    }
    #expect(states == Set(first + second))
  }

  @Test func withoutNeighboursThereIsNoRun() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([1], at: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(states(.runLost, window).isEmpty)
    #expect(states(.suffixKept, window).isEmpty)
  }

  @Test func anExposedTailIsDrawnAtRandomAsWell() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try disk.syncDirectory("")
    try file.write([UInt8](repeating: 1, count: 512), at: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    // The size is there or not, the sector holds zeros, garbage or its bytes.
    #expect(states(.random, window).count == 6)
    #expect(window.stateCount() == 4)
  }
}
