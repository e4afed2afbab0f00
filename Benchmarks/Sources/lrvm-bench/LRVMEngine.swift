import LRVM
import Storage
import Synchronization

/// LRVM, with its log written one way or the other.
final class LRVMEngine: Engine, @unchecked Sendable {
  let name: String
  let rvm: RVM
  let region: Region
  private var workers: [LRVMWorker] = []

  init(_ folder: String, name: String, log: String, options: Options) throws {
    self.name = name
    let disk = try PosixStorage(directory: folder)
    // Large enough that a measurement never truncates: what that costs is measured by itself.
    try RVM.createLog(log, shape: LogShape(recordSectors: 1 << 19), on: disk)
    try RVM.createSegment(
      log + ".segment", length: Workload.memoryLength + Workload.historySlots * Workload.recordLength,
      on: disk)
    rvm = try RVM(log: log, on: disk, options: options)
    region = try rvm.map(log + ".segment")
  }

  func worker(_ index: Int) throws -> any Worker {
    while workers.count <= index { workers.append(LRVMWorker(rvm, region, seed: UInt64(workers.count + 1))) }
    return workers[index]
  }

  func flush() throws { try rvm.flush() }
  func rest() throws { try rvm.truncate() }
}

/// One thread's transactions.
final class LRVMWorker: Worker, @unchecked Sendable {
  private let rvm: RVM
  private let region: Region
  private var draws: Draws

  init(_ rvm: RVM, _ region: Region, seed: UInt64) {
    self.rvm = rvm
    self.region = region
    draws = Draws(seed: seed)
  }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    for done in 0..<transactions {
      draws.advance()
      let isFlushed = durability == .durable || durability == .hundred && done % 100 == 99
      let mode = isFlushed ? CommitMode.flush : .noFlush
      switch workload {
      case .w1:
        // All places are known at the beginning, so that memory is waited for once.
        let (first, second, third) = (account(), account(), account())
        let transaction = try rvm.begin()
        try change(transaction, first, Workload.accountLength)
        try change(transaction, second, Workload.accountLength)
        try change(transaction, third, Workload.accountLength)
        let history = Int(draws.number % UInt64(Workload.historySlots)) * Workload.recordLength
        try change(transaction, Workload.memoryLength + history, Workload.recordLength)
        try transaction.commit(mode)
      case .w2:
        let record = draws.below(Workload.recordSlots) * Workload.recordLength
        region.prefetch(offset: record, length: Workload.recordLength)
        let transaction = try rvm.begin()
        try change(transaction, record, Workload.recordLength)
        try transaction.commit(mode)
      }
    }
  }

  private func account() -> Int {
    let offset = draws.below(Workload.accountSlots) * Workload.accountLength
    region.prefetch(offset: offset, length: Workload.accountLength)
    return offset
  }

  /// Declares, then writes to memory as an application does.
  @inline(__always)
  private func change(_ transaction: borrowing Transaction, _ offset: Int, _ length: Int) throws {
    try transaction.setRange(region, offset: offset, length: length)
    draws.value.withUnsafeBytes { value in
      UnsafeMutableRawBufferPointer(rebasing: region.bytes[offset..<offset + length])
        .copyMemory(from: .init(rebasing: value[..<length]))
    }
  }
}
