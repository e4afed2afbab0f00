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

  init(_ rvm: RVM, _ regions: [[Region]], _ mapping: Mapping = .copying) {
    self.mapping = mapping
    self.rvm = rvm
    self.regions = regions
  }

  func perform(_ operation: Operation, number: inout UInt64) throws {
    switch operation {
    case .begin(let client, let restore):
      transactions.begin(client, try rvm.begin(restore ? .restore : .noRestore))
    case .write(let client, let segment, let offset, let bytes):
      try transactions.use(client) { transaction in
        for region in regions[segment] {
          // What crosses the end of a region is two ranges.
          let part = (offset..<offset + bytes.count).clamped(
            to: region.offset..<region.offset + region.length)
          if part.isEmpty { continue }
          let stored = unsafe bytes.span.bytes.extracting(part.lowerBound - offset..<part.upperBound - offset)
          try transaction.modify(region, at: part.lowerBound - region.offset, with: stored)
        }
      }
    case .commit(let client, let flush):
      try transactions.take(client).commit(flush ? .flush : .noFlush, number: &number)
    case .abort(let client):
      transactions.take(client).abort()
    case .drop(let client):
      _ = transactions.take(client)
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
}
