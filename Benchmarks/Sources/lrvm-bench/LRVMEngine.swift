import LRVM
import Storage

/// LRVM, with its log written one way or the other.
final class LRVMEngine: Engine, @unchecked Sendable {
  let name: String
  private let store: LRVMStore
  private let drawsAhead: Bool
  private var workers: [LRVMWorker] = []

  /// - Parameter drawsAhead: whether the places of a transaction are known, and fetched, when the one before it begins.
  init(_ folder: String, name: String, log: String, options: Options, drawsAhead: Bool = false) throws {
    self.name = name
    self.drawsAhead = drawsAhead
    let disk = try PosixStorage(directory: folder)
    // Large enough that a measurement never truncates: what that costs is measured by itself.
    try RVM.createLog(log, shape: LogShape(recordSectors: 1 << 19), on: disk)
    try RVM.createSegment(
      log + ".segment", length: Workload.memoryLength + Workload.historySlots * Workload.recordLength,
      on: disk)
    let rvm = try RVM(log: log, on: disk, options: options)
    store = LRVMStore(rvm: rvm, region: try rvm.map(log + ".segment"))
  }

  func worker(_ index: Int) throws -> any Worker {
    while workers.count <= index {
      let draws = Draws(seed: UInt64(workers.count + 1), isAhead: drawsAhead)
      workers.append(LRVMWorker(store, draws))
    }
    return workers[index]
  }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    !drawsAhead || durability == .lazy
  }

  func flush() throws { try store.rvm.flush() }
  func rest() throws { try store.rvm.truncate() }
}

/// A region of LRVM.
struct LRVMStore: RecoverableStore {
  let rvm: RVM
  let region: Region

  var bytes: UnsafeMutableRawBufferPointer {
    @inline(__always) get { region.bytes }
  }

  @inline(__always)
  func prefetch(_ offset: Int, _ length: Int) { region.prefetch(offset: offset, length: length) }

  @inline(__always)
  func begin() throws -> Transaction { try rvm.begin() }

  @inline(__always)
  func setRange(_ transaction: borrowing Transaction, _ offset: Int, _ length: Int) throws {
    try transaction.setRange(region, offset: offset, length: length)
  }

  @inline(__always)
  func commit(_ transaction: consuming Transaction, isDurable: Bool) throws {
    try transaction.commit(isDurable ? .flush : .noFlush)
  }
}

/// One thread's transactions.
final class LRVMWorker: Worker, @unchecked Sendable {
  private let store: LRVMStore
  private var draws: Draws

  init(_ store: LRVMStore, _ draws: Draws) {
    self.store = store
    self.draws = draws
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    try store.run(transactions, workload, durability, &draws)
  }
}
