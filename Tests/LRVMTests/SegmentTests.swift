import FaultFS
import Foundation
import LRVM
import Storage
import Testing

/// The files behind regions: whose they are, how long they stay open, and what becomes of their names.
@Suite struct SegmentTests {
  @Test func aSegmentThatIsMappedIsNobodyElses() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    try RVM.createLog("other", on: disk)
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    let other = try RVM(log: "other", on: disk, options: .stepped())
    func refusal(_ name: String, _ rvm: RVM) -> Bool {
      do { _ = try rvm.map(name) } catch RVMError.segmentUnusable(segment: name, _) { return true } catch {
        Issue.record("\(error)")
      }
      return false
    }
    #expect(refusal("a", other))
    // Other names for the same file, for the log, and for another one: a file is known by its inode.
    for name in ["a", "log", "other"] {
      let path = "\(directory.path)/\(name)"
      try FileManager.default.linkItem(atPath: path, toPath: path + "-hard")
      try FileManager.default.createSymbolicLink(atPath: path + "-symbolic", withDestinationPath: path)
      for link in ["\(name)-hard", "\(name)-symbolic"] {
        #expect(refusal(link, rvm), "\(link)")
        #expect(refusal(link, other), "\(link)")
      }
    }
    // What was committed to it keeps it, until it is applied: also from its own RVM, under another name.
    try rvm.put(1, in: region, at: 0)
    try rvm.unmap(region)
    for name in ["a", "a-hard", "a-symbolic"] { #expect(refusal(name, other), "\(name)") }
    for name in ["a-hard", "a-symbolic"] { #expect(refusal(name, rvm), "\(name)") }
    try rvm.truncate()
    #expect(try other.map("a").load(UInt64.self, at: 0) == 1)
    try other.terminate()
    try rvm.terminate()
  }

  /// Nobody has it open, so no lock says that it is one.
  @Test func aLogIsNoSegment() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    try RVM.createLog("other", on: disk)
    try FileManager.default.linkItem(
      atPath: "\(directory.path)/other", toPath: "\(directory.path)/other-hard")
    let before = try disk.contents("other")
    let rvm = try RVM.open(disk)
    for name in ["other", "other-hard"] {
      #expect(throws: RVMError.segmentUnusable(segment: name, reason: "it is a log")) { try rvm.map(name) }
    }
    try rvm.terminate()
    #expect(try disk.contents("other") == before)
  }

