import LRVM
import Storage

/// LRVM, with its log written one way or the other.
final class LRVMEngine: Engine, @unchecked Sendable {
  let name: String
  private let store: LRVMStore
  private var workers: [LRVMWorker] = []

  init(_ folder: String, name: String, log: String, options: Options) throws {
    self.name = name
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
    while workers.count <= index { workers.append(LRVMWorker(store, seed: UInt64(workers.count + 1))) }
    return workers[index]
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

  init(_ store: LRVMStore, seed: UInt64) {
    self.store = store
    draws = Draws(seed: seed)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    try store.run(transactions, workload, durability, &draws)
  }
}
