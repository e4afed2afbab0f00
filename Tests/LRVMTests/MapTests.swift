import FaultFS
import Storage
import Testing

@testable import LRVM

@Suite struct MapTests {
  @Test func offsetsAndLengthsAreWholePagesInsideTheSegment() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let huge = Int.max / RVM.pageLength * RVM.pageLength
    for (offset, length) in [
      (1, 4096), (-4096, 4096), (0, 100), (0, 0), (0, -4096), (0, 12288), (4096, 8192), (8192, 4096),
      (huge, 4096), (4096, huge), (huge, huge),
    ] {
      #expect {
        try rvm.map("a", offset: offset, length: length)
      } throws: { error in
        guard case .invalidArgument(let text) = error as? RVMError else { return false }
        return text.contains("'a'")
      }
    }
    #expect(throws: RVMError.self) { try rvm.map("a", offset: 8192) }
    #expect(rvm.query().regions.isEmpty)
    #expect(try rvm.map("a", offset: 4096).length == 4096)
  }

  @Test func regionsNeverOverlapInTheSegment() throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let first = try rvm.map("a", offset: 4096, length: 4096)
    #expect(throws: RVMError.regionOverlaps(segment: "a", offset: 0, length: 8192)) { try rvm.map("a") }
    #expect(throws: RVMError.regionOverlaps(segment: "a", offset: 4096, length: 4096)) {
      try rvm.map("a", offset: 4096)
    }
    _ = try rvm.map("a", offset: 0, length: 4096)
    _ = try rvm.map("b")
    try rvm.unmap(first)
    _ = try rvm.map("a", offset: 4096)
  }

  @Test func regionsNeverOverlapInMemoryWhichMustBeAlignedAndLargeEnough() throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * 4096, alignment: 4096)
    defer { unsafe memory.deallocate() }
    func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer { unsafe .init(rebasing: memory[range]) }
    #expect(throws: RVMError.self) { try unsafe rvm.map("a", at: part(8..<8200)) }
    #expect(throws: RVMError.self) { try unsafe rvm.map("a", at: part(0..<4096)) }
    #expect(throws: RVMError.self) { try unsafe rvm.map("a", at: .init(start: nil, count: 0)) }
    _ = try unsafe rvm.map("a", at: part(0..<8192))
    #expect(throws: RVMError.regionOverlaps(segment: "b", offset: 0, length: 8192)) {
      try unsafe rvm.map("b", at: part(4096..<12288))
    }
    let b = try unsafe rvm.map("b", at: part(8192..<16384))
    try rvm.put(7, in: b, at: 8)
    #expect(unsafe memory.loadUnaligned(fromByteOffset: 8200, as: UInt64.self) == 7)
    try rvm.terminate()
  }

  @Test func unmapIsRefusedWhileATransactionOnTheRegionIsOpen() throws {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    let transaction = try rvm.begin()
    try transaction.store(1 as UInt64, in: a, at: 0)
    #expect(throws: RVMError.regionInUse(segment: "a", offset: 0, transactions: 1)) { try rvm.unmap(a) }
    try rvm.unmap(b)
    #expect(throws: RVMError.regionNotMapped(segment: "b", offset: 0)) { try rvm.unmap(b) }
    #expect(transaction.refusal(b, 0, 1) == .regionNotMapped(segment: "b", offset: 0))
    transaction.abort()
    try rvm.unmap(a)
  }

  @Test func aRegionOfAnotherRVMIsNotMapped() throws {
    let (first, second) = (try RVM.open(try SmallLog.disk()), try RVM.open(try SmallLog.disk()))
    let region = try first.map("a")
    _ = try second.map("a")
    #expect(throws: RVMError.regionNotMapped(segment: "a", offset: 0)) { try second.unmap(region) }
    let transaction = try second.begin()
    #expect(transaction.refusal(region, 0, 8) == .regionNotMapped(segment: "a", offset: 0))
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aMappedRegionShowsTheCommittedImage(_ method: Options.TruncationMethod) throws {
    let rvm = try RVM.open(try SmallLog.disk(), .stepped(method))
    for mode in [CommitMode.flush, .noFlush] {
      for turn in 1...40 as ClosedRange<UInt64> {
        let region = try rvm.map("a")
        if turn > 1 { #expect(region.load(UInt64.self, at: Int(turn) * 8) == turn - 1) }
        try rvm.put(turn, in: region, at: Int(turn + 1) * 8, mode)
        let abandoned = try rvm.begin(.noRestore)
        try abandoned.store(UInt64.max, in: region, at: 4096)
        abandoned.abort()
        try rvm.unmap(region)
      }
    }
    let region = try rvm.map("a")
    #expect(region.load(UInt64.self, at: 4096) == 0)
  }

  /// Another client commits and unmaps while a flush is under way, begun by `map` or by hand.
  @Test(arguments: [true, false])
  func mapShowsWhatWasCommittedDuringAFlush(_ isFlushOfMap: Bool) throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let rvm = try RVM.open(disk, .stepped(.incremental))
    let old = try rvm.map("a")
    try rvm.put(1, in: old, at: 0, .noFlush)
    var hasRun = false
    disk.before = { (call) throws(StorageError) in
      guard call.operation == .sync, call.file == "log", !hasRun else { return }
      hasRun = true
      do {
        try rvm.put(2, in: old, at: 0, .noFlush)
        try rvm.unmap(old)
      } catch {
        Issue.record("\(error)")
      }
    }
    if isFlushOfMap {
      do {
        #expect(try rvm.map("a").load(UInt64.self, at: 0) == 2)
      } catch {
        #expect(error == .regionOverlaps(segment: "a", offset: 0, length: 8192))
      }
    }
    try rvm.flush()
    #expect(hasRun)
    disk.before = { _ in }
    let region = try rvm.map("a")
    #expect(region.load(UInt64.self, at: 0) == 2)
    try rvm.truncate()
    try rvm.terminate()
    #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 0) == 2)
  }

  @Test func aSegmentMayGrow() throws {
    let disk = try SmallLog.disk()
    var rvm = try RVM.open(disk)
    let first = try rvm.map("a")
    try disk.open("a", .readWrite).truncate(to: 4 * 4096)
    let rest = try rvm.map("a", offset: 8192)
    #expect(rest.length == 8192)
    try rvm.put(5, in: rest, at: 8184)
    try rvm.put(6, in: first, at: 0)
    try rvm.terminate()
    rvm = try RVM.open(disk)
    let whole = try rvm.map("a")
    #expect(whole.length == 4 * 4096)
    #expect(whole.load(UInt64.self, at: 16376) == 5)
    #expect(whole.load(UInt64.self, at: 0) == 6)
  }

  @Test func aSegmentThatCannotBeMappedIsNotNamedInTheLog() throws {
    let disk = try SmallLog.disk()
    try disk.replace("odd", with: [1, 2, 3])
    try disk.replace("empty", with: [])
    let before = try disk.contents("log")
    let rvm = try RVM.open(disk)
    for name in ["odd", "empty", "missing", "", "/x", "a/../a", "log"] {
      #expect(throws: RVMError.self) { try rvm.map(name) }
    }
    #expect(throws: RVMError.self) { try rvm.map("a", offset: 4096, length: 8192) }
    #expect(try disk.contents("log") == before)
  }

  @Test func theSegmentTableHasABound() throws {
    let names = (0..<20).map { "segment-with-a-long-name-\($0)" }
    let disk = try SmallLog.disk(segments: names)
    var rvm = try RVM.open(disk)
    var mapped: [String] = []
    for name in names {
      do {
        let region = try rvm.map(name)
        try rvm.put(UInt64(mapped.count), in: region, at: 0)
        mapped.append(name)
      } catch {
        #expect(error == .segmentTableFull(log: "log", segments: mapped.count))
        break
      }
    }
    #expect(mapped.count > 5 && mapped.count < 20)
    try rvm.terminate()
    rvm = try RVM.open(disk)
    for (index, name) in mapped.enumerated() {
      #expect(try rvm.map(name).load(UInt64.self, at: 0) == UInt64(index))
    }
  }

  /// A truncation that wrote its status block and has not synced it yet must not lose to the one that names a
  /// new segment, nor win over it.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aSegmentMayBeMappedBetweenAnyTwoStepsOfATruncation(_ method: Options.TruncationMethod) throws {
    for steps in 0..<12 {
      let disk = try SmallLog.disk(segments: ["a", "b"])
      var rvm = try RVM.open(disk, .stepped(method, threshold: 0))
      let a = try rvm.map("a")
      for turn in 0..<6 { try rvm.put(UInt64(turn), in: a, at: 512 * turn) }
      for _ in 0..<steps { try rvm.truncationStep() }
      let b = try rvm.map("b")
      while try rvm.truncationStep() {}
      // Wraps the ring: the space that was freed is used again.
      for turn in 0..<20 {
        try rvm.put(UInt64(turn), in: b, at: 8 * turn)
        while try rvm.truncationStep() {}
      }
      try rvm.put(99, in: b, at: 4096)
      try rvm.terminate()
      rvm = try RVM.open(disk)
      #expect(try rvm.map("a").load(UInt64.self, at: 512 * 5) == 5)
      let found = try rvm.map("b")
      for turn in 0..<20 {
        #expect(found.load(UInt64.self, at: 8 * turn) == UInt64(turn), "after \(steps) steps")
      }
      #expect(found.load(UInt64.self, at: 4096) == 99)
    }
  }
}
