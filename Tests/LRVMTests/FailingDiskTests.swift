import FaultFS
import LRVM
import Storage
import SystemPackage
import Testing

/// A disk that refuses a call, at every call of a workload in turn: a typed error, and whatever was
/// acknowledged is there when the log is opened again on a healthy disk.
@Suite struct FailingDiskTests {
  @Test func aNewFileHasItsNameOnlyWhereNoSyncOfItFailedNotEvenLate() throws {
    let disk = FaultDisk(profile: .ext4Data)
    try CountingWorkload.create(on: disk)
    disk.inject([Fault(.syncError)])
    #expect(throws: RVMError.self) { try RVM.createSegment("c", length: 4096, on: disk) }
    #expect(disk.firedFaults.map(\.detail) == ["reportedLate", "reported late"])
    disk.inject([])
    #expect(throws: StorageError.self) { try disk.open("c", .readOnly) }
    try RVM.createSegment("c", length: 4096, on: disk)
  }

  @Test(
    arguments: [Options.TruncationMethod.epoch, .incremental],
    [
      (Errno.noSpace, false), (.noSpace, true), (.ioError, false), (.ioError, true),
      (.readOnlyFileSystem, true),
    ])
  func everyCallInTurn(_ method: Options.TruncationMethod, _ fault: (errno: Errno, isSticky: Bool)) throws {
    let options = Options.stepped(method, threshold: 0.3)
    for count in 0..<2000 {
      let disk = FaultDisk()
      try CountingWorkload.create(on: disk)
      let interposed = InterposedStorage(disk)
      interposed.failAfter(count, fault.errno, isSticky: fault.isSticky)
      let progress = CountingWorkload.run(interposed, options)
      interposed.before = { _ in }
      guard interposed.refusals > 0 else {
        #expect(count > 80)
        #expect(progress.failure == nil && progress.acknowledged == 24)
        return
      }
      switch progress.failure {
      // A read that was not needed.
      case nil: #expect(!fault.isSticky && progress.acknowledged == 24)
      case .storage, .poisoned, .segmentUnusable: break
      default: Issue.record("call \(count) refused: \(progress.failure)")
      }
      let rvm = try RVM.open(disk)
      let a = try rvm.map("a")
      let found = CountingWorkload.found(in: a, "call \(count) refused")
      #expect(
        found >= progress.acknowledged && found <= progress.attempted, "call \(count) refused")
      try rvm.put(1, in: a, at: 8)
      try rvm.terminate()
    }
    Issue.record("the workload does not end")
  }

  @Test func afterAFailedSyncOfTheLogNothingIsAcknowledgedAnyMore() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    disk.failAfter(0, .ioError, isSticky: false) { $0.operation == .sync && $0.file == "log" }
    let error = StorageError(.sync, "log", .errno(.ioError))
    #expect(throws: RVMError.storage(during: "flushing the log", error)) { try rvm.put(2, in: region, at: 0) }
    #expect(rvm.query().isPoisoned)
    // The retry would succeed on many file systems, and mean nothing.
    for call in [
      { try rvm.flush() }, { try rvm.put(3, in: region, at: 0) }, { try rvm.truncate() },
      { _ = try rvm.map("b") },
      { try rvm.terminate() },
    ] as [() throws -> Void] { #expect(throws: RVMError.poisoned(cause: error)) { try call() } }
    let found = try RVM.open(disk).map("a").load(UInt64.self, at: 0)
    #expect(found == 1 || found == 2)
  }

  /// The system reports a lost write once: here to the sync of a status block, while a commit is on its way.
  @Test func aFailureThatAnotherSyncWasToldOfFailsTheCommitToo() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    let rvm = try RVM.open(disk, .stepped(threshold: 0))
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    var hasRun = false
    disk.before = { (call) throws(StorageError) in
      guard call.operation == .write, call.file == "log", !hasRun else { return }
      hasRun = true
      // The batch is being written; meanwhile a truncation goes through all its steps, and its sync of the
      // log fails.
      disk.failAfter(0, .ioError, isSticky: false) { $0.operation == .sync && $0.file == "log" }
      do throws(RVMError) {
        while try rvm.truncationStep() {}
        Issue.record("the truncation did not fail")
      } catch {
        #expect(
          error == .storage(during: "syncing the status block", StorageError(.sync, "log", .errno(.ioError))))
      }
    }
    #expect(throws: RVMError.poisoned(cause: StorageError(.sync, "log", .errno(.ioError)))) {
      try rvm.put(2, in: region, at: 0)
    }
    #expect(hasRun)
  }
}