  /// More segments than descriptors, and than names that fit the status block.
  @Test func segmentsComeAndGo() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk, segments: [])
    let rvm = try RVM.open(disk)
    func open() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
        return target?.hasPrefix(directory.path + "/segment") == true
      }
    }
    for number in 0..<60 as Range<UInt64> {
      let name = "segment-with-a-long-name-\(number)"
      try RVM.createSegment(name, length: 4096, on: disk)
      let region = try rvm.map(name)
      try rvm.put(number + 1, in: region, at: 0, number % 2 == 0 ? .flush : .noFlush)
      try rvm.unmap(region)
      if number % 7 == 0 { try rvm.truncate() }
      #expect(try open() <= 8)
    }
    try rvm.truncate()
    #expect(try open() == 0)
    try rvm.terminate()
    let again = try RVM.open(disk)
    for number in 0..<60 as Range<UInt64> {
      let region = try again.map("segment-with-a-long-name-\(number)")
      #expect(region.load(UInt64.self, at: 0) == number + 1)
      try again.unmap(region)
    }
    try again.terminate()
  }

  /// A table of which only what is mapped is needed is full when all of it is.
  @Test func aTableIsFullOnlyWhereAllIsMapped() throws {
    let names = (0..<20).map { "segment-with-a-long-name-\($0)" }
    let disk = try SmallLog.disk(segments: names)
    let rvm = try RVM.open(disk)
    var regions: [Region] = []
    var full: RVMError?
    for name in names where full == nil {
      do throws(RVMError) { regions.append(try rvm.map(name)) } catch { full = error }
    }
    #expect(full == .segmentTableFull(log: "log", segments: regions.count))
    try rvm.put(5, in: regions[3], at: 0)
    try rvm.unmap(regions[3])
    let next = try rvm.map(names[regions.count])
    try rvm.put(6, in: next, at: 0)
    try rvm.terminate()
    let again = try RVM.open(disk)
    #expect(try again.map(next.segment).load(UInt64.self, at: 0) == 6)
    #expect(try again.map(names[3]).load(UInt64.self, at: 0) == 5)
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aSegmentThatWasCutShortIsNotGrownAgain(_ method: Options.TruncationMethod) throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk, .stepped(method))
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 8000)
    try disk.open("a", .readWrite).truncate(to: 4096)
    func isRefused(_ body: () throws -> Void) -> Bool {
      do { try body() } catch RVMError.segmentUnusable(segment: "a", _) { return true } catch {
        Issue.record("\(error)")
      }
      return false
    }
    #expect(isRefused { try rvm.truncate() })
    #expect(try disk.open("a", .readOnly).size() == 4096)
    try rvm.unmap(region)
    #expect(isRefused { _ = try rvm.map("a", offset: 0, length: 4096) })
    // Nothing is lost: it is in the log.
    try disk.open("a", .readWrite).truncate(to: 8192)
    #expect(try rvm.map("a").load(UInt64.self, at: 8000) == 1)
    try rvm.terminate()
  }

  /// Memory that the caller uses again for another region: the old one is not taken for it.
  @Test func aRegionThatIsUnmappedIsNotTakenForTheOneInItsPlace() throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 4096)
    defer { unsafe memory.deallocate() }
    let old = try unsafe rvm.map("a", at: memory)
    try rvm.unmap(old)
    let new = try unsafe rvm.map("b", at: memory)
    let transaction = try rvm.begin()
    try transaction.store(1 as UInt64, in: new, at: 0)
    #expect(transaction.refusal(old, 8, 8) == .regionNotMapped(segment: "a", offset: 0))
    transaction.abort()
    try rvm.terminate()
  }

  /// Far more than there is memory: mapped on demand by default, and refused where it is to be copied.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aSegmentLargerThanMemoryIsMapped(_ method: Options.TruncationMethod) throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try RVM.createLog("log", on: disk)
    let length = 1 << 40
    try disk.open("large", .createNew).truncate(to: length)
    let rvm = try RVM.open(disk, .stepped(method))
    #expect(throws: RVMError.noMemory(segment: "large", bytes: length)) {
      try rvm.map("large", mapping: .copying)
    }
    let region = try rvm.map("large")
    #expect(region.isMappedOnDemand)
    for place in [0, length / 2, length - 8] { try rvm.put(UInt64(place + 1), in: region, at: place) }
    try rvm.truncate()
    try rvm.unmap(region)
    let again = try rvm.map("large", offset: length - 4096)
    #expect(!again.isMappedOnDemand)
    #expect(again.load(UInt64.self, at: 4088) == UInt64(length - 7))
    try rvm.terminate()
  }

  /// Recovery and truncation of a log that holds more than they may keep in memory give the same bytes.
  @Test(arguments: [0, 700, 5000, 1 << 20]) func redoWithinBoundsGivesTheSameBytes(_ bytesMax: Int) throws {
    let disk = try SmallLog.disk(
      shape: LogShape(recordSectors: 256, statusLength: 512), segments: ["a", "b"])
    var options = Options.stepped()
    options.redoBytesMax = bytesMax
    var random = Random(seed: 31)
    var expected = [[UInt8](repeating: 0, count: 8192), [UInt8](repeating: 0, count: 8192)]
    for life in 0..<8 {
      let rvm = try RVM.open(disk, options)
      let regions = [try rvm.map("a"), try rvm.map("b")]
      #expect(regions.map(\.contents) == expected, "life \(life)")
      for turn in 0..<30 {
        let transaction = try rvm.begin()
        for _ in 0..<1 + random.below(6) {
          let (segment, offset) = (random.below(2), random.below(8000))
          let bytes = (0..<1 + random.below(190)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
          try transaction.modify(regions[segment], at: offset, with: bytes)
          expected[segment].replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        try transaction.commit(turn % 3 == 2 ? .flush : .noFlush)
        if turn == 20, life % 2 == 0 { try rvm.truncate() }
      }
      try rvm.flush()
      if life % 3 == 0 { try rvm.terminate() }
    }
    try RVM.recover(log: "log", on: disk, redoBytesMax: bytesMax)
    #expect(try [disk.contents("a"), disk.contents("b")] == expected)
  }
}
