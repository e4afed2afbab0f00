import FaultFS
import Storage
import Testing

@Suite struct TearTests {
  /// A synced file of `old` bytes, then `new` written over it at `offset`, in flight; the window at that point.
  private func overwritten(_ profile: Profile, old: [UInt8], new: [UInt8], at offset: Int) throws
    -> CrashWindow
  {
    let disk = FaultDisk(profile: profile)
    let file = try disk.open("a", .createNew)
    try file.write(old, at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write(new, at: offset)
    let window = CrashWindow(over: disk)
    window.advance(to: 4)
    return window
  }

  private func torn(_ window: CrashWindow, _ tear: Tear) throws -> [UInt8] {
    let sector = try #require(window.openCells.first { window.timeline.cell($0).kind == .sector })
    let state = window.state { cell, candidates in
      cell == sector
        ? CrashState.Choice(candidates.lowerBound, tear: tear) : CrashState.Choice(candidates.upperBound)
    }
    #expect(window.isLegal(state))
    return try window.withDisk(showing: state) { disk in try files(of: disk)["a"] ?? [] }
  }

  private let old = [UInt8](repeating: 1, count: 512)
  private let new = [UInt8](repeating: 2, count: 100)

  @Test func newBytesMixWithOldOnesAtByteGrain() throws {
    let window = try overwritten(.posix.tearing(grainBytes: 1), old: old, new: new, at: 200)
    for start in [0, 199, 200, 201, 250, 300] {
      for end in [start, 203, 299, 300, 511] where end >= start && !(start == 0 && end == 512) && end > start
      {
        var expected = old
        for index in max(start, 200)..<max(max(start, 200), min(end, 300)) { expected[index] = 2 }
        #expect(try torn(window, Tear(newBytes: start..<end, rest: .old)) == expected, "\(start)..<\(end)")
      }
    }
  }

  @Test func zerosReplaceOnlyWhatTheCallWroteUnlessNeighboursAreReached() throws {
    let tear = Tear(newBytes: 0..<208, rest: .zeros)
    let window = try overwritten(.posix.tearing(grainBytes: 8), old: old, new: new, at: 200)
    var expected = old
    for index in 200..<300 { expected[index] = index < 208 ? 2 : 0 }
    #expect(try torn(window, tear) == expected)
    let reaching = try overwritten(
      .posix.tearing(grainBytes: 8, reachesNeighbours: true), old: old, new: new, at: 200)
    for index in 0..<512 { expected[index] = index < 208 ? (index < 200 ? 1 : 2) : 0 }
    #expect(try torn(reaching, tear) == expected)
  }

  @Test func garbageComesFromItsSeedAlone() throws {
    let window = try overwritten(.posix.tearing(grainBytes: 1), old: old, new: new, at: 200)
    func garbage(_ seed: UInt64) throws -> [UInt8] {
      try torn(window, Tear(newBytes: 0..<201, rest: .garbage(seed: seed)))
    }
    let one = try garbage(1)
    #expect(one == (try garbage(1)))
    #expect(one != (try garbage(2)))
    #expect(one[..<200] == old[..<200] && one[200] == 2 && one[300...] == old[300...])
    #expect(Set(one[201..<300]).count > 30)
  }

  @Test func whatTheProfileDoesNotAllowIsIllegal() throws {
    let tears = [
      Tear(newBytes: 0..<4, rest: .old), Tear(newBytes: 0..<8, rest: .old),
      Tear(newBytes: 0..<8, rest: .zeros),
      Tear(newBytes: 0..<0, rest: .old), Tear(newBytes: 0..<0, rest: .zeros),
      Tear(newBytes: 0..<512, rest: .old),
      Tear(newBytes: 8..<1024, rest: .old), Tear(newBytes: 8..<16, rest: .garbage(seed: 1)),
    ]
    func allowed(_ profile: Profile) throws -> [Bool] {
      let window = try overwritten(profile, old: old, new: new, at: 200)
      let cell = try #require(window.openCells.first)
      #expect(!window.allows(tears[1], of: cell, after: 2) && !window.allows(tears[1], of: cell, after: 0))
      return tears.map { window.allows($0, of: cell, after: 1) }
    }
    #expect(try allowed(.posix) == [false, false, false, false, false, false, false, false])
    #expect(
      try allowed(.posix.tearing(grainBytes: 1)) == [true, true, true, false, true, false, false, true])
    #expect(
      try allowed(.posix.tearing(grainBytes: 8, rest: [.old])) == [
        false, true, false, false, false, false, false, false,
      ])
    for profile in [Profile.processCrash, .ext4Data, .btrfs] {
      #expect(try allowed(profile) == [Bool](repeating: false, count: tears.count))
    }
  }

  @Test func anExposedTailMayHoldZerosOrGarbage() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try disk.syncDirectory("")
    try file.write([UInt8](repeating: 5, count: 1000), at: 0)
    try file.sync(.full)
    try file.truncate(to: 512)
    try file.sync(.full)
    try file.write([UInt8](repeating: 6, count: 600), at: 512)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let sector = try #require(window.openCells.first { window.timeline.cell($0).sector == 1 })
    func contents(_ choice: CrashState.Choice) throws -> [UInt8] {
      let state = window.state { cell, candidates in
        cell == sector ? choice : CrashState.Choice(candidates.upperBound)
      }
      return try window.withDisk(showing: state) { disk in Array(try files(of: disk)["a"]?[512..<1024] ?? [])
      }
    }
    let oldBytes = [UInt8](repeating: 5, count: 488) + [UInt8](repeating: 0, count: 24)
    #expect(try contents(CrashState.Choice(1)) == oldBytes)
    #expect(try contents(CrashState.Choice(2)) == [UInt8](repeating: 6, count: 512))
    #expect(
      try contents(CrashState.Choice(1, tear: Tear(newBytes: 0..<0, rest: .zeros)))
        == [UInt8](repeating: 0, count: 512))
    let garbage = try contents(CrashState.Choice(1, tear: Tear(newBytes: 0..<0, rest: .garbage(seed: 9))))
    #expect(Set(garbage).count > 100)
    #expect(!window.allows(Tear(newBytes: 0..<8, rest: .zeros), of: sector, after: 1))
  }

  @Test func aTearFallsAwayWithItsVersion() throws {
    // The canonical form: a torn state survives coding, and a stray tear is not legal.
    let window = try overwritten(.posix.tearing(grainBytes: 1), old: old, new: new, at: 200)
    let cell = try #require(window.openCells.first)
    let tear = Tear(newBytes: 0..<250, rest: .garbage(seed: 77))
    let state = window.state { _, candidates in CrashState.Choice(candidates.lowerBound, tear: tear) }
    #expect(try recoded(state) == state)
    #expect(window.choice(of: cell, in: state) == CrashState.Choice(1, tear: tear))
    let newest = CrashState(point: 4, deviations: [.init(cell: cell, version: 2)])
    #expect(!window.isLegal(newest))
    #expect(!window.isLegal(CrashState(point: 3, deviations: state.deviations)))
    #expect(!window.isLegal(CrashState(point: 4, deviations: state.deviations + state.deviations)))
    #expect(!window.isLegal(CrashState(point: 4, deviations: [.init(cell: Cell.ID(999), version: 0)])))
  }
}
