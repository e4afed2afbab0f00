import Foundation
import LRVM
import SeededRandom
import Storage
import Synchronization

/// What the threads of a soak change, such that the image after any number of each thread's transactions is known.
///
/// The segment: a page for each thread, with the number of its last transaction and 32 slots of 64 bytes, of which each
/// transaction changes one; then a page of accounts, between which all threads move money under a lock.
struct Ledger {
  static let log = "soak.log"
  static let segment = "ledger"
  private static let slotCount: UInt64 = 32
  private static let slotLength = 64
  private static let slotsOffset = 1024
  private static let accountCount = 64
  private static let openingBalance: Int64 = 1000
  /// 256 KiB, so that truncation runs all the time.
  private static let shape = LogShape(recordSectors: 512)

  let threads: Int

  /// Makes the log, and the segment with every account opened.
  func create(on storage: any Storage) throws {
    try RVM.createLog(Self.log, shape: Self.shape, on: storage)
    try RVM.createSegment(Self.segment, length: (threads + 1) * RVM.pageLength, on: storage)
    let rvm = try RVM(log: Self.log, on: storage)
    let region = try rvm.map(Self.segment)
    let transaction = try rvm.begin()
    for account in 0..<Self.accountCount {
      try transaction.store(Self.openingBalance, in: region, at: accountOffset(account))
    }
    try transaction.commit()
    try rvm.terminate()
  }

  /// The log opened, one life in this way and the next in another: both methods of truncation, both ways of writing
  /// the log, both of mapping.
  func open(on storage: any Storage, life: Int) throws -> (RVM, Region) {
    let options = Options(
      truncationMethod: life % 2 == 0 ? .epoch : .incremental,
      logWrites: life / 2 % 2 == 0 ? .direct : .buffered,
      truncationThreshold: 0.3, spoolBytesMax: 16_384)
    let rvm = try RVM(log: Self.log, on: storage, options: options)
    return (rvm, try rvm.map(Self.segment, mapping: life / 4 % 2 == 0 ? .onDemand : .copying))
  }

  /// Every thread's transactions, until the process is killed; `acknowledge` is called with a thread and the number of one
  /// that is durable.
  func run(
    on storage: any Storage, life: Int, acknowledge: @escaping @Sendable (_ thread: Int, UInt64) -> Void
  ) throws -> Never {
    let (rvm, region) = try open(on: storage, life: life)
    let accounts = Mutex(())
    for thread in 1..<threads {
      Thread.detachNewThread { [self] in
        forever(thread, rvm, region, accounts, acknowledge)
      }
    }
    forever(0, rvm, region, accounts, acknowledge)
  }

  private func forever(
    _ thread: Int, _ rvm: RVM, _ region: Region, _ accounts: borrowing Mutex<Void>,
    _ acknowledge: (Int, UInt64) -> Void
  ) -> Never {
    var number = number(of: thread, in: region)
    do {
      while true {
        number += 1
        let mode: CommitMode = number % 3 == 0 ? .flush : .noFlush
        if number % 5 == 0 { try abandon(number, thread, rvm, region) }
        if number % 8 == 0 {
          try accounts.withLock { _ in try transfer(number, thread, rvm, region) }
        }
        let transaction = try rvm.begin(number % 2 == 0 ? .restore : .noRestore)
        try write(number, thread, in: region, by: transaction)
        try transaction.commit(mode)
        // One that changes nothing makes those before it durable.
        let isFollowed = mode == .noFlush && number % 7 == 0
        if isFollowed { try rvm.begin().commit(.flush) }
        if mode == .flush || isFollowed { acknowledge(thread, number) }
      }
    } catch {
      fatalError("thread \(thread) failed at its transaction \(number): \(error)")
    }
  }

  private func write(
    _ number: UInt64, _ thread: Int, in region: Region, by transaction: borrowing Transaction
  ) throws {
    let page = thread * RVM.pageLength
    let slot = page + Self.slotsOffset + Int(number % Self.slotCount) * Self.slotLength
    try unsafe transaction.modify(region, at: slot, with: Self.bytes(thread, number).span.bytes)
    try transaction.store(number, in: region, at: page)
  }

  private func abandon(_ number: UInt64, _ thread: Int, _ rvm: RVM, _ region: Region) throws {
    let transaction = try rvm.begin()
    try write(number + 1000, thread, in: region, by: transaction)
    transaction.abort()
  }

  /// Committed before the lock is let go, so that the accounts' order is that of the commits.
  private func transfer(_ number: UInt64, _ thread: Int, _ rvm: RVM, _ region: Region) throws {
    var random = SplitMix64(seed: number ^ UInt64(thread) << 48)
    let transaction = try rvm.begin()
    let amount = Int64(random.below(100))
    for (account, change) in [
      (random.below(Self.accountCount), -amount), (random.below(Self.accountCount), amount),
    ] {
      let place = accountOffset(account)
      try transaction.store(region.load(Int64.self, at: place) + change, in: region, at: place)
    }
    try transaction.commit(.noFlush)
  }

  /// What a slot holds after transaction `number`; zeros before the first.
  private static func bytes(_ thread: Int, _ number: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: number &* 31 &+ UInt64(thread))
    return (0..<slotLength).map { _ in UInt8(random.below(256)) }
  }

  private func accountOffset(_ account: Int) -> Int { threads * RVM.pageLength + 8 * account }

  func number(of thread: Int, in region: Region) -> UInt64 {
    region.load(UInt64.self, at: thread * RVM.pageLength)
  }

  /// What is wrong with an image; nil where each thread's page is the one after its number of transactions, and no money
  /// was lost or made.
  func problem(in region: Region) -> String? {
    for thread in 0..<threads {
      let last = number(of: thread, in: region)
      for slot in 0..<Self.slotCount {
        let newest = last < slot ? 0 : last - (last - slot) % Self.slotCount
        let expected = newest > 0 ? Self.bytes(thread, newest) : [UInt8](repeating: 0, count: Self.slotLength)
        let place = thread * RVM.pageLength + Self.slotsOffset + Int(slot) * Self.slotLength
        let found = (0..<Self.slotLength).map { region.load(UInt8.self, at: place + $0) }
        if found != expected {
          return
            "slot \(slot) of thread \(thread), whose last transaction is \(last), is not that of \(newest)"
        }
      }
    }
    let sum = (0..<Self.accountCount).reduce(0) { $0 + region.load(Int64.self, at: accountOffset($1)) }
    let right = Int64(Self.accountCount) * Self.openingBalance
    return sum == right ? nil : "the accounts hold \(sum) in all, not \(right)"
  }
}
