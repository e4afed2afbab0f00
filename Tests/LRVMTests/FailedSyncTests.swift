import LRVM
import Storage
import SystemPackage
import Testing

/// Each call that fails in turn, on a disk whose cache takes for written what a failed sync did not write; then the log is opened
/// again in front of that cache, and power is lost at each call of that. What an opening showed is never taken back.
@Suite struct FailedSyncTests {
  private static let options = Options.stepped(.epoch, threshold: 0.3)

  /// What is promised, and what may be there.
  private struct Owed {
    var promised: UInt64
    var attempted: UInt64
  }

  private func disk(_ writeback: WritebackDisk.Writeback) throws -> WritebackDisk {
    let disk = WritebackDisk()
    try CountingWorkload.create(on: disk)
    disk.writeback = writeback
    return disk
  }

  /// A fault at the `count`-th of the calls that `isConcerned` says.
  private func fail(
    _ disk: WritebackDisk, at count: Int, _ fault: WritebackDisk.Fault,
    where isConcerned: @escaping (WritebackDisk.Call) -> Bool
  ) {
    var seen = 0
    disk.fault = { call in
      guard isConcerned(call) else { return nil }
      defer { seen += 1 }
      return seen == count ? fault : nil
    }
  }

  /// Opens, looks, and commits once more; false where a call failed.
  private func use(_ disk: WritebackDisk, _ owed: inout Owed, _ context: String) -> Bool {
    do throws(RVMError) {
      let rvm = try RVM.open(disk, Self.options)
      let a = try rvm.map("a")
      let found = CountingWorkload.found(in: a, context)
      #expect(owed.promised <= found && found <= owed.attempted, "\(context): \(found) of \(owed)")
      owed = Owed(promised: found, attempted: found)
      if found == CountingWorkload.turns { return true }
      owed.attempted = found + 1
      try CountingWorkload.put(found + 1, in: a, of: rvm, .flush)
      owed.promised = found + 1
      try rvm.terminate()
      return true
    } catch {
      switch error {
      case .storage, .poisoned: break
      default: Issue.record("\(context): \(error)")
      }
      return false
    }
  }

  /// Opens the log in front of the cache as it is, with power lost at each call in turn, or, to `depth`, a sync failing.
  private func reopen(_ disk: WritebackDisk, _ owed: Owed, depth: Int, _ context: String) {
    for point in 0..<1000 {
      let trial = disk.copy(seed: UInt64(point))
      var now = owed
      fail(trial, at: point, .powerLoss) { $0.operation == .write || $0.operation == .sync }
      let hasEnded = use(trial, &now, "\(context), power lost at \(point)")
      #expect(hasEnded == trial.hasPower)
      trial.restart()
      let isBack = use(trial, &now, "\(context), power lost at \(point), restarted")
      #expect(isBack, "\(context), power lost at \(point): the log cannot be opened any more")
      if hasEnded { break }
    }
    if depth == 0 { return }
    for point in 0..<1000 {
      let trial = disk.copy(seed: UInt64(point))
      var now = owed
      fail(trial, at: point, .refused(.ioError)) { $0.operation == .sync }
      if use(trial, &now, "\(context), sync \(point) failed") { break }
      trial.fault = { _ in nil }
      reopen(trial, now, depth: depth - 1, "\(context), sync \(point) failed")
    }
  }

  @Test(arguments: WritebackDisk.Writeback.allCases)
  func everySyncInTurn(_ writeback: WritebackDisk.Writeback) throws {
    let base = try disk(writeback)
    for count in 0..<1000 {
      let disk = base.copy(seed: UInt64(count))
      fail(disk, at: count, .refused(.ioError)) { $0.operation == .sync }
      let progress = CountingWorkload.run(disk, Self.options)
      guard progress.failure != nil else {
        #expect(count > 25)
        return
      }
      disk.fault = { _ in nil }
      // Two failed syncs in a row, for some of them.
      reopen(
        disk, Owed(promised: progress.acknowledged, attempted: progress.attempted),
        depth: count % 6 == 5 ? 1 : 0, "sync \(count) failed")
    }
    Issue.record("the workload does not end")
  }

  @Test(arguments: [WritebackDisk.Fault.refused(.ioError), .short(.noSpace)])
  func everyWriteInTurn(_ fault: WritebackDisk.Fault) throws {
    let base = try disk(.some)
    for count in 0..<1000 {
      let disk = base.copy(seed: UInt64(count))
      fail(disk, at: count, fault) { $0.operation == .write }
      let progress = CountingWorkload.run(disk, Self.options)
      guard progress.failure != nil else {
        #expect(count > 40)
        return
      }
      disk.fault = { _ in nil }
      reopen(
        disk, Owed(promised: progress.acknowledged, attempted: progress.attempted), depth: 0,
        "write \(count) failed")
    }
    Issue.record("the workload does not end")
  }

  /// Nothing is appended once a write or a sync of the log failed, and a status block that would free its space neither.
  @Test func afterAFailureTheLogIsWrittenNoMore() throws {
    for operation in [StorageError.Operation.write, .sync] {
      let disk = try disk(.none)
      let rvm = try RVM.open(disk, Self.options)
      let region = try rvm.map("a")
      for turn in 1...3 as ClosedRange<UInt64> { try CountingWorkload.put(turn, in: region, of: rvm, .flush) }
      fail(disk, at: 0, .refused(.ioError)) { $0.operation == operation && $0.file == "log" }
      #expect(throws: RVMError.self) { try rvm.put(4, in: region, at: 0) }
      var calls: [WritebackDisk.Call] = []
      disk.fault = { call in
        if call.file == "log", call.operation == .write || call.operation == .sync { calls.append(call) }
        return nil
      }
      let cause = StorageError(operation, "log", .errno(.ioError))
      for _ in 0..<2 {
        for retry in [
          { try rvm.flush() }, { try rvm.put(5, in: region, at: 0) }, { try rvm.truncate() },
          { try rvm.truncationStep() }, { _ = try rvm.begin() }, { _ = try rvm.map("b") },
        ] as [() throws -> Void] { #expect(throws: RVMError.poisoned(cause: cause)) { try retry() } }
      }
      #expect(throws: RVMError.self) { try rvm.terminate() }
      #expect(calls.isEmpty)
    }
  }

  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func aSegmentThatFailsKeepsTheLogUntilAllIsWrittenAgain(_ method: Options.TruncationMethod) throws {
    for operation in [StorageError.Operation.write, .sync] {
      for fault in [WritebackDisk.Fault.refused(.ioError), .short(.noSpace)] {
        let disk = try disk(.none)
        let rvm = try RVM.open(disk, .stepped(method))
        let region = try rvm.map("a")
        for turn in 1...3 as ClosedRange<UInt64> {
          try CountingWorkload.put(turn, in: region, of: rvm, .flush)
        }
        let used = rvm.query().logSectorsUsed
        fail(disk, at: 0, fault) { $0.operation == operation && $0.file == "a" }
        #expect(throws: RVMError.self) { try rvm.truncate() }
        #expect(rvm.query().logSectorsUsed == used)
        #expect(rvm.query().statistics.truncationsFailed == 1)
        // Commits go on, and the next attempt writes all of it again, whatever the cache shows.
        disk.fault = { _ in nil }
        try CountingWorkload.put(4, in: region, of: rvm, .flush)
        try rvm.truncate()
        #expect(rvm.query().logSectorsUsed == 0)
        disk.restart()
        let found = CountingWorkload.found(
          in: try RVM.open(disk).map("a"), "\(operation) of the segment failed")
        #expect(found == 4)
      }
    }
  }
}
