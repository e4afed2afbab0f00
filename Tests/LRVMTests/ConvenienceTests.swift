import FaultFS
import LRVM
import Storage
import Testing

/// Opening or creating in one call, the closure form, reading and writing arrays and strings, copies of a store in use.
@Suite struct ConvenienceTests {
  private struct Refused: Error, Equatable {}

  @Test func openingCreatesWhatIsNotThereAndKeepsWhatIs() throws {
    let disk = FaultDisk()
    for turn in 1...3 as ClosedRange<UInt64> {
      let rvm = try RVM(
        log: "log", creating: LogShape(recordSectors: 16 * Int(turn)), on: disk, options: .stepped())
      let region = try rvm.map("a", creatingLength: 4096 * Int(turn))
      #expect(rvm.query().logSectors == 16 && region.length == 4096)
      #expect(region.load(UInt64.self, at: 0) == turn - 1)
      try rvm.transaction { try $0.store(turn, in: region, at: 0) }
      try rvm.terminate()
    }
    #expect(throws: RVMError.self) { try RVM(log: "other", creating: LogShape(recordSectors: 1), on: disk) }
  }

  @Test func aClosureCommitsOrAborts() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    let answer = try rvm.transaction { transaction in
      try transaction.store(7 as UInt64, in: region, at: 0)
      return 42
    }
    #expect(answer == 42 && region.load(UInt64.self, at: 0) == 7)
    #expect(throws: Refused()) {
      try rvm.transaction(.noFlush) { transaction in
        try transaction.store(8 as UInt64, in: region, at: 0)
        throw Refused()
      }
    }
    #expect(region.load(UInt64.self, at: 0) == 7)
    #expect(rvm.query().openTransactions == 0)
    // An error of LRVM is caught as what it is, in the closure and around it.
    var inside: RVMError?
    do {
      try rvm.transaction { transaction in
        do { try transaction.setRange(region, offset: -1, length: 1) } catch let error as RVMError {
          inside = error
          throw error
        }
      }
      Issue.record("a range outside of its region was taken")
    } catch let error as RVMError {
      #expect(error == inside)
    }
    let outside = RVMError.rangeOutsideRegion(segment: "a", offset: -1, length: 1, regionLength: 8192)
    #expect(inside == outside)
  }

  @Test func arraysAndStringsGoInAndComeOut() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    try rvm.transaction { transaction in
      try transaction.modify(region, at: 10, with: [1, 2, 3])
      try transaction.modify(region, at: 20, with: "größer")
      try transaction.modify(region, at: 8192, with: [])
    }
    #expect(region.read(5, at: 9) == [0, 1, 2, 3, 0])
    #expect(region.read(0, at: 8192) == [])
    #expect(region.readString("größer".utf8.count, at: 20) == "größer")
    #expect(region.readString(3, at: 20) == nil)
  }

  /// Commits go on, also in the middle of the copy; the copy has those from before it.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aCopyIsOneStateHoweverLongItTakes(_ method: Options.TruncationMethod) throws {
    let disk = InterposedStorage(try SmallLog.disk(segments: ["a", "b", "c"]))
    let rvm = try RVM.open(disk, .stepped(method))
    let regions = try ["a", "b", "c"].map { try rvm.map($0) }
    func commit(_ value: UInt64, _ mode: CommitMode) throws {
      try rvm.transaction(mode) { transaction in
        for region in regions { try transaction.store(value, in: region, at: 8 * Int(value)) }
      }
    }
    for value in 1...5 as ClosedRange<UInt64> { try commit(value, value % 2 == 0 ? .flush : .noFlush) }
    try rvm.unmap(regions[2])
    var copied = 0
    disk.before = { (call) throws(StorageError) in
      guard call.operation == .read, call.file != "log" else { return }
      copied += 1
      do {
        try rvm.transaction(.flush) { try $0.store(UInt64(90 + copied), in: regions[0], at: 8 * copied) }
      } catch {
        Issue.record("\(error)")
      }
    }
    let target = FaultDisk()
    try rvm.backUp(to: target)
    disk.before = { _ in }
    #expect(copied == 3)
    #expect(try target.list("") == ["a", "b", "c", "log"])
    let copy = try RVM.open(target)
    for name in ["a", "b", "c"] {
      let region = try copy.map(name)
      for value in 1...5 { #expect(region.load(UInt64.self, at: 8 * value) == UInt64(value), "\(name)") }
    }
    try copy.terminate()
    // What exists is not written over.
    #expect(throws: RVMError.self) { try rvm.backUp(to: target) }
    try rvm.terminate()
    #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 8) == 91)
  }
}
