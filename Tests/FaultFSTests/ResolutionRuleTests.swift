import FaultFS
import Storage
import Testing

/// What is asked when, on cases small enough to say so.
@Suite struct ResolutionRuleTests {
  /// A synced file `a` of `old` bytes, with `new` written over it from `offset`, in flight; the window at that point.
  private static func overwritten(
    old: [UInt8], new: [UInt8], at offset: Int = 0, profile: Profile = .posix
  ) throws -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    let file = try disk.open("a", .createNew)
    try file.write(old, at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write(new, at: offset)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    return window
  }

  /// How many alternatives each question of each body had, in depth-first order.
  private static func questions(
    _ window: CrashWindow, tears: TearChoices? = nil, _ body: (FaultDisk) throws -> Void
  ) throws -> [[Int]] {
    var questions: [[Int]] = []
    let resolver = DepthFirst()
    repeat {
      try window.withDisk(resolvingBy: resolver, tears: tears, body)
      questions.append(resolver.answers.map(\.count))
    } while resolver.next()
    return questions
  }

  private static let ones = [UInt8](repeating: 1, count: 512)
  private static let twos = [UInt8](repeating: 2, count: 512)

  @Test func whatIsNotReadIsNotAsked() throws {
    let window = try Self.overwritten(old: Self.ones, new: Self.twos)
    let none = try Self.questions(window) { disk in _ = try disk.open("a", .readOnly).size() }
    #expect(none == [[]])
    #expect(window.resolution.coveredStates() == 2)
    #expect(window.resolution.settlements == [])
    #expect(window.resolution.unsettledCells == window.openCells)
  }

  @Test func aFullOverwriteNeverAsks() throws {
    let window = try Self.overwritten(old: Self.ones, new: Self.twos)
    let none = try Self.questions(window) { disk in
      let file = try disk.open("a", .readWrite)
      try file.write([UInt8](repeating: 3, count: 512), at: 0)
      #expect(try file.read(512, at: 0) == [UInt8](repeating: 3, count: 512))
    }
    #expect(none == [[]])
  }

  @Test func aPartialOverwriteLeavesTheRestToBeAsked() throws {
    // Old and new differ in bytes 100..<200 only.
    let window = try Self.overwritten(old: Self.ones, new: Array(Self.twos[..<100]), at: 100)
    for (written, isAsked) in [(100..<200, false), (90..<300, false), (101..<200, true), (100..<199, true)] {
      let asked = try Self.questions(window) { disk in
        let file = try disk.open("a", .readWrite)
        try file.write([UInt8](repeating: 9, count: written.count), at: written.lowerBound)
        #expect(try file.read(50, at: 20) == Array(Self.ones[..<50]))
        var seen = try file.read(512, at: 0)
        #expect(seen[written] == [UInt8](repeating: 9, count: written.count)[...])
        seen.replaceSubrange(written, with: Array(Self.ones[written]))
        if !isAsked { #expect(seen == Self.ones) }
      }
      #expect(asked == (isAsked ? [[2], [2]] : [[]]), "\(written)")
    }
  }

  @Test func laterReadsOfOtherBytesTellMoreApart() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write(Self.ones, at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write([2], at: 0)
    try file.write([3], at: 1)
    try file.write([4], at: 2)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    // Versions 4 to 1 begin with the bytes 2 3 4, 2 3 1, 2 1 1 and 1 1 1.
    let sector = window.openCells[0]
    let resolver = DepthFirst()
    var left: [[[Int]]] = []
    repeat {
      try window.withDisk(resolvingBy: resolver) { disk in
        let file = try disk.open("a", .readOnly)
        var steps: [[Int]] = []
        for byte in 0..<3 {
          _ = try file.read(1, at: byte)
          steps.append(window.possibleVersions(of: sector))
        }
        left.append(steps)
      }
    } while resolver.next()
    #expect(
      left == [
        [[4, 3, 2], [4, 3], [4]], [[4, 3, 2], [4, 3], [3]], [[4, 3, 2], [2], [2]], [[1], [1], [1]],
      ])
  }

