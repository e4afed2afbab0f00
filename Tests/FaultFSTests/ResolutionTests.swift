@testable import FaultFS
import SeededRandom
import Storage
import Testing

/// Bodies on unsettled disks against the same bodies on each legal crash state, one by one.
@Suite struct ResolutionTests {
  typealias Outcomes = [[UInt64]: UInt64]
  typealias Body = (FaultDisk) throws -> [UInt64]

  /// Every legal state, and each with one sector torn, by the definition of `TearChoices`.
  static func states(_ window: CrashWindow, _ tears: TearChoices?) -> [CrashState] {
    var states: [CrashState] = []
    window.forEachState { states.append($0) }
    guard let tears else { return states }
    let grainBytes = window.profile.tearing?.grainBytes ?? window.profile.sectorLength
    return states.flatMap { state in
      var variants = [state]
      for (place, deviation) in state.deviations.enumerated() {
        guard window.timeline.cell(deviation.cell).kind == .sector else { continue }
        let next = VersionID(cell: deviation.cell, version: deviation.version + 1)
        let legal = tears.tears(written: window.writtenBytes(of: next), grainBytes: grainBytes)
          .filter { window.allows($0, of: deviation.cell, after: deviation.version) }
        variants += legal.map { tear in
          var torn = state
          torn.deviations[place].tear = tear
          return torn
        }
      }
      return variants
    }
  }

  /// Outcomes of a body over all states, one by one.
  static func bruteForce(_ window: CrashWindow, _ tears: TearChoices?, _ body: Body) throws -> Outcomes {
    var outcomes: Outcomes = [:]
    for state in states(window, tears) {
      outcomes[try window.withDisk(showing: state, body), default: 0] += 1
    }
    return outcomes
  }

  struct Exploration {
    var outcomes: Outcomes = [:]
    /// The sum of the counts without tears.
    var untornStates: UInt64 = 0
    var bodyCount = 0
  }

  /// The same by the answers of a depth-first resolver.
  ///
  /// - Parameter checksStates: whether each course is also compared with that on a state that it stands for.
  static func depthFirst(
    _ window: CrashWindow, _ tears: TearChoices?, checksStates: Bool, keepsVersions: Bool = true,
    _ body: Body
  ) throws -> Exploration {
    var found = Exploration()
    let resolver = DepthFirst()
    repeat {
      let outcome = try window.withDisk(
        resolvingBy: resolver, tears: tears, keepsVersions: keepsVersions, body)
      let resolution = window.resolution
      found.outcomes[outcome, default: 0] += try #require(resolution.coveredStates(countingTears: true))
      found.untornStates += try #require(resolution.coveredStates())
      if checksStates {
        let state = resolution.state
        #expect(window.isLegal(state))
        let shown = try window.withDisk(showing: state, keepsVersions: keepsVersions, body)
        #expect(shown == outcome)
      }
    } while resolver.next()
    found.bodyCount = resolver.bodyCount
    return found
  }

  /// Every named profile; those whose sectors can tear also so; and a tear that trashes its neighbours.
  static let profiles: [Profile] = {
    var pages = Profile.posix.tearing(grainBytes: 32, rest: [.zeros, .garbage], reachesNeighbours: true)
    pages.name = "posix, whole pages"
    pages.tearing?.reachesPages = true
    let torn = Profile.named.filter(\.canTear).map { $0.tearing(grainBytes: 32) }
    return Profile.named + torn
      + [.posix.tearing(grainBytes: 1, rest: [.zeros, .garbage], reachesNeighbours: true), pages]
  }()

  /// Whether the case of a seed is about partial overwrites of two sectors of one file.
  private static func isFocused(_ seed: Int) -> Bool { seed % 3 == 0 }

  private static func names(_ seed: Int) -> [String] {
    isFocused(seed) ? ["a"] : ["a", "b", "c", "d/x", "d/y"]
  }

