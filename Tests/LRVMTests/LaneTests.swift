import FaultFS
import Foundation
import Storage
import Testing

@testable import LRVM

/// A value that one thread at a time changes, by a lock that ThreadSanitizer sees.
private final class Serialized<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&value) }
  }
}

/// Returns once each of these threads has run `body` with its number.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
  let group = DispatchGroup()
  for number in 0..<count {
    group.enter()
    Thread.detachNewThread {
      do { try body(number) } catch { Issue.record("\(error)") }
      group.leave()
    }
  }
  group.wait()
}

/// Transactions of several threads, each in its lane.
@Suite struct LaneTests {
  /// Whoever writes the same bytes next has its record behind, whichever lanes the two are in.
  @Test(arguments: [Options.TruncationMethod.epoch, .incremental])
  func recordsOfTheSameBytesKeepTheirOrder(_ method: Options.TruncationMethod) throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 256, statusLength: 512))
    let options = Options(truncationMethod: method, spoolBytesMax: 3000)
    let rvm = try RVM(log: "log", on: disk, options: options)
    let region = try rvm.map("a")
    let application = Serialized(0 as UInt64)
    let (threads, turns) = (6, 200)
    onThreads(threads) { thread in
      for turn in 0..<turns {
        try rvm.put(UInt64(turn + 1), in: region, at: 64 + thread * 8, .noFlush)
        try application.withLock { value in
          value += 1
          try rvm.put(value, in: region, at: 0, .noFlush)
        }
        if turn % 50 == thread { try rvm.flush() }
      }
    }
    let statistics = rvm.query().statistics
    #expect(statistics.transactionsBegun == 2 * threads * turns)
    #expect(statistics.commitsUnflushed == 2 * threads * turns)
    try rvm.terminate()
    let found = try RVM.open(disk).map("a")
    #expect(found.load(UInt64.self, at: 0) == UInt64(threads * turns))
    for thread in 0..<threads {
      #expect(found.load(UInt64.self, at: 64 + thread * 8) == UInt64(turns))
    }
  }

  /// What is in the log at any time is what some of the first commits made, of all threads together.
  @Test func whatIsFlushedIsAPrefix() throws {
    let disk = try SmallLog.disk(shape: LogShape(recordSectors: 4096, statusLength: 512))
    let rvm = try RVM.open(disk, .stepped())
    let region = try rvm.map("a")
    let application = Serialized(0 as UInt64)
    onThreads(4) { thread in
      for turn in 0..<100 {
        // A place for each commit: the one with number N is there only if those before it are.
        try application.withLock { number in
          number += 1
          try rvm.put(number, in: region, at: Int(number) * 8, .noFlush)
        }
        if turn % 10 == thread { try rvm.flush() }
      }
    }
    // The process ends here, without a flush of the rest.
    let copy = FaultDisk()
    for name in ["log", "a"] { try copy.replace(name, with: disk.contents(name)) }
    let found = try RVM.open(copy).map("a")
    let numbers = (1...400).map { found.load(UInt64.self, at: $0 * 8) }
    let kept = numbers.prefix { $0 != 0 }.count
    #expect(kept > 300)
    #expect(numbers == (1...400).map { $0 <= kept ? UInt64($0) : 0 })
    try rvm.terminate()
  }

  /// The RVM that it was begun in is gone, and the memory it is aborted to is not.
  @Test func aTransactionKeepsTheEngine() throws {
    let disk = try SmallLog.disk()
    weak var engine: Engine?
    var rvm: RVM? = try RVM.open(disk)
    engine = rvm?.engine
    let region = try #require(try rvm?.map("a"))
    try rvm?.put(1, in: region, at: 0)
    let transaction = try begin(in: rvm)
    try transaction.store(2 as UInt64, in: region, at: 0)
    rvm = nil
    #expect(engine != nil)
    transaction.abort()
    #expect(engine == nil)
    #expect(region.read(8, at: 0) == [1, 0, 0, 0, 0, 0, 0, 0])
  }

  private func begin(in rvm: RVM?) throws -> Transaction {
    guard let rvm else { throw RVMError.terminated }
    return try rvm.begin()
  }

  @Test func whatIsRefusedIsAsItWasInEveryLane() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    let (begun, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let other = DispatchGroup()
    other.enter()
    Thread.detachNewThread {
      do {
        let transaction = try rvm.begin()
        try transaction.store(7 as UInt64, in: region, at: 8)
        begun.signal()
        ended.wait()
        try transaction.commit(.noFlush)
      } catch { Issue.record("\(error)") }
      other.leave()
    }
    begun.wait()
    #expect(throws: RVMError.regionInUse(segment: "a", offset: 0, transactions: 1)) { try rvm.unmap(region) }
    #expect(rvm.query().openTransactions == 1)
    #expect(rvm.query().regions.map(\.openTransactions) == [1])
    ended.signal()
    other.wait()
    try rvm.unmap(region)
    #expect(try rvm.map("a").load(UInt64.self, at: 8) == 7)
    try rvm.terminate()
  }
}

@Suite struct CommitTicketTests {
  @Test func ticketsAreNumberedWithoutAGap() {
    let tickets = CommitTickets(batchBytesMax: 1 << 20, nil)
    let taken = Serialized<[UInt64]>([])
    onThreads(4) { _ in
      let own = (0..<500).compactMap { _ in tickets.take(10) }
      taken.withLock { $0 += own }
    }
    #expect(taken.withLock { $0.sorted() } == (1...2000).map { UInt64($0) })
    #expect(tickets.newest == 2000)
    #expect(tickets.spooledBytes == 20_000)
    #expect(tickets.takeBatch() == 2000)
    #expect(tickets.spooledBytes == 0)
    #expect(tickets.take(1) == 2001)
  }

  @Test func noTicketIsGivenWithoutRoom() {
    let tickets = CommitTickets(batchBytesMax: 100, nil)
    #expect(tickets.take(60) == 1)
    #expect(tickets.take(41) == nil)
    #expect(tickets.take(30, limit: 80) == nil)
    #expect(tickets.take(40) == 2)
    #expect(tickets.take(1) == nil)
    tickets.giveBack(60)
    #expect(tickets.take(60) == 3)
    #expect(tickets.newest == 3)
  }
}
