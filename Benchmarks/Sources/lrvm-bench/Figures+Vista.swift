import Foundation
import PersistentMemory
import Vista

extension Figures {
  /// Vista on tmpfs: what one transaction costs, what recovery does, and what protection adds.
  mutating func measureVista() throws {
    try measureVistaTransaction()
    try measureVistaProtection()
    try measureVistaRecovery()
    add("a small transaction in 1997, after the paper", "us", [5], goal: "")
  }

  /// A store of one segment on tmpfs.
  private func vistaStore(
    logLength: Int = 4 << 20, segmentLength: Int = 1 << 20, isProtected: Bool = false
  ) throws -> (folder: MemoryFolder, store: VistaStore) {
    let folder = try MemoryFolder()
    let storage = try MappedStorage(directory: folder.path, isProtected: isProtected)
    try Vista.createLog("log", length: logLength, on: storage)
    try Vista.createSegment("segment", length: segmentLength, on: storage)
    let vista = try Vista(log: "log", on: storage)
    return (folder, VistaStore(vista: vista, region: try vista.map("segment")))
  }

  /// Times of `count` calls of `body`, in nanoseconds of processor time each, after a first round.
  private func times(_ count: Int, _ body: () throws -> Void) rethrows -> [Double] {
    var times: [Double] = []
    for _ in 0...repetitions {
      let start = Clock.processor()
      for _ in 0..<count { try body() }
      times.append((Clock.processor() - start) * 1e9 / Double(count))
    }
    return Array(times.dropFirst())
  }

  private mutating func measureVistaTransaction() throws {
    let (folder, store) = try vistaStore()
    defer { withExtendedLifetime(folder) {} }
    // 64 lines of 64 bytes stay in the first cache.
    var line = 0
    let values = try times(200_000) {
      line = (line + 1) % 64
      let transaction = try store.begin()
      try transaction.setRange(store.region, offset: 64 * line, length: 64)
      try transaction.commit()
    }
    add("Vista: begin, setRange of 64 bytes in cache, commit", "ns", values, goal: "under 100")
    let aborted = try times(200_000) {
      line = (line + 1) % 64
      let transaction = try store.begin()
      try transaction.setRange(store.region, offset: 64 * line, length: 64)
      transaction.abort()
    }
    add("Vista: the same with abort", "ns", aborted, goal: "")
    try Heap.create(in: store.region)
    let heap = try Heap(in: store.region)
    var place = 0
    let allocations = try times(50_000) {
      let transaction = try store.begin()
      let new = try heap.allocate(64, by: transaction)
      if place != 0 { try heap.free(place, by: transaction) }
      place = new
      try transaction.commit()
    }
    add("Vista: a transaction that allocates 64 bytes and frees as many", "ns", allocations, goal: "")
  }

  /// The same stores where memory can be written to, and where each has to unprotect it first.
  private mutating func measureVistaProtection() throws {
    for (name, isProtected) in [("", false), (", protected memory", true)] {
      let (folder, store) = try vistaStore(isProtected: isProtected)
      defer { withExtendedLifetime(folder) {} }
      let bytes = [UInt8](repeating: 7, count: 64)
      var line = 0
      let values = try times(isProtected ? 2_000 : 200_000) {
        line = (line + 1) % 64
        let transaction = try store.begin()
        try transaction.modify(store.region, at: 64 * line, with: bytes.span.bytes)
        try transaction.commit()
      }
      add("Vista: a transaction that changes 64 bytes in cache\(name)", "ns", values, goal: "")
    }
  }

  /// A log that holds 10,000 records of open transactions, as a crash leaves it.
  private mutating func measureVistaRecovery() throws {
    let records = 10_000
    var wall: [Double] = []
    var processor: [Double] = []
    for repetition in 0...max(3, repetitions) {
      let (folder, store) = try vistaStore(segmentLength: 4 << 20)
      let copies = try MemoryFolder()
      let transaction = try store.begin()
      for record in 0..<records {
        try transaction.setRange(store.region, offset: record * 7919 % 65_536 * 64, length: 64)
      }
      for file in ["log", "segment"] {
        try FileManager.default.copyItem(atPath: "\(folder.path)/\(file)", toPath: "\(copies.path)/\(file)")
      }
      transaction.abort()
      let storage = try MappedStorage(directory: copies.path)
      let start = (wall: Clock.wall(), processor: Clock.processor())
      let summary = try Vista.recover(log: "log", on: storage)
      let end = (wall: Clock.wall(), processor: Clock.processor())
      guard summary.rangesRestored == records else {
        throw BenchmarkError("\(summary.rangesRestored) ranges were put back, not \(records)")
      }
      if repetition == 0 { continue }
      wall.append((end.wall - start.wall) * 1e3)
      processor.append((end.processor - start.processor) * 1e3)
    }
    add("Vista: recovery of 10,000 undo records of 64 bytes", "ms", wall, goal: "under 10")
    add("its processor time", "ms", processor, goal: "")
  }
}
