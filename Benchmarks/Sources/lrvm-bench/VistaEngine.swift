import Foundation
import PersistentMemory
import Vista

/// Vista: on tmpfs, where each commit is durable when it returns and costs no system call, or on a disk with `msync`.
final class VistaEngine: Engine, @unchecked Sendable {
  let name: String
  private let store: VistaStore
  private let isInMemory: Bool
  /// Kept as long as its files are used.
  private let folder: MemoryFolder?
  private var workers: [VistaWorker] = []

  /// - Parameter folder: on the disk; nil for a place in tmpfs.
  init(_ folder: String?) throws {
    isInMemory = folder == nil
    name = isInMemory ? "Vista on tmpfs, durable" : "Vista, msync"
    self.folder = isInMemory ? try MemoryFolder() : nil
    let storage = try MappedStorage(directory: folder ?? self.folder?.path ?? "")
    try Vista.createLog("vista", on: storage)
    try Vista.createSegment(
      "vista.segment", length: Workload.memoryLength + Workload.historySlots * Workload.recordLength,
      on: storage)
    let vista = try Vista(log: "vista", on: storage)
    store = VistaStore(vista: vista, region: try vista.map("vista.segment"))
    // Pages that were never touched would be made during the measurement.
    store.bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    isInMemory ? durability == .lazy : durability == .durable
  }

  func worker(_ index: Int) throws -> any Worker {
    while workers.count <= index { workers.append(VistaWorker(store, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }
}

/// A region of Vista; every commit is durable.
struct VistaStore: RecoverableStore {
  let vista: Vista
  let region: Region

  var bytes: UnsafeMutableRawBufferPointer {
    @inline(__always) get { region.bytes }
  }

  @inline(__always)
  func prefetch(_ offset: Int, _ length: Int) { region.prefetch(offset: offset, length: length) }

  @inline(__always)
  func begin() throws -> Transaction { try vista.begin() }

  @inline(__always)
  func setRange(_ transaction: borrowing Transaction, _ offset: Int, _ length: Int) throws {
    try transaction.setRange(region, offset: offset, length: length)
  }

  @inline(__always)
  func commit(_ transaction: consuming Transaction, isDurable: Bool) throws { try transaction.commit() }
}

/// One thread's transactions.
final class VistaWorker: Worker, @unchecked Sendable {
  private let store: VistaStore
  private var draws: Draws

  init(_ store: VistaStore, seed: UInt64) {
    self.store = store
    draws = Draws(seed: seed)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    try store.run(transactions, workload, durability, &draws)
  }
}

/// A directory in tmpfs, removed when it is done with.
final class MemoryFolder {
  let path: String

  init() throws {
    path = "/dev/shm/lrvm-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
