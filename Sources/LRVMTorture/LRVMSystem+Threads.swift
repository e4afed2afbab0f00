internal import LRVM
package import Storage
package import Threads
package import TortureCore

/// LRVM with clients that are threads, as its users run it: commits in groups, truncation on a thread of its own. Each client has its part
/// of every segment mapped, in a region of its own.
extension LRVMSystem: ThreadedSystem {
  package static func open(
    on storage: any Storage, for scenario: Scenario, scheduler: any ThreadScheduler
  ) throws -> Self {
    var options = options(of: scenario)
    options.truncationDriver = .background
    let system = Self(
      try RVM(log: logName, on: storage, options: options, scheduler: scheduler), scenario.segments)
    let count = scenario.threads.count
    system.parts = try (0..<count).map { number in
      try scenario.segments.map { segment in
        let length = segment.length / count
        return try system.rvm.map(segment.name, offset: number * length, length: length)
      }
    }
    return system
  }

  package func client(_ number: Int) -> any ThreadedClient { LRVMClient(self, number) }

  func readParts(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for segment in segments.indices {
      var bytes: [UInt8] = []
      for part in parts {
        part[segment].withBytes { part in bytes += unsafe part.withUnsafeBytes { unsafe [UInt8]($0) } }
      }
      unsafe body(segment, bytes.span.bytes)
    }
  }
}

/// A client of LRVM on a thread of its own.
private final class LRVMClient: ThreadedClient {
  private let system: LRVMSystem
  private let number: Int
  private var transactions = OpenTransactions<Transaction>()

  init(_ system: LRVMSystem, _ number: Int) {
    self.system = system
    self.number = number
  }

  func perform(_ operation: Operation) throws -> UInt64 {
    let rvm = system.rvm
    switch operation {
    case .begin(_, let restore):
      transactions.begin(number, try rvm.begin(restore ? .restore : .noRestore))
    case .write(_, let segment, let offset, let bytes):
      let region = system.parts[number][segment]
      try transactions.use(number) { transaction in
        try unsafe transaction.modify(region, at: offset - region.offset, with: bytes.span.bytes)
      }
    case .commit(_, let flush):
      return try transactions.take(number).commitNumbered(flush ? .flush : .noFlush)
    case .abort:
      transactions.take(number).abort()
    case .drop:
      _ = transactions.take(number)
    case .flush:
      try rvm.flush()
    case .truncate:
      try rvm.truncate()
    case .truncateStep:
      try rvm.truncationStep()
    case .remap(let segment):
      let region = system.parts[number][segment]
      let (offset, length) = (region.offset, region.length)
      try rvm.unmap(region)
      system.parts[number][segment] = try rvm.map(
        system.segments[segment].name, offset: offset, length: length)
    case .reopen:
      fatalError("the harness closes and opens a system by itself")
    }
    return 0
  }
}
