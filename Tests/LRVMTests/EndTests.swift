import FaultFS
import Foundation
import LRVM
import Storage
import Synchronization
import SystemPackage
import Testing

/// How a log is closed, by whom, and what it knows then.
@Suite struct EndTests {
  /// Threads that keep beginning transactions cannot keep `terminate` from its turn.
  @Test func terminateIsNotStarved() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk, shape: LogShape(recordSectors: 256, statusLength: 512))
    let rvm = try RVM(log: "log", on: disk)
    let region = try rvm.map("a")
    let group = DispatchGroup()
    let begun = Atomic(0)
    let ends = Mutex<[RVMError?]>([])
    for thread in 0..<3 {
      group.enter()
      Thread.detachNewThread {
        var end: RVMError?
        // At any time some thread has one open.
        for turn in 0..<1_000_000 as Range<UInt64> {
          do throws(RVMError) { try rvm.put(turn, in: region, at: 8 * thread, .noFlush) } catch {
            end = error
            break
          }
          begun.add(1, ordering: .relaxed)
        }
        ends.withLock { $0.append(end) }
        group.leave()
      }
    }
    while begun.load(ordering: .relaxed) < 1000 { usleep(100) }
    try rvm.terminate()
    group.wait()
    #expect(ends.withLock { $0 } == [.terminated, .terminated, .terminated])
    // All that was committed is durable.
    let again = try RVM(log: "log", on: disk)
    let found = try again.map("a")
    let memory = (0..<3).map { region.load(UInt64.self, at: 8 * $0) }
    #expect((0..<3).map { found.load(UInt64.self, at: 8 * $0) } == memory)
    try again.terminate()
  }

  /// One that this thread has open will not end while it waits.
  @Test func terminateIsRefusedWhileTheCallerHasATransactionOpen() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let transaction = try rvm.begin()
    #expect(throws: RVMError.transactionsOpen(1)) { try rvm.terminate() }
    // Nothing was done: others may begin.
    try rvm.begin().abort()
    transaction.abort()
    try rvm.terminate()
  }

  @Test func terminateTellsThatTheLogWasFoundDamaged() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    try rvm.put(2, in: region, at: 0)
    var log = try disk.contents("log")
    log[5 * 512 + 100] ^= 1
    try disk.open("log", .readWrite).write(log, at: 0)
    let damage = try #require(throws: RVMError.self) { try rvm.truncate() }
    guard case .logDamaged = damage else {
      Issue.record("\(damage)")
      return
    }
    #expect(throws: damage) { try rvm.terminate() }
  }

  /// A clean end and a quiet moment leave a status block that knows how far the log was durable.
  @Test(arguments: [true, false]) func whatEndsQuietlyIsVouchedFor(isTerminated: Bool) throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    let options = Options(
      truncationDriver: isTerminated ? .stepped : .background, truncationThreshold: 1)
    let rvm = try RVM(log: "log", on: disk, options: options)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    func durableEnd() throws -> UInt64? {
      try LogInspection("log", on: disk)?.slots.first { $0.holds }?.durableEnd
    }
    #expect(try durableEnd() == 0)
    if isTerminated { try rvm.terminate() }
    for _ in 0..<2000 where try durableEnd() == 0 { usleep(10_000) }
    #expect(try durableEnd() == 1)
    if !isTerminated { try rvm.terminate() }
    let again = try RVM.open(disk)
    #expect(again.query().statistics.recordsRecovered == 1)
    try again.terminate()
  }

  @Test(arguments: [true, false]) func aLogThatLosesItsNameIsNoticed(isReplaced: Bool) throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    if isReplaced {
      try RVM.createLog("other", on: disk)
      try disk.rename("other", to: "log")
    } else {
      try disk.remove("log")
    }
    #expect(throws: RVMError.logReplaced(log: "log")) { try rvm.truncate() }
    #expect(throws: RVMError.logReplaced(log: "log")) { try rvm.put(2, in: region, at: 0) }
    #expect(throws: RVMError.logReplaced(log: "log")) { try rvm.terminate() }
  }

  @Test func aForkedChildIsRefused() throws {
    let directory = try TemporaryDirectory()
    let probe = Process()
    probe.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "fork-probe")
    probe.arguments = [directory.path]
    let output = Pipe()
    probe.standardOutput = output
    try probe.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    probe.waitUntilExit()
    #expect(text == "child: 5\nparent: committed\n")
    let rvm = try RVM.open(try directory.storage())
    #expect(try rvm.map("a").load(UInt64.self, at: 0) == 2)
    try rvm.terminate()
  }
}
