import FaultFS
import LRVM
import Storage
import Testing
import Threads

/// What no durable status block vouches for reaches no segment, and what one vouches for stays vouched for.
@Suite struct VouchingTests {
  private static func vouchedEnd(_ disk: FaultDisk) throws -> UInt64? {
    try LogInspection("log", on: disk)?.slots.first { $0.holds }?.durableEnd
  }

  /// Each commit has a place of its own, so that a write of a segment tells which batch it comes from.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental], [false, true])
  func nothingIsWrittenToASegmentBeforeItIsVouchedFor(
    _ method: Options.TruncationMethod, isPinned: Bool
  ) throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 64, statusLength: 512))
    let interposed = InterposedStorage(disk)
    let rvm = try RVM.open(interposed, .stepped(method, threshold: 0))
    let region = try rvm.map("a")
    // Turns between the two pages: commit N lies in the sector before position N + 1.
    func place(_ commit: Int) -> Int { commit % 2 * 4096 + commit / 2 * 64 }
    var writes = 0
    interposed.before = { (call) throws(StorageError) in
      guard call.operation == .write, call.file == "a" else { return }
      writes += 1
      let commit = call.offset % 4096 / 64 * 2 + call.offset / 4096
      let end = try? Self.vouchedEnd(disk)
      #expect(
        end.map { $0 > commit } == true, "commit \(commit) is vouched for up to \(String(describing: end))")
    }
    var random = Random(seed: 3)
    func advance(_ commit: Int) throws {
      try rvm.put(UInt64(commit + 1), in: region, at: place(commit))
      for _ in 0..<random.below(4) { try rvm.truncationStep() }
    }
    for commit in 0..<100 {
      guard isPinned, commit % 5 == 2 else {
        try advance(commit)
        continue
      }
      let pin = try rvm.begin()
      try pin.setRange(region, offset: place(commit) + 8, length: 8)
      try advance(commit)
      pin.abort()
    }
    interposed.before = { _ in }
    #expect(writes > 20)
    #expect(isPinned && method == .incremental || rvm.query().statistics.epochFallbacks == 0)
    try rvm.terminate()
    let found = try RVM.open(disk).map("a")
    for commit in 0..<100 { #expect(found.load(UInt64.self, at: place(commit)) == UInt64(commit + 1)) }
  }

  /// A status block that was vouched with for a long batch, and one that a truncation writes before the batch is counted.
  @Test func noLaterStatusBlockVouchesForLess() throws {
    let disk = try SmallLog.disk()
    let hooks = LockHooks()
    let rvm = try RVM(log: "log", on: disk, options: .stepped(threshold: 0), scheduler: hooks)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    // The next step writes the status block that frees the log.
    while try disk.contents("a")[0] == 0 { try rvm.truncationStep() }
    try rvm.truncationStep()
    let long = try rvm.begin()
    try long.modify(region, at: 64, with: [UInt8](repeating: 7, count: 5000))
    var steps = 0
    hooks.afterRelease = { lock in
      guard lock == "maintenance", steps == 0 else { return }
      steps = 1
      do { while try rvm.truncationStep() { steps += 1 } } catch { Issue.record("\(error)") }
    }
    try long.commit()
    #expect(rvm.query().statistics.batchesVouchedFor == 1)
    #expect(steps > 1)
    hooks.afterRelease = { _ in }
    let end = try #require(try Self.vouchedEnd(disk))
    #expect(end == 1 + UInt64(rvm.query().logSectorsUsed))
    // The process dies here: what was acknowledged is found.
    let copy = FaultDisk()
    for name in ["log", "a"] { try copy.replace(name, with: disk.contents(name)) }
    #expect(try RVM.open(copy).map("a").contents[64..<5064].allSatisfy { $0 == 7 })
    try rvm.terminate()
  }
}

/// One thread, told of each lock that it lets go.
private final class LockHooks: ThreadScheduler, @unchecked Sendable {
  private var names: [String] = []
  var afterRelease: (String) -> Void = { _ in }

  func makeLock(_ name: StaticString) -> Int {
    names.append("\(name)")
    return names.count - 1
  }

  func take(_ lock: Int) {}
  func takeInStep(_ lock: Int) {}
  func look(at lock: Int) {}
  func learn(_ answer: Int) {}
  func access(_ value: Int, content: Int, learning answer: Int) {}
  var currentThread: Int { 0 }
  func release(_ lock: Int, hasChanged: Bool) { afterRelease(names[lock]) }
  func sleep(in lock: Int, hasChanged: Bool, for event: Int, nanosecondsMax: Int?) {
    Issue.record("nobody could wake it")
  }
  func wake(_ event: Int, of lock: Int, all: Bool) {}
  func time() -> Int { 0 }
  func join(_ thread: Int) {}
  func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int {
    Issue.record("truncation is driven by steps")
    return 0
  }
}
