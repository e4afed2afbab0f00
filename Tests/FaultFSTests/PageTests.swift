import FaultFS
import Storage
import Testing

/// Buffered writes that reach the disk as whole pages of 4096 bytes.
@Suite struct PageTests {
  private static let profile: Profile = {
    var profile = Profile.posix.tearing(grainBytes: 1, rest: [.garbage], reachesNeighbours: true)
    profile.tearing?.reachesPages = true
    profile.hasDirectWrites = true
    return profile
  }()

  /// The sectors of which the last operation made a version.
  private func sectors(_ profile: Profile, _ write: (any StorageFile) throws -> Void) throws -> [Int] {
    let disk = FaultDisk(profile: profile)
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 10_000), at: 0)
    try file.sync(.full)
    try write(file)
    let timeline = CrashWindow(over: disk).timeline
    return timeline.versions(of: timeline.operationCount - 1).compactMap { timeline.cell($0.cell).sector }
  }

  @Test func theOtherSectorsOfAPageAreWrittenAgain() throws {
    let write: (any StorageFile) throws -> Void = { try $0.write([2, 3], at: 5000) }
    #expect(try sectors(Self.profile, write).sorted() == Array(8...15))
    #expect(try sectors(.posix, write) == [9])
    // Up to the file's end, and no page that nothing is written to.
    #expect(try sectors(Self.profile) { try $0.write([2], at: 9000) }.sorted() == Array(16...19))
    #expect(
      try sectors(Self.profile) { try $0.write([UInt8](repeating: 2, count: 600), at: 4000) }.sorted()
        == Array(0...15))
  }

  @Test func aDirectWriteTouchesItsOwnSectors() throws {
    #expect(
      try sectors(Self.profile) { file in
        let block = [UInt8](repeating: 2, count: 512)
        try unsafe file.writeDurably(block.span.bytes, at: 512)
      } == [1])
  }

  /// A durable sector may be torn by a write to another one of its page, and holds what it held otherwise.
  @Test func aDurableSectorMayTear() throws {
    let disk = FaultDisk(profile: Self.profile)
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 1024), at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write([2], at: 600)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var kept: Set<[UInt8]> = []
    try window.forEachState { state in
      kept.insert(Array(try window.withDisk(showing: state) { try $0.open("a", .readOnly).read(512, at: 0) }))
    }
    #expect(kept == [[UInt8](repeating: 1, count: 512)])
    let sector = try #require(
      (0..<window.timeline.cellCount).map { Cell.ID(Int32($0)) }.first {
        window.timeline.cell($0).sector == 0
      })
    let torn = CrashState(
      point: window.point,
      deviations: [.init(cell: sector, version: 1, tear: Tear(newBytes: 0..<9, rest: .garbage(seed: 4)))])
    #expect(window.isLegal(torn))
  }
}
