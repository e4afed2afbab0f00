import FaultFS
import LRVM
import Storage
import Testing

/// What the torture of incremental truncation has found.
@Suite struct IncrementalTruncationRegressions {
  private func store() throws -> (FaultDisk, RVM) {
    let disk = FaultDisk(profile: .posix.tearing(grainBytes: 1))
    try RVM.createLog("log", shape: LogShape(recordSectors: 16, statusLength: 512), on: disk)
    try RVM.createSegment("data.seg", length: 8192, on: disk)
    let options = Options(truncationDriver: .stepped, truncationMethod: .incremental, truncationThreshold: 0)
    return (disk, try RVM(log: "log", on: disk, options: options))
  }

  private func put(_ rvm: RVM, _ value: UInt64, _ region: Region, at offset: Int) throws {
    let transaction = try rvm.begin()
    try transaction.store(value, in: region, at: offset)
    try transaction.commit()
  }

  /// An epoch that began before a region was unmapped has not applied what was committed after it began.
  @Test func unmappingDuringAnEpochKeepsWhatWasCommittedSinceItBegan() throws {
    let (_, rvm) = try store()
    var region = try rvm.map("data.seg")
    try put(rvm, 1, region, at: 0)
    // The log now holds changes of memory that is unmapped, so the next truncation is an epoch.
    try rvm.unmap(region)
    region = try rvm.map("data.seg", offset: 4096)
    let other = try rvm.map("data.seg", offset: 0, length: 4096)
    try put(rvm, 2, other, at: 8)
    try rvm.unmap(other)
    try put(rvm, 3, region, at: 0)
    try rvm.truncationStep()
    // Committed while that epoch is under way.
    try put(rvm, 4, region, at: 16)
    try rvm.unmap(region)
    let whole = try rvm.map("data.seg")
    #expect(whole.load(UInt64.self, at: 0) == 1)
    #expect(whole.load(UInt64.self, at: 8) == 2)
    #expect(whole.load(UInt64.self, at: 4096) == 3)
    #expect(whole.load(UInt64.self, at: 4096 + 16) == 4)
    try rvm.terminate()
  }

  /// A page may be written with bytes only that the log still holds: a torn write may ruin what it was writing.
  @Test func aPageIsWrittenOnlyWhereTheLogCouldMendIt() throws {
    let (disk, rvm) = try store()
    let region = try rvm.map("data.seg")
    try put(rvm, 1, region, at: 0)
    // An open transaction pins the page, so this truncation is an epoch; meanwhile the page changes once more.
    let pin = try rvm.begin()
    try pin.setRange(region, offset: 2048, length: 8)
    for _ in 0..<3 { try rvm.truncationStep() }
    try put(rvm, 2, region, at: 1024)
    while rvm.query().statistics.truncationsFinished == 0 { try rvm.truncationStep() }
    pin.abort()
    let before = disk.timeline.operationCount
    while rvm.query().statistics.truncationsFinished == 1 { try rvm.truncationStep() }
    let writes = disk.timeline.operations.dropFirst(before).filter {
      $0.kind == .write && $0.name == "data.seg"
    }
    #expect(writes.map(\.offset) == [1024])
    #expect(writes.map(\.length) == [8])
    try rvm.terminate()
  }
}
