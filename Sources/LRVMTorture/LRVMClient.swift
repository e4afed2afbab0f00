internal import LRVM
internal import TortureCore

/// Who runs operations on LRVM: on one thread, for all clients on whole segments; otherwise for the client of a thread on its own parts of
/// them.
final class LRVMClient: ThreadedClient {
  private let rvm: RVM
  /// The regions of each segment, which lie one behind the other.
  private(set) var regions: [[Region]]
  private var transactions = OpenTransactions<Transaction>()
  private let mapping: Mapping
  /// What the threads share; nil where they share nothing.
  private let shared: SharedPart?
  /// Whether the open transaction has the lock of that.
  private var hasShared = false
  private var flushesLater = true

  init(
    _ rvm: RVM, _ regions: [[Region]], _ mapping: Mapping = .copying, sharing shared: SharedPart? = nil
  ) {
    self.mapping = mapping
    self.rvm = rvm
    self.regions = regions
    self.shared = shared
  }

  func perform(_ operation: Operation, number: inout UInt64) throws {
    switch operation {
    case .begin(let client, let restore):
      transactions.begin(client, try rvm.begin(restore ? .restore : .noRestore))
    case .write(let client, let segment, let offset, let bytes):
      let places = takeShared(segment, offset).map { [$0] } ?? regions[segment]
      try transactions.use(client) { transaction in
        for region in places {
          // What crosses the end of a region is two ranges.
          let part = (offset..<offset + bytes.count).clamped(
            to: region.offset..<region.offset + region.length)
          if part.isEmpty { continue }
          let stored = unsafe bytes.span.bytes.extracting(part.lowerBound - offset..<part.upperBound - offset)
          try transaction.modify(region, at: part.lowerBound - region.offset, with: stored)
        }
      }
    case .commit(let client, let flush):
      try commit(transactions.take(client), flush, number: &number)
    case .abort(let client):
      transactions.take(client).abort()
      giveSharedBack()
    case .drop(let client):
      _ = transactions.take(client)
      giveSharedBack()
    case .flush:
      try rvm.flush()
    case .truncate:
      try rvm.truncate()
    case .truncateStep:
      try rvm.truncationStep()
    case .remap(let segment):
      for (place, region) in regions[segment].enumerated() {
        try rvm.unmap(region)
        regions[segment][place] = try rvm.map(
          region.segment, offset: region.offset, length: region.length, mapping: mapping)
      }
    case .reopen:
      fatalError("the harness closes and opens a system by itself")
    }
  }

  /// The application lets its lock go as soon as the commit has its place, and waits for the disk without it; every other time it
  /// keeps the lock all along.
  private func commit(
    _ transaction: consuming Transaction, _ flush: Bool, number: inout UInt64
  ) throws {
    defer { giveSharedBack() }
    guard flush, hasShared, flushesLater else {
      if hasShared && flush { flushesLater = true }
      return try transaction.commit(flush ? .flush : .noFlush, number: &number)
    }
    flushesLater = false
    try transaction.commit(.noFlush, number: &number)
    giveSharedBack()
    try rvm.flush()
  }

  /// The region that the threads share, where this lies in it, with its lock.
  private func takeShared(_ segment: Int, _ offset: Int) -> Region? {
    guard let shared, shared.contains(offset, segment: segment) else { return nil }
    if !hasShared { shared.take() }
    hasShared = true
    return shared.regions[segment]
  }

  /// A thread that ends in the middle of a transaction aborts it, where others wait for what it has changed.
  func leave() {
    if hasShared { transactions.dropAll() }
    giveSharedBack()
  }

  private func giveSharedBack() {
    if hasShared { shared?.giveBack() }
    hasShared = false
  }
}
