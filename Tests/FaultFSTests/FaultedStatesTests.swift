import FaultFS
import SeededRandom
import Storage
import Testing

/// Random calls with random faults: what a crash may leave, against the model's definition by brute force.
@Suite struct FaultedStatesTests {
  /// All profiles, and some that only overrides make: every behaviour of a failed sync under every kind of order.
  static let profiles: [Profile] = {
    let any = [Profile.ext4Ordered, .ext4Data, .xfs, .btrfs].map { named in
      var profile = named
      profile.name += ", any failed sync"
      profile.failedSync = Profile.FailedSync.allCases
      return profile
    }
    var calls = Profile.ext4Ordered
    calls.name = "ext4-ordered with calls, any failed sync"
    (calls.atom, calls.failedSync) = (.call, Profile.FailedSync.allCases)
    var synced = Profile.posix
    synced.name = "posix, entries synced with files"
    synced.fileSyncPersistsEntry = true
    return CrashWindowTests.profiles + any + [calls, synced]
  }()

  /// Some kinds of faults, each at a rate.
  static func faults(_ seed: Int) -> [Fault] {
    var generator = SplitMix64(seed: UInt64(seed))
    let kinds = Fault.Kind.allCases.filter { _ in generator.isOneIn(2) } + [.syncError]
    return kinds.map { kind in
      let rate = kind == .syncError ? 0.5 : 0.25
      return Fault(kind, at: .rate(rate), isSticky: true, seed: generator.next())
    }
  }

  /// A window over a disk on which faults struck, and what the definition says of it.
  static func record(seed: Int, calls: Int, profile: Profile) throws -> (CrashWindow, NaiveModel) {
    let disk = FaultDisk(profile: profile)
    disk.inject(faults(seed))
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 2, syncOdds: 3, readOdds: 5)
    try random.make(calls, on: disk)
    let fired = disk.firedFaults
    let window = CrashWindow(over: disk)
    return (window, NaiveModel(window.timeline, profile, fired: fired))
  }

  @Test(arguments: 1...6, profiles)
  func statesAreThoseOfTheDefinition(seed: Int, profile: Profile) throws {
    let (window, model) = try Self.record(seed: seed, calls: 16 + seed % 9, profile: profile)
    var generator = SplitMix64(seed: UInt64(seed))
    var pointsListed = 0
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let expected = model.legalChoices(at: point, max: 250)
      window.expectNewestStateBelow(&generator, of: model, among: expected)
      guard let expected else { continue }
      pointsListed += 1
      window.expectStates(expected, of: model, seed: UInt64(seed * 1000 + point))
    }
    #expect(pointsListed > window.lastPoint / 8)
  }

  /// Bodies on which faults may strike as well, on unsettled disks and on each state.
  @Test(arguments: 0..<4, profiles)
  func readDrivenResolutionMeetsTheSameStates(batch: Int, profile: Profile) throws {
    var cases = 0
    for seed in batch * 4..<batch * 4 + 4 {
      let (window, model) = try Self.record(seed: seed, calls: 10 + seed % 9, profile: profile)
      var generator = SplitMix64(seed: UInt64(seed))
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard generator.isOneIn(3), let count = window.stateCount(), count <= 30 else { continue }
        let random = RandomBody(
          seed: generator.next(), stepCount: 2 + generator.below(14), writeOdds: 1 + generator.below(4),
          readsAll: generator.isOneIn(3))
        let faults = generator.isOneIn(2) ? Self.faults(seed + point) : []
        let body: ResolutionTests.Body = { disk in
          disk.inject(faults)
          return try random.run(on: disk) + disk.firedFaults.map { UInt64($0.callNumber) }
        }
        if let legal = model.legalChoices(at: point, max: 250) { #expect(count == UInt64(legal.count)) }
        let expected = try ResolutionTests.bruteForce(window, nil, body)
        let found = try ResolutionTests.depthFirst(window, nil, checksStates: true, body)
        #expect(found.outcomes == expected, "seed \(seed), point \(point)")
        #expect(found.untornStates == count)
        cases += 1
      }
    }
    #expect(cases > 2)
  }
}
