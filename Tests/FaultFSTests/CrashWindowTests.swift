import FaultFS
import SeededRandom
import Storage
import Testing

/// The window against the model's definition, by brute force.
@Suite struct CrashWindowTests {
  /// All profiles, and some that only overrides make.
  static let profiles: [Profile] = {
    var forced = Profile.rawDevice
    forced.name = "raw-device, forced"
    forced.forcedUnitAccess = "a"
    var mixed = Profile.posix
    mixed.name = "posix with blocks, entries synced with files, sizes after data"
    (mixed.atom, mixed.fileSyncPersistsEntry, mixed.grownSize) = (.block, true, .afterItsData)
    var sectors = Profile.ext4Data
    sectors.name = "ext4-data with sectors"
    sectors.atom = .sector
    var direct = Profile.ext4Ordered
    (direct.name, direct.hasDirectWrites) = ("ext4-ordered with direct writes", true)
    // Small files grow by several blocks where blocks are small.
    let small = [Profile.posix, .ext4Ordered, .xfs, .btrfs].map { profile in
      var small = profile
      (small.name, small.blockLength) = ("\(profile.name) with small blocks", 512)
      return small
    }
    return Profile.named + [forced, mixed, sectors, direct] + small
  }()

  static func record(seed: Int, calls: Int, profile: Profile, sectorsMax: Int = 4, syncOdds: Int = 4) throws
    -> FaultDisk
  {
    let disk = FaultDisk(profile: profile)
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: sectorsMax, syncOdds: syncOdds)
    try random.make(calls, on: disk)
    return disk
  }

  /// With calls of other threads while syncs are under way, which may be syncs in turn.
  static func recordThreads(seed: Int, calls: Int, profile: Profile) throws -> FaultDisk {
    let disk = FaultDisk(profile: profile)
    var others = (1...2).map { RandomCalls(seed: UInt64(seed + 100 * $0), sectorsMax: 2, syncOdds: 3) }
    var depth = 0
    disk.whileSyncing = {
      if depth == others.count { return }
      var calls = others[depth]
      depth += 1
      do { try calls.make(seed % 3 + 1, on: disk) } catch { Issue.record("\(error)") }
      depth -= 1
      others[depth] = calls
    }
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 2, syncOdds: 3)
    try random.make(calls, on: disk)
    disk.whileSyncing = nil
    return disk
  }

  @Test(arguments: 1...4, profiles)
  func aSyncCoversOnlyWhatReturnedBeforeItBegan(seed: Int, profile: Profile) throws {
    let window = CrashWindow(over: try Self.recordThreads(seed: seed, calls: 9 + seed, profile: profile))
    let model = NaiveModel(window.timeline, profile)
    #expect(model.operations.contains { $0.begun < $0.index })
    for point in 0...window.lastPoint {
      window.advance(to: point)
      guard let expected = model.legalChoices(at: point, max: 250) else { continue }
      window.expectStates(expected, of: model, seed: UInt64(seed * 1000 + point))
    }
  }

  @Test(arguments: 1...4, profiles)
  func statesAreThoseOfTheDefinition(seed: Int, profile: Profile) throws {
    // Few sectors and many syncs: few enough states to list them all.
    let window = CrashWindow(
      over: try Self.record(seed: seed, calls: 14 + seed % 7, profile: profile, sectorsMax: 2, syncOdds: 3))
    let model = NaiveModel(window.timeline, profile)
    var pointsListed = 0
    for point in 0...window.lastPoint {
      window.advance(to: point)
      guard let expected = model.legalChoices(at: point, max: 250) else { continue }
      pointsListed += 1
      window.expectStates(expected, of: model, seed: UInt64(seed * 1000 + point))
    }
    #expect(pointsListed > window.lastPoint / 5)
  }

  @Test(arguments: 1...3, profiles)
  func anyChoicesBecomeTheNewestLegalStateBelowThem(seed: Int, profile: Profile) throws {
    let window = CrashWindow(
      over: try Self.record(seed: seed, calls: 16, profile: profile, sectorsMax: 2, syncOdds: 5))
    let model = NaiveModel(window.timeline, profile)
    var generator = SplitMix64(seed: UInt64(seed))
    for point in 0...window.lastPoint {
      window.advance(to: point)
      window.expectNewestStateBelow(
        &generator, of: model, among: model.legalChoices(at: point, max: 250))
    }
  }

  @Test func aGrowthIsKeptBlockByBlock() throws {
    /// The sizes that a write of 10000 bytes at `offset` may leave a file with.
    func sizes(_ profile: Profile, at offset: Int) throws -> Set<Int> {
      let disk = FaultDisk(profile: profile)
      let file = try disk.open("a", .createNew)
      try file.write([UInt8](repeating: 1, count: 5000), at: 0)
      try file.sync(.full)
      try disk.syncDirectory("")
      try file.write([UInt8](repeating: 2, count: 10_000), at: offset)
      let window = CrashWindow(over: disk)
      window.advance(to: window.lastPoint)
      return Set(
        try (0..<200).map { draw in
          var generator = SplitMix64(seed: UInt64(draw))
          let state = window.state { _, candidates in
            CrashState.Choice(candidates.lowerBound + generator.below(candidates.count))
          }
          return try window.withDisk(showing: state) { try $0.open("a", .readOnly).size() }
        }
          + [window.everythingKept, window.nothingKept].map { state in
            try window.withDisk(showing: state) { try $0.open("a", .readOnly).size() }
          })
    }
    for profile in [Profile.posix, .ext4Writeback] {
      #expect(try sizes(profile, at: 5000) == [5000, 8192, 12_288, 15_000], "\(profile.name)")
      #expect(try sizes(profile, at: 0) == [5000, 8192, 10_000])
      // Of a gap before what was written there is no part.
      #expect(try sizes(profile, at: 1 << 30) == [5000, 1 << 30 + 4096, 1 << 30 + 8192, 1 << 30 + 10_000])
    }
    #expect(try sizes(.ext4Data, at: 5000) == [5000, 15_000])
    #expect(try sizes(.processCrash, at: 5000) == [15_000])
  }

  @Test func aRenameIsLostOrKeptAsOne() throws {
    let disk = FaultDisk()
    _ = try disk.open("d/new", .createNew)
    try disk.syncDirectory("d")
    try disk.rename("d/new", to: "log")
    let window = CrashWindow(over: disk)
    window.advance(to: 3)
    #expect(window.openCells.count == 2)
    #expect(window.stateCount() == 2)
    var seen: [[String: [UInt8]]] = []
    try window.forEachState { state in
      try window.withDisk(showing: state) { disk in seen.append(try files(of: disk)) }
    }
    #expect(seen == [["log": []], ["d/new": []]])
    // Giving up one half gives up the other.
    let half = window.state { cell, candidates in
      window.timeline.cell(cell).name == "log"
        ? CrashState.Choice(candidates.lowerBound) : CrashState.Choice(candidates.upperBound)
    }
    #expect(half == window.nothingKept)
    let torn = CrashState(point: 3, deviations: [half.deviations[0]])
    #expect(!window.isLegal(torn))
  }

  @Test func aSyncOfOneDirectoryPersistsTheOtherHalfOfARename() throws {
    let disk = FaultDisk()
    _ = try disk.open("d/new", .createNew)
    try disk.syncDirectory("d")
    try disk.rename("d/new", to: "log")
    try disk.syncDirectory("")
    let window = CrashWindow(over: disk)
    window.advance(to: 3)
    #expect(window.openCells.count == 2, "a sync in flight gives no floor")
    window.advance(to: 4)
    #expect(window.openCells.isEmpty)
    #expect(try shown(window.nothingKept, by: window) == ["log": []])
  }

  @Test func aSyncedFileCanStillLoseItsName() throws {
    let disk = FaultDisk()
    let file = try disk.open("log", .createNew)
    try file.write([1, 2, 3], at: 0)
    try file.sync(.full)
    let window = CrashWindow(over: disk)
    window.advance(to: 3)
    #expect(window.openCells.map { window.timeline.cell($0).kind } == [.entry])
    #expect(try shown(window.nothingKept, by: window) == [:])
    #expect(try shown(window.everythingKept, by: window) == ["log": [1, 2, 3]])
  }

  @Test func aSyncCoversOnlyItsOwnFileAndWhatHadReturned() throws {
    let disk = FaultDisk()
    let one = try disk.open("one", .createNew)
    let two = try disk.open("two", .createNew)
    try disk.syncDirectory("")
    try one.write([1], at: 0)
    try two.write([2], at: 0)
    try one.sync(.data)
    try one.write([9], at: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(try shown(window.nothingKept, by: window) == ["one": [1], "two": []])
    #expect(
      window.openCells.map { CellKey(window.timeline.cell($0)) }.sorted() == [
        .sector(file: 0, 0), .sector(file: 1, 0), .size(file: 1),
      ])
  }

  @Test func aProcessCrashKeepsWhatReturnedAndTheCallInFlightWhollyOrNot() throws {
    let disk = FaultDisk(profile: .processCrash)
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 3000), at: 0)
    try file.write([UInt8](repeating: 2, count: 2000), at: 500)
    let window = CrashWindow(over: disk)
    let ones = [UInt8](repeating: 1, count: 3000)
    let both = ones[..<500] + [UInt8](repeating: 2, count: 2000) + ones[..<500]
    let steps: [(before: [String: [UInt8]], after: [String: [UInt8]])] = [
      ([:], ["a": []]), (["a": []], ["a": ones]), (["a": ones], ["a": Array(both)]),
    ]
    for (point, step) in steps.enumerated() {
      window.advance(to: point)
      #expect(window.stateCount() == 2)
      let lost = try shown(window.nothingKept, by: window)
      let kept = try shown(window.everythingKept, by: window)
      #expect(lost == step.before)
      #expect(kept == step.after)
    }
    window.advance(to: 3)
    #expect(window.openCells.isEmpty)
  }

  @Test func aWriteOfManySectorsInFlightIsCountedAtOnce() throws {
    for profile in Self.profiles {
      let disk = FaultDisk(profile: profile)
      let file = try disk.open("a", .createNew)
      try file.allocate(40 * 512)
      try file.sync(.full)
      try disk.syncDirectory("")
      try file.write([UInt8](repeating: 1, count: 40 * 512), at: 0)
      let window = CrashWindow(over: disk)
      window.advance(to: 4)
      let expected: UInt64 =
        switch profile.atom {
        case .sector: profile.order == .everything ? 41 : 1 << 40
        case .block: profile.order == .everything ? 6 : 1 << UInt64(40 * 512 / profile.blockLength)
        case .call: 2
        }
      #expect(window.stateCount() == expected, "\(profile.name)")
    }
  }

  @Test func aCountThatDoesNotFitIsNil() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 64 * 512), at: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: 2)
    #expect(window.stateCount() == nil)
  }
}
