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
      let transaction = try rvm.begin()
      switch workload {
      case .w1:
        for _ in 0..<3 {
          try change(
            transaction, draws.below(Workload.accountSlots) * Workload.accountLength, Workload.accountLength)
        }
        let history = Int(draws.number % UInt64(Workload.historySlots)) * Workload.recordLength
        try change(transaction, Workload.memoryLength + history, Workload.recordLength)
      case .w2:
        try change(
          transaction, draws.below(Workload.recordSlots) * Workload.recordLength, Workload.recordLength)
      }
      let isFlushed = durability == .durable || durability == .hundred && done % 100 == 99
      try transaction.commit(isFlushed ? .flush : .noFlush)
    }
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
