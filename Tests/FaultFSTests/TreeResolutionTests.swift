@testable import FaultFS
import SeededRandom
import Testing

/// Bodies on unsettled trees against the same bodies on each legal crash state, one by one; crashes in them, and courses
/// that are recalled.
@Suite struct TreeResolutionTests {
  private typealias Body = ResolutionTests.Body

  private static func window(seed: Int, calls: Int, profile: Profile) -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    var random = RandomTreeCalls(seed: UInt64(seed), sectorsMax: 1 + seed % 2, syncOdds: 3 + seed % 2)
    let tree = VolumeTree(disk)
    random.make(0, on: tree)
    // What is there in the beginning is durable in two of three.
    if seed % 3 > 0 { disk.restartRecording() }
    random.make(calls, on: tree, beginning: false)
    return CrashWindow(over: disk)
  }

  private static func body(_ generator: inout SplitMix64, stepCount: Int) -> RandomTreeBody {
    RandomTreeBody(
      seed: generator.next(), stepCount: stepCount, lookOdds: 1 + generator.below(3),
      looksAtAll: generator.isOneIn(3))
  }

  @Test(arguments: 0..<6, ResolutionTests.profiles)
  func outcomesAndTheirCountsAreThoseOfAllStatesOneByOne(batch: Int, profile: Profile) throws {
    var cases = 0
    for seed in batch * 12..<batch * 12 + 12 {
      let window = Self.window(seed: seed, calls: 4 + seed % 8, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(3), let count = window.stateCount(), count <= 60 else { continue }
        let tears = generator.isOneIn(3) ? TearChoices(garbageSeed: 5) : nil
        if tears != nil && (count > 24 || ResolutionTests.states(window, tears).count > 120) { continue }
        let random = Self.body(&generator, stepCount: 2 + generator.below(10))
        let body: Body = { try random.run(on: $0) }
        let expected = try ResolutionTests.bruteForce(window, tears, body)
        let found = try ResolutionTests.depthFirst(
          window, tears, checksStates: seed % 2 == 0, keepsVersions: seed % 4 < 2, body)
        #expect(found.outcomes == expected, "seed \(seed), point \(point)")
        #expect(found.untornStates == count)
        cases += 1
      }
    }
    #expect(cases > 2)
  }

  // MARK: Crashes in the body

  private static func nestedBody(
    _ generator: SplitMix64, depth: Int,
    explore: @escaping (CrashWindow, Body) throws -> ResolutionTests.Outcomes
  ) -> Body {
    var generator = generator
    let random = body(&generator, stepCount: 2 + generator.below(6))
    let next = generator
    return { disk in
      var outcome = try random.run(on: disk)
      if depth == 0 { return outcome }
      let window = CrashWindow(over: disk)
      var generator = next
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(2), let count = window.stateCount(), count <= 8 else { continue }
        let body = nestedBody(generator, depth: depth - 1, explore: explore)
        let inner = try explore(window, body)
        for (key, count) in inner.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
          outcome += [UInt64(point), count] + key
        }
      }
      return outcome
    }
  }

  @Test(arguments: 0..<60, [1, 2])
  func crashesInTheBodyAreThoseOfEachState(batch: Int, depth: Int) throws {
    let profile = ResolutionTests.profiles[batch % ResolutionTests.profiles.count]
    let tears = batch % 3 == 0 ? TearChoices() : nil
    for seed in batch * 3..<batch * 3 + 3 {
      let window = Self.window(seed: seed, calls: 4 + seed % 5, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        let statesMax: UInt64 = depth == 1 ? 16 : 6
        guard generator.isOneIn(2), let count = window.stateCount(), count <= (tears == nil ? statesMax : 3)
        else { continue }
        let expected = try ResolutionTests.bruteForce(
          window, tears,
          Self.nestedBody(generator, depth: depth) { try ResolutionTests.bruteForce($0, tears, $1) })
        let found = try ResolutionTests.depthFirst(
          window, tears, checksStates: false,
          Self.nestedBody(generator, depth: depth) { window, body in
            try ResolutionTests.depthFirst(window, tears, checksStates: false, body).outcomes
          })
        #expect(found.outcomes == expected, "seed \(seed), point \(point)")
      }
    }
  }

  // MARK: Memory

  @Test(arguments: 0..<24)
  func aRecalledCourseIsWhatTheBodyWouldComeTo(batch: Int) throws {
    var recalled = 0
    for seed in batch * 6..<batch * 6 + 6 {
      let profile = Profile.named[seed % Profile.named.count]
      let window = Self.window(seed: seed, calls: 12, profile: profile)
      let memory = CourseMemory(window)
      var kept: [Int: [UInt64]] = [:]
      var generator = SplitMix64(seed: UInt64(seed))
      let body = Self.body(&generator, stepCount: 3 + generator.below(6))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard let count = window.stateCount(), count <= 200 else { continue }
        let resolver = DepthFirst()
        var covered: UInt64 = 0
        repeat {
          var known: [UInt64]?
          try window.withDisk(resolvingBy: resolver) { disk in
            if let course = memory.recall(root: 0) {
              known = kept[course]
              recalled += known == nil ? 0 : 1
            }
            if known != nil { return }
            memory.begin(root: 0)
            let outcome = try body.run(on: disk)
            if let course = memory.end() { kept[course] = outcome }
          }
          covered += try #require(window.resolution.coveredStates())
          if let known {
            let state = window.resolution.state
            let shown = try window.withDisk(showing: state) { try body.run(on: $0) }
            #expect(shown == known, "seed \(seed), point \(point)")
          }
        } while resolver.next()
        #expect(covered == count)
      }
    }
    #expect(recalled > 10)
  }
}
