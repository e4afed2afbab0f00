import FaultFS
import SeededRandom
import Storage
import Testing

@testable import TortureCore

/// Which calls can be out of order, against all states one by one.
@Suite struct UpdateBehavioursTests {
  /// Random writes to two files, some synced, each call from one of three places in the code.
  private func window(_ seed: UInt64, _ profile: Profile) throws -> CrashWindow {
    var random = SplitMix64(seed: seed)
    let disk = FaultDisk(profile: profile)
    var origin = 0
    disk.witness = { origin }
    let files = try ["a", "b"].map { try disk.open($0, .createNew) }
    try disk.syncDirectory("")
    for _ in 0..<7 {
      origin = random.below(3)
      let file = files[random.below(2)]
      if random.below(5) == 0 {
        try file.sync(.full)
      } else {
        try file.write([UInt8](repeating: 1, count: 1 + random.below(700)), at: random.below(3) * 512)
      }
    }
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    return window
  }

  /// The pairs of origins of which the state has nothing of a call of the first and all of a later one of the second.
  private func pairs(_ state: CrashState, _ window: CrashWindow) -> Set<[Int]> {
    var kept: [Int: [Bool]] = [:]
    for cell in window.openCells {
      for version in window.candidates(of: cell).dropFirst() {
        guard let call = window.operation(making: VersionID(cell: cell, version: version)) else { continue }
        kept[call, default: []].append(window.choice(of: cell, in: state).version >= version)
      }
    }
    var pairs: Set<[Int]> = []
    for (lost, parts) in kept where !parts.contains(true) {
      for (later, parts) in kept where later > lost && !parts.contains(false) {
        pairs.insert([lost, later].map { window.timeline.operation($0).witness ?? -1 })
      }
    }
    return pairs
  }

  @Test(arguments: [Profile.posix, .ext4Ordered, .xfs, .btrfs, .ext4Data], 1...6 as ClosedRange<UInt64>)
  func theyAreThoseOfAllStates(profile: Profile, seed: UInt64) throws {
    let window = try window(seed, profile)
    guard let count = window.stateCount(), count < 20_000 else { return }
    var expected: Set<[Int]> = []
    window.forEachState { expected.formUnion(pairs($0, window)) }
    var behaviours = UpdateBehaviours()
    let (states, met) = behaviours.representatives(window, statesMax: 100)
    #expect(met == expected.count)
    #expect(states.count == met)
    var represented: Set<[Int]> = []
    for state in states {
      #expect(window.isLegal(state))
      represented.formUnion(pairs(state, window))
    }
    #expect(represented == expected)
    // Each is met once.
    #expect(behaviours.representatives(window, statesMax: 100) == ([], 0))
  }

  @Test func whatTheBudgetLeavesOutIsTriedLater() throws {
    let window = try window(1, .posix)
    var (whole, parts) = (UpdateBehaviours(), UpdateBehaviours())
    let all = whole.representatives(window, statesMax: 100)
    #expect(all.met > 3)
    let first = parts.representatives(window, statesMax: 2)
    #expect(first.met == all.met && first.states.count == 2)
    let rest = parts.representatives(window, statesMax: 100)
    #expect(rest.met == 0 && first.states + rest.states == all.states)
  }
}
