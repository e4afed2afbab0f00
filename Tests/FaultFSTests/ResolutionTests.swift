import FaultFS
import Storage
import Testing

/// Bodies on unsettled disks against the same bodies on each legal crash state, one by one.
@Suite struct ResolutionTests {
  typealias Outcomes = [[UInt64]: UInt64]

  /// Outcomes of a body over all states, one by one.
  static func bruteForce(_ window: CrashWindow, _ body: (FaultDisk) throws -> [UInt64]) throws -> Outcomes {
    var outcomes: Outcomes = [:]
    try window.forEachState { state in
      outcomes[try window.withDisk(showing: state, body), default: 0] += 1
    }
    return outcomes
  }

  /// The same by the choices of a depth-first resolver; each course is also compared with that on a state that it
  /// stands for.
  static func depthFirst(
    _ window: CrashWindow, checksStates: Bool = true, _ body: (FaultDisk) throws -> [UInt64]
  ) throws -> (outcomes: Outcomes, bodyCount: Int) {
    var outcomes: Outcomes = [:]
    let resolver = DepthFirst()
    repeat {
      let outcome = try window.withDisk(resolvingBy: resolver, body)
      let resolution = window.resolution
      outcomes[outcome, default: 0] += try #require(resolution.coveredStates())
      if checksStates {
        let state = resolution.state
        #expect(window.isLegal(state))
        let shown = try window.withDisk(showing: state, body)
        #expect(shown == outcome)
      }
    } while resolver.next()
    return (outcomes, resolver.bodyCount)
  }

  /// Renames and partial overwrites are frequent, syncs are not.
  private static func window(seed: Int, profile: Profile) throws -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 2 + seed % 2, syncOdds: 3 + seed % 3)
    try random.make(6 + seed % 9, on: disk)
    return CrashWindow(over: disk)
  }

  @Test(arguments: 0..<40, CrashWindowTests.profiles)
  func outcomesAndTheirCountsAreThoseOfAllStatesOneByOne(batch: Int, profile: Profile) throws {
    var statesTried: UInt64 = 0
    var bodiesRun = 0
    for seed in batch * 10..<batch * 10 + 10 {
      let window = try Self.window(seed: seed, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(3), let count = window.stateCount(), count <= 200 else { continue }
        let body = RandomBody(
          seed: generator.next(), stepCount: 2 + generator.below(14), writeOdds: 1 + generator.below(4),
          readsAll: generator.isOneIn(3))
        let expected = try Self.bruteForce(window) { try body.run(on: $0) }
        let (found, bodyCount) = try Self.depthFirst(window) { try body.run(on: $0) }
        #expect(found == expected, "seed \(seed), point \(point)")
        #expect(bodyCount <= count)
        statesTried += count
        bodiesRun += bodyCount
      }
    }
    #expect(bodiesRun <= statesTried)
    #expect(statesTried > 10)
  }
}
