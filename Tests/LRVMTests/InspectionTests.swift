import FaultFS
import LRVM
import Storage
import Testing

@Suite struct InspectionTests {
  private let disk: FaultDisk

  init() throws {
    disk = try SmallLog.disk(shape: LogShape(recordSectors: 8, statusLength: 512), segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let first = try rvm.map("a")
    let second = try rvm.map("b")
    for turn in 1...3 as ClosedRange<UInt64> { try rvm.put(turn, in: first, at: 8 * Int(turn)) }
    try rvm.put(0x0102, in: second, at: 100, .noFlush)
    try rvm.flush()
    withExtendedLifetime(rvm) {}
  }

  private func inspect(_ bytes: [UInt8]? = nil) throws -> LogInspection? {
    let copy = FaultDisk()
    for name in try disk.list("") { try copy.replace(name, with: disk.contents(name)) }
    if let bytes { try copy.replace("log", with: bytes) }
    let before = try copy.contents("log")
    let inspection = try LogInspection("log", on: copy)
    #expect(try copy.contents("log") == before)
    return inspection
  }

  @Test func theRecordsThatRecoveryWouldFindAreTold() throws {
    let log = try #require(try inspect())
    #expect(log.damage == nil)
    #expect(log.header?.recordSectors == 8)
    #expect(log.slots.filter(\.holds).count == 1)
    #expect(log.slots.first { $0.holds }?.segments.map(\.name) == ["a", "b"])
    #expect(log.records.map(\.sequence) == [1, 2, 3, 4])
    let last = try #require(log.records.last?.ranges.first)
    #expect((last.name, last.offset, last.length, last.values) == ("b", 100, 8, "0201000000000000"))
    #expect(log.ending == "the sector there was never written")
    #expect((log.headPosition, log.endPosition) == (0, 4))
    #expect(log.unreached.isEmpty)
    #expect(log.slots.map(\.fileOffset) == [1024, 1536, 2048])
    // Each batch begins in a sector of its own, after the stamp; the values follow two headers.
    let bytes = try disk.contents("log")
    #expect(log.records.map(\.fileOffset) == (0..<4).map { 2560 + 512 * $0 + 32 })
    #expect(last.fileOffset == 2560 + 512 * 3 + 64)
    #expect(Array(bytes[last.fileOffset..<last.fileOffset + 8]) == [2, 1, 0, 0, 0, 0, 0, 0])
    #expect(log.endFileOffset == 2560 + 512 * 4)
  }

  @Test func aTornTailAndDamageInTheMiddleAreToldApart() throws {
    let bytes = try disk.contents("log")
    let records = bytes.count - 8 * 512
    var torn = bytes
    torn[records + 3 * 512 + 40] ^= 1
    let tail = try #require(try inspect(torn))
    #expect(tail.records.count == 3)
    #expect(tail.ending.contains("torn, or damaged later"))
    var damaged = bytes
    damaged[records + 512 + 40] ^= 1
    let middle = try #require(try inspect(damaged))
    #expect(middle.records.map(\.sequence) == [1])
    #expect(middle.damage?.contains("although it was durable") == true)
  }

  @Test func everyByteMayBeDamagedAndTheFileCutAnywhere() throws {
    let bytes = try disk.contents("log")
    var accepted = 0
    for index in bytes.indices {
      for change in [0x01, 0xff] as [UInt8] {
        var damaged = bytes
        damaged[index] ^= change
        guard let log = try inspect(damaged) else {
          Issue.record("byte \(index) damaged: no log any more")
          continue
        }
        if log.damage == nil { accepted += 1 }
        #expect(log.records.count <= 4)
      }
      if index % 7 == 0 {
        let cut = try inspect(Array(bytes[..<index]))
        #expect(index < 8 ? cut == nil : cut?.damage != nil)
      }
    }
    #expect(accepted > 0)
  }

  /// What inspection accepts recovery accepts, with as many records.
  @Test func itAgreesWithRecovery() throws {
    var random = Random(seed: 5)
    let bytes = try disk.contents("log")
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int(random.next() % 4) + 1 {
        damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      let log = try inspect(damaged)
      let copy = FaultDisk()
      for name in try disk.list("") { try copy.replace(name, with: disk.contents(name)) }
      try copy.replace("log", with: damaged)
      var refusal: String?
      do { _ = try RVM.open(copy) } catch { refusal = "\(error)" }
      #expect((refusal == nil) == (log != nil && log?.damage == nil), "\(refusal ?? "accepted")")
    }
  }

  @Test func aSegmentIsToldByItsPages() throws {
    #expect(try LogInspection("a", on: disk) == nil)
    let rvm = try RVM.open(disk)
    withExtendedLifetime(rvm) {}
    let segment = try SegmentInspection("a", on: disk)
    #expect(segment.length == SmallLog.segmentLength)
    #expect(segment.isWholePages)
    #expect(segment.pagesInUse <= 1)
    let missing = FaultDisk()
    #expect(throws: RVMError.self) { try SegmentInspection("a", on: missing) }
    #expect(throws: RVMError.self) { try LogInspection("a", on: missing) }
  }
}
