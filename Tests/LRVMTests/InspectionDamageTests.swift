import FaultFS
import LRVM
import Storage
import Testing

/// Inspection of logs that recovery refuses: it says so, and shows what is left.
@Suite struct InspectionDamageTests {
  private let disk: FaultDisk
  private let whole: [UInt8]
  private let recordArea: Int

  /// Four batches of one record each, in positions 0 to 3.
  init() throws {
    let shape = LogShape(recordSectors: 8, statusLength: 512)
    disk = try SmallLog.disk(shape: shape)
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    for turn in 1...4 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 8 * Int(turn)) }
    withExtendedLifetime(rvm) {}
    whole = try disk.contents("log")
    recordArea = whole.count - 8 * 512
  }

  private func inspect(_ bytes: [UInt8], without segment: String? = nil) throws -> LogInspection? {
    let copy = FaultDisk()
    for name in try disk.list("") where name != segment { try copy.replace(name, with: disk.contents(name)) }
    try copy.replace("log", with: bytes)
    let log = try LogInspection("log", on: copy)
    var refusal: RVMError?
    do { _ = try RVM.open(copy) } catch { refusal = error }
    #expect(
      (refusal == nil) == (log != nil && log?.damage == nil), "recovery: \(String(describing: refusal))")
    return log
  }

  private func damaging(_ parts: Range<Int>...) -> [UInt8] {
    var bytes = whole
    for part in parts { for byte in part { bytes[byte] ^= 0xff } }
    return bytes
  }

  @Test func eachCopyOfTheHeaderIsLookedAt() throws {
    #expect(try inspect(whole)?.headerCopiesDamaged == [])
    let first = try #require(try inspect(damaging(9..<10)))
    #expect(first.headerCopiesDamaged == [1])
    let second = try #require(try inspect(damaging(521..<522)))
    #expect(second.headerCopiesDamaged == [2])
    for log in [first, second] {
      #expect(log.damage == nil)
      #expect(log.records.map(\.sequence) == [1, 2, 3, 4])
    }
  }

  /// Flipped bits in both, all of both, or the status blocks with them: the records are found by themselves.
  @Test func withoutAHeaderTheRecordsAreShownAsUnreached() throws {
    for damaged in [damaging(9..<10, 521..<522), damaging(0..<1024), damaging(0..<recordArea)] {
      let log = try #require(try inspect(damaged))
      #expect(log.damage?.contains("header") == true)
      #expect((log.header == nil, log.headerCopiesDamaged) == (true, [1, 2]))
      #expect(log.records.isEmpty)
      #expect(log.unreached.map(\.position) == [0, 1, 2, 3])
      #expect(log.unreached.flatMap(\.records).map(\.sequence) == [1, 2, 3, 4])
      #expect(
        log.unreached.flatMap(\.records).map(\.fileOffset) == (0..<4).map { recordArea + 512 * $0 + 32 })
    }
    // A status block that is left gives the segments their names.
    let named = try #require(try inspect(damaging(0..<1024)))
    #expect(named.slots.count { $0.state == "valid" } >= 1)
    #expect(named.unreached.first?.records.first?.ranges.first?.name == "a")
  }

  @Test func withoutAStatusBlockTheRecordsAreShownAsUnreached() throws {
    let log = try #require(try inspect(damaging(1024..<recordArea)))
    #expect(log.damage == "none of its status blocks is valid")
    #expect(log.header?.recordSectors == 8)
    #expect(log.unreached.flatMap(\.records).map(\.sequence) == [1, 2, 3, 4])
  }

  @Test func whatLiesBehindDamageIsShownAsUnreached() throws {
    let log = try #require(try inspect(damaging(recordArea + 512 + 40..<recordArea + 512 + 41)))
    #expect(log.damage?.contains("although it was durable") == true)
    #expect(log.records.map(\.sequence) == [1])
    #expect(log.unreached.map(\.position) == [2, 3])
    #expect(log.unreached.flatMap(\.records).map(\.sequence) == [3, 4])
  }

  /// A crash may leave half of the last batch, which recovery drops: what is left of it is shown.
  @Test func aTornBatchIsShownAsFarAsItCanBeRead() throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 8, statusLength: 512))
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    let transaction = try rvm.begin()
    try transaction.setRange(region, offset: 0, length: 1200)
    for offset in stride(from: 0, to: 1200, by: 8) {
      try transaction.store(UInt64(offset), in: region, at: offset)
    }
    try transaction.commit(.flush)
    withExtendedLifetime(rvm) {}
    var bytes = try disk.contents("log")
    bytes[recordArea + 512 + 40] ^= 1
    try disk.replace("log", with: bytes)
    let log = try #require(try LogInspection("log", on: disk))
    #expect(log.damage == nil)
    #expect(log.records.isEmpty)
    let batch = try #require(log.unreached.first)
    #expect((batch.position, batch.sectors, batch.sectorsReadable) == (0, 3, 2))
    #expect(batch.records.isEmpty)
  }

  @Test func aLogThatWasCutIsRefused() throws {
    for cut in [1, 512, 5 * 512, whole.count - 600, whole.count - 10] {
      let log = try #require(try inspect(Array(whole.dropLast(cut))), "cut by \(cut)")
      #expect(log.damage != nil, "cut by \(cut)")
    }
    let byByte = try #require(try inspect(Array(whole.dropLast(1))))
    #expect(byByte.damage?.contains("its header says \(whole.count)") == true)
    #expect(byByte.records.map(\.sequence) == [1, 2, 3, 4])
    #expect(try inspect([]) == nil)
  }

  @Test func aSegmentThatRecoveryNeedsAndDoesNotFindIsDamage() throws {
    #expect(try inspect(whole, without: "a")?.damage?.contains("segment 'a' cannot be used") == true)
  }
}
