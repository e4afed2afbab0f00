import FaultFS
import Storage
import Testing

@testable import LRVM

@Suite struct WriteBehindTests {
  private let page = RVM.pageLength

  /// Four pages go once a fifth is begun: not before, since the last may be written to again.
  @Test func pagesGoTogetherOnceTheLastIsLeft() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let file = try disk.open("a", .readWrite)
    var behind = WriteBehind()
    for number in 0..<4 {
      try behind.wrote(2 * number * page + 100..<2 * number * page + 200, to: file)
      try behind.wrote(2 * number * page + 3000..<2 * number * page + 3100, to: file)
    }
    #expect(disk.startedWriting.isEmpty && behind.portions == 0)
    try behind.wrote(8 * page..<8 * page + 8, to: file)
    #expect(disk.startedWriting == (0..<4).map { 2 * $0 * page..<(2 * $0 + 1) * page })
    #expect(behind.portions == 1)
  }

  /// Pages side by side are one request; so is a stretch that ends in the page where the next begins.
  @Test func neighboursAreOneRequest() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let file = try disk.open("a", .readWrite)
    var behind = WriteBehind()
    try behind.wrote(10..<page + 10, to: file)
    try behind.wrote(page + 10..<3 * page, to: file)
    try behind.wrote(3 * page..<7 * page, to: file)
    #expect(disk.startedWriting.isEmpty)
    try behind.wrote(7 * page..<8 * page, to: file)
    #expect(disk.startedWriting == [0..<7 * page])
  }

  @Test func anotherFileBegins() throws {
    let disk = InterposedStorage(try SmallLog.disk(segments: ["a", "b"]))
    let (a, b) = (try disk.open("a", .readWrite), try disk.open("b", .readWrite))
    var behind = WriteBehind()
    try behind.wrote(0..<8, to: a)
    try behind.wrote(0..<8, to: b)
    #expect(disk.startedWriting == [0..<page])
    behind.reset()
    try behind.wrote(0..<8, to: a)
    #expect(disk.startedWriting == [0..<page])
  }

  /// Every page of a truncation but the last few was asked for before the segment is synced, each once.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aTruncationLeavesLittleToTheSync(_ method: Options.TruncationMethod) throws {
    let pages = 40
    let disk = InterposedStorage(FaultDisk(profile: .posix))
    try SmallLog.create(
      on: disk, shape: LogShape(recordSectors: 128, statusLength: 512), length: pages * page)
    let rvm = try RVM.open(disk, .stepped(method, threshold: 1))
    let region = try rvm.map("a")
    for number in 0..<pages { try rvm.put(UInt64(number), in: region, at: number * page) }
    try rvm.truncate()
    let asked = disk.startedWriting.flatMap { $0.lowerBound / page..<$0.upperBound / page }
    #expect(asked == Array(0..<pages - 4))
  }

  /// Of 100 sectors 20 are to be freed, so 80 are left: as much of the writing is due as commits have used of half of them.
  @Test func thePaceIsThatOfTheLog() {
    for (share, used, isAhead) in [
      (0, 0, false), (0.01, 0, true), (0.5, 19, true), (0.5, 20, false), (1, 39, true), (1, 40, false),
      (1, 80, false),
    ] {
      let pace = TruncationPace(
        head: LogPlace(position: 1000, sequence: 1), goal: LogPlace(position: 1020, sequence: 9), share: share
      )
      let tail = LogPlace(position: 1020 + UInt64(used), sequence: 20)
      #expect(pace.isAhead(ofTail: tail, recordSectors: 100) == isAhead, "\(share), \(used)")
    }
  }
}