  private static func window(seed: Int, calls: Int, profile: Profile) throws -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    if isFocused(seed) {
      var generator = SplitMix64(seed: UInt64(seed))
      let file = try disk.open("a", .createNew)
      try file.write(generator.bytes(1000), at: 0)
      try file.sync(.full)
      try disk.syncDirectory("")
      for _ in 0..<1 + seed % 3 {
        try file.write(generator.bytes(1 + generator.below(400)), at: generator.below(600))
      }
      return CrashWindow(over: disk)
    }
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 2 + seed % 2, syncOdds: 3 + seed % 3)
    try random.make(calls, on: disk)
    return CrashWindow(over: disk)
  }

  /// All bytes in memory, sizes and entries.
  private static func image(_ window: CrashWindow) -> [[UInt8]] {
    let images = window.core.images
    return (0..<Int32(images.fileCount)).map { file in
      let count = images.memoryBytes(file)
      let bytes = count == 0 ? [] : unsafe [UInt8](images.bytes(file, at: 0, count: count))
      return bytes.reversed().drop { $0 == 0 } + [UInt8(images.size(file) % 251)]
    } + [
      (0..<Int32(images.names.names.count)).map { UInt8(truncatingIfNeeded: images.entry($0)) }.filter {
        $0 < 255
      }
    ]
  }

  @Test(arguments: 0..<6, profiles)
  func outcomesAndTheirCountsAreThoseOfAllStatesOneByOne(batch: Int, profile: Profile) throws {
    var cases = 0
    for seed in batch * 8..<batch * 8 + 8 {
      let window = try Self.window(seed: seed, calls: 6 + seed % 9, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(3), let count = window.stateCount(), count <= 40 else { continue }
        let tears = generator.isOneIn(2) ? TearChoices(garbageSeed: 5) : nil
        if tears != nil && (count > 24 || Self.states(window, tears).count > 120) { continue }
        let random = RandomBody(
          seed: generator.next(), stepCount: 2 + generator.below(14), writeOdds: 1 + generator.below(4),
          readsAll: generator.isOneIn(3),
          names: Self.names(seed))
        let body: Body = { try random.run(on: $0) }
        let before = Self.image(window)
        let expected = try Self.bruteForce(window, tears, body)
        let found = try Self.depthFirst(
          window, tears, checksStates: seed % 2 == 0, keepsVersions: seed % 4 < 2, body)
        #expect(found.outcomes == expected, "seed \(seed), point \(point)")
        #expect(found.untornStates == count)
        #expect(found.bodyCount <= Self.states(window, tears).count)
        #expect(Self.image(window) == before)
        cases += 1
      }
    }
    #expect(cases > 2)
  }

  // MARK: Crashes in the body

  /// A body that runs `random`, and then crashes at some of its points and goes on with further bodies, `depth`
  /// deep. What it returns holds everything that they saw, with the counts.
  private static func nestedBody(
    _ generator: SplitMix64, names: [String], depth: Int,
    explore: @escaping (CrashWindow, Body) throws -> Outcomes
  ) -> Body {
    var generator = generator
    let random = RandomBody(
      seed: generator.next(), stepCount: 2 + generator.below(6), writeOdds: depth > 0 ? 2 : 4,
      names: names)
    let next = generator
    return { disk in
      var outcome = try random.run(on: disk)
      if depth == 0 { return outcome }
      let window = CrashWindow(over: disk)
      var generator = next
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(2), let count = window.stateCount(), count <= 8 else { continue }
        let body = nestedBody(generator, names: names, depth: depth - 1, explore: explore)
        let inner = try explore(window, body)
        for (key, count) in inner.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
          outcome += [UInt64(point), count] + key
        }
      }
      return outcome
    }
  }

  @Test(arguments: 0..<90, [1, 2])
  func crashesInTheBodyAreThoseOfEachState(batch: Int, depth: Int) throws {
    let profile = Self.profiles[batch % Self.profiles.count]
    let tears = batch % 3 == 0 ? TearChoices() : nil
    for seed in batch * 3..<batch * 3 + 3 {
      let window = try Self.window(seed: seed, calls: 5 + seed % 5, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        let statesMax: UInt64 = depth == 1 ? 16 : 6
        guard generator.isOneIn(2), let count = window.stateCount(), count <= (tears == nil ? statesMax : 3)
        else { continue }
        let expected = try Self.bruteForce(
          window, tears,
          Self.nestedBody(generator, names: Self.names(seed), depth: depth) {
            try Self.bruteForce($0, tears, $1)
          })
        let found = try Self.depthFirst(
          window, tears, checksStates: false,
          Self.nestedBody(generator, names: Self.names(seed), depth: depth) { window, body in
            try Self.depthFirst(window, tears, checksStates: false, body).outcomes
          })
        #expect(found.outcomes == expected, "seed \(seed), point \(point)")
      }
    }
  }

  /// Asks one resolver or another.
  private final class Switch: Resolver {
    var target: DepthFirst

    init(_ target: DepthFirst) {
      self.target = target
    }

    func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
      target.choose(cell, depth: depth, among: count)
    }
  }

  @Test(arguments: 0..<160)
  func bodiesThatGiveBackOuterChoicesAreExploredJointly(batch: Int) throws {
    let profile = Self.profiles[batch % Self.profiles.count]
    let tears = batch % 3 == 0 ? TearChoices() : nil
    for seed in batch * 4..<batch * 4 + 4 {
      let window = try Self.window(seed: seed, calls: 5 + seed % 7, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(2), let count = window.stateCount(), count <= (tears == nil ? 24 : 4) else {
          continue
        }
        let outerBody = RandomBody(
          seed: generator.next(), stepCount: 2 + generator.below(6), writeOdds: 2, names: Self.names(seed))
        let innerBody = RandomBody(
          seed: generator.next(), stepCount: 2 + generator.below(6), writeOdds: 4, names: Self.names(seed))

        var expected: Outcomes = [:]
        for state in Self.states(window, tears) {
          try window.withDisk(showing: state) { disk in
            let seen = try outerBody.run(on: disk)
            try Self.forEachSmallPoint(of: CrashWindow(over: disk), statesMax: tears == nil ? 8 : 3) {
              inner in
              for state in Self.states(inner, tears) {
                let key = try inner.withDisk(showing: state) { try innerBody.run(on: $0) }
                expected[seen + [UInt64(inner.point)] + key, default: 0] += 1
              }
            }
          }
        }

        var found: Outcomes = [:]
        let outer = DepthFirst()
        let resolver = Switch(outer)
        repeat {
          try window.withDisk(resolvingBy: resolver, tears: tears) { disk in
            let seen = try outerBody.run(on: disk)
            let inner = CrashWindow(over: disk)
            inner.keepsOuterChoices = false
            try Self.forEachSmallPoint(of: inner, statesMax: tears == nil ? 8 : 3) { inner in
              let joint = DepthFirst()
              resolver.target = joint
              repeat {
                try inner.withDisk(resolvingBy: resolver, tears: tears, keepsVersions: seed % 2 == 0) {
                  disk in
                  let key = try innerBody.run(on: disk)
                  let outerCount = try #require(window.resolution.coveredStates(countingTears: true))
                  let innerCount = try #require(inner.resolution.coveredStates(countingTears: true))
                  found[seen + [UInt64(inner.point)] + key, default: 0] += outerCount * innerCount
                }
              } while joint.next()
              resolver.target = outer
            }
          }
        } while outer.next()
        #expect(found == expected, "seed \(seed), point \(point)")
      }
    }
  }

  private static func forEachSmallPoint(
    of window: CrashWindow, statesMax: UInt64, _ body: (CrashWindow) throws -> Void
  ) throws {
    for point in 0...window.lastPoint {
      window.advance(to: point)
      if let count = window.stateCount(), count <= statesMax { try body(window) }
    }
  }
}
