import CPmemobj
import Foundation

/// libpmemobj (PMDK) on tmpfs, told to take it for persistent memory: each commit is durable as far as that memory is.
final class PmemobjEngine: Engine, Worker, @unchecked Sendable {
  let name = "libpmemobj on tmpfs, durable"
  private let folder: MemoryFolder
  private let pool: OpaquePointer
  private var draws = Draws(seed: 1)

  init() throws {
    folder = try MemoryFolder()
    setenv("PMEM_IS_PMEM_FORCE", "1", 1)
    let length = Workload.memoryLength + Workload.historySlots * Workload.recordLength
    guard let pool = cpmemobj_create(folder.path + "/pool", length) else {
      throw BenchmarkError("libpmemobj: cannot create a pool in \(folder.path): errno \(errno)")
    }
    self.pool = pool
  }

  deinit { cpmemobj_close(pool) }

  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool {
    durability == .lazy && threads == 1
  }

  func worker(_ index: Int) throws -> any Worker { self }

  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws {
    for _ in 0..<transactions {
      draws.advance()
      let result =
        switch workload {
        case .w1:
          try change(
            account(), Workload.accountLength, account(), Workload.accountLength, account(),
            Workload.accountLength,
            Workload.memoryLength + Int(draws.number % UInt64(Workload.historySlots)) * Workload.recordLength,
            Workload.recordLength)
        case .w2:
          try change(draws.below(Workload.recordSlots) * Workload.recordLength, Workload.recordLength)
        }
      if result != 0 { throw BenchmarkError("libpmemobj: errno \(result)") }
    }
  }

  private func account() -> Int { draws.below(Workload.accountSlots) * Workload.accountLength }

  private func change(_ offset: Int, _ length: Int) throws -> CInt {
    var ranges = (offset, length)
    return withUnsafeBytes(of: &ranges) { change($0, 1) }
  }

  private func change(
    _ one: Int, _ first: Int, _ two: Int, _ second: Int, _ three: Int, _ third: Int, _ four: Int,
    _ fourth: Int
  ) throws -> CInt {
    var ranges = (one, first, two, second, three, third, four, fourth)
    return withUnsafeBytes(of: &ranges) { change($0, 4) }
  }

  private func change(_ ranges: UnsafeRawBufferPointer, _ count: Int) -> CInt {
    draws.value.withUnsafeBytes { value in
      cpmemobj_change(pool, ranges.assumingMemoryBound(to: Int.self).baseAddress, count, value.baseAddress)
    }
  }
}