  @Test func aRenameIsAskedForOnce() throws {
    let disk = FaultDisk()
    _ = try disk.open("d/new", .createNew)
    try disk.syncDirectory("d")
    try disk.rename("d/new", to: "log")
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var seen: [[String]] = []
    let asked = try Self.questions(window) { disk in
      seen.append(try disk.list("") + disk.list("d"))
      #expect(window.resolution.coveredStates() == 1)
      for cell in window.openCells { #expect(window.possibleVersions(of: cell).count == 1) }
    }
    #expect(asked == [[2], [2]])
    #expect(seen == [["log"], ["new"]])
  }

  @Test func aSizeIsAskedWhereItMatters() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.allocate(1000)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.allocate(2000)
    try file.allocate(3000)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let asked = try Self.questions(window) { disk in
      let file = try disk.open("a", .readWrite)
      _ = try file.read(1000, at: 0)
      try file.write([1, 2, 3], at: 990)
      #expect(window.resolution.settlements == [])
      _ = try file.read(1500, at: 0)
      #expect(window.resolution.settlements.count <= 1)
      _ = try file.size()
    }
    #expect(asked == [[2, 2], [2, 2], [2]])
  }

  @Test func aCheckThatStopsEarlyTakesOneBodyForEachSector() throws {
    let count = 20
    let window = try Self.overwritten(
      old: [UInt8](repeating: 1, count: count * 512), new: [UInt8](repeating: 2, count: count * 512))
    let resolver = DepthFirst()
    var covered: UInt64 = 0
    repeat {
      try window.withDisk(resolvingBy: resolver) { disk in
        let file = try disk.open("a", .readOnly)
        for sector in 0..<count where try file.read(512, at: sector * 512)[0] != 2 { return }
      }
      covered += try #require(window.resolution.coveredStates())
    } while resolver.next()
    #expect(resolver.bodyCount == count + 1)
    #expect(covered == 1 << 20)
  }

  @Test func largeCountsComeInAsManyBitsAsTheyNeed() throws {
    let count = 70
    let window = try Self.overwritten(
      old: [UInt8](repeating: 1, count: count * 512), new: [UInt8](repeating: 2, count: count * 512))
    try window.withDisk(resolvingBy: DepthFirst()) { disk in
      _ = try disk.open("a", .readOnly).read(1024, at: 0)
    }
    let resolution = window.resolution
    #expect(resolution.coveredStates() == nil)
    #expect(resolution.coveredStates(as: UInt128.self)?.untorn == 1 << 68)
  }

  @Test func tearsAreOfferedAndCountedByThemselves() throws {
    let window = try Self.overwritten(
      old: Self.ones, new: Array(Self.twos[..<200]), at: 100, profile: .posix.tearing(grainBytes: 1))
    let resolver = DepthFirst()
    var untorn: UInt64 = 0
    var all: UInt64 = 0
    repeat {
      let seen = try window.withDisk(resolvingBy: resolver, tears: TearChoices()) { disk in
        try disk.open("a", .readOnly).read(512, at: 0)
      }
      let resolution = window.resolution
      untorn += try #require(resolution.coveredStates())
      all += try #require(resolution.coveredStates(countingTears: true))
      let shown = try window.withDisk(showing: resolution.state) { disk in
        try disk.open("a", .readOnly).read(512, at: 0)
      }
      #expect(seen == shown)
    } while resolver.next()
    #expect(untorn == 2)
    // Two halves with three rests each, and none of it with two.
    #expect(all == 10)
    #expect(resolver.bodyCount == 10)
  }

  @Test func whatABodySettledIsUndoneWhenItThrows() throws {
    struct Stop: Error {}
    let window = try Self.overwritten(old: Self.ones, new: Self.twos)
    let resolver = DepthFirst()
    #expect(throws: Stop.self) {
      try window.withDisk(resolvingBy: resolver) { disk in
        let file = try disk.open("a", .readWrite)
        #expect(try file.read(512, at: 0) == Self.twos)
        try file.write([5], at: 0)
        throw Stop()
      }
    }
    #expect(resolver.next())
    let seen = try window.withDisk(resolvingBy: resolver) { disk in
      try disk.open("a", .readOnly).read(512, at: 0)
    }
    #expect(seen == Self.ones)
    #expect(try shown(window.everythingKept, by: window) == ["a": Self.twos])
    #expect(try shown(window.nothingKept, by: window) == ["a": Self.ones])
  }
}
