import CFloors
import Foundation

/// Floor A: the same bytes to a preallocated file, and a data sync.
final class FloorA: Engine, Worker, @unchecked Sendable {
  let name = "floor A: write and sync"
  private static let length = 64 << 20
  private let descriptor: CInt
  private let bytes: UnsafeMutableRawPointer
  private var offset = 0

  init(_ folder: String) throws {
    descriptor = cfloors_create(folder + "/floor-a", Self.length)
    guard descriptor >= 0, let memory = cfloors_aligned(1 << 16, 4096) else {
      throw BenchmarkError("cannot create the file of floor A: errno \(-descriptor)")
    }
    bytes = memory
    bytes.initializeMemory(as: UInt8.self, repeating: 7, count: 1 << 16)
  }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    durability != .lazy && threads == 1
  }

  func worker(_ index: Int) throws -> any Worker { self }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    let atOnce = durability == .hundred ? 100 : 1
    for _ in 0..<transactions / atOnce {
      let count = atOnce * workload.declaredBytes
      if offset + count > Self.length { offset = 0 }
      let result = cfloors_write_and_sync(descriptor, bytes, count, Int64(offset))
      if result != 0 { throw BenchmarkError("floor A: errno \(-result)") }
      offset += count
    }
  }
}

/// Floor B: a direct write of 4 KiB that is durable when it returns.
final class FloorB: Engine, Worker, @unchecked Sendable {
  let name = "floor B: direct 4 KiB"
  private static let length = 64 << 20
  private let descriptor: CInt
  private let bytes: UnsafeMutableRawPointer
  private var offset = 0

  /// Nil where the file system has no direct writes.
  init?(_ folder: String) throws {
    let created = cfloors_create(folder + "/floor-b", Self.length)
    descriptor = cfloors_open_direct(folder + "/floor-b")
    guard created >= 0, let memory = cfloors_aligned(4096, 4096) else {
      throw BenchmarkError("cannot create the file of floor B: errno \(-created)")
    }
    bytes = memory
    bytes.initializeMemory(as: UInt8.self, repeating: 7, count: 4096)
    if descriptor < 0 || cfloors_write_direct(descriptor, bytes, 0) != 0 { return nil }
  }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    durability == .durable && threads == 1
  }

  func worker(_ index: Int) throws -> any Worker { self }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    for _ in 0..<transactions {
      if offset + 4096 > Self.length { offset = 0 }
      let result = cfloors_write_direct(descriptor, bytes, Int64(offset))
      if result != 0 { throw BenchmarkError("floor B: errno \(-result)") }
      offset += 4096
    }
  }
}

/// The memory-only floor: change, copy and checksum.
final class MemoryFloor: Engine, Worker, @unchecked Sendable {
  let name = "floor M: copy and checksum"
  private var memory = cfloors_memory()

  init() throws {
    // As long as a log of a usual length, since a log is written on and on.
    let logLength = 64 << 20
    let historyLength = Workload.historySlots * Workload.recordLength
    let length = Workload.memoryLength + historyLength
    guard let region = cfloors_aligned(length, 1 << 21), let log = cfloors_aligned(logLength, 4096) else {
      throw BenchmarkError("no memory for the floor")
    }
    madvise(region, length, MADV_HUGEPAGE)
    region.initializeMemory(as: UInt8.self, repeating: 0, count: length)
    log.initializeMemory(as: UInt8.self, repeating: 0, count: logLength)
    memory.region = region.assumingMemoryBound(to: UInt8.self)
    memory.history = memory.region + Workload.memoryLength
    memory.region_slots_128 = Workload.accountSlots
    memory.region_slots_64 = Workload.recordSlots
    memory.history_slots = Workload.historySlots
    memory.log = log.assumingMemoryBound(to: UInt8.self)
    memory.log_length = logLength
    memory.random = 1
  }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    durability == .lazy && threads == 1
  }

  func worker(_ index: Int) throws -> any Worker { self }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) {
    cfloors_memory_only(&memory, workload == .w1 ? 1 : 0, transactions)
  }
}
