import CFloors
import Foundation
import Glibc
@_spi(Measurement) import LRVM
import Storage

/// What is not a rate of transactions: one figure for each line of the goals.
struct Figures {
  struct Figure: Codable {
    var name: String
    var unit: String
    var value: Spread
    /// What it should reach, in words.
    var goal: String
  }

  let folder: String
  let repetitions: Int
  private(set) var figures: [Figure] = []

  init(folder: String, repetitions: Int) {
    self.folder = folder
    self.repetitions = repetitions
  }

  /// What is measured together.
  enum Group: String, CaseIterable {
    case memory, patterns, savings, recovery, mapping, truncation, vista
  }

  mutating func run(_ groups: [Group], _ tell: (String) -> Void) throws {
    for group in groups {
      tell("figures: \(group.rawValue)")
      switch group {
      case .memory:
        try measureLogBytes()
        try measureAbort()
        try measureManyRanges()
      case .patterns: try measurePatterns()
      case .savings: try measureSavings()
      case .recovery: try measureRecovery()
      case .mapping: try measureMap()
      case .truncation: try measureTruncation()
      case .vista: try measureVista()
      }
    }
  }

  mutating func add(_ name: String, _ unit: String, _ values: [Double], goal: String) {
    figures.append(Figure(name: name, unit: unit, value: Spread(values), goal: goal))
  }

  private func disk(_ name: String) throws -> PosixStorage {
    let path = folder + "/" + name
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return try PosixStorage(directory: path)
  }

  /// A new store with a segment, and its region.
  func open(
    _ name: String, segmentLength: Int, recordSectors: Int = 1 << 17, options: Options = Options()
  ) throws -> (RVM, Region) {
    let disk = try disk(name)
    try RVM.createLog("log", shape: LogShape(recordSectors: recordSectors), on: disk)
    try RVM.createSegment("segment", length: segmentLength, on: disk)
    let rvm = try RVM(log: "log", on: disk, options: options)
    return (rvm, try rvm.map("segment"))
  }

  static let segmentLength = Workload.memoryLength + Workload.historySlots * Workload.recordLength

  private mutating func measureLogBytes() throws {
    for workload in Workload.allCases {
      let (rvm, region) = try open("bytes-\(workload.rawValue)", segmentLength: Self.segmentLength)
      try LRVMWorker(LRVMStore(rvm: rvm, region: region), Draws(seed: 1)).run(2000, workload, .lazy)
      try rvm.flush()
      let statistics = rvm.query().statistics
      add(
        "log bytes to bytes declared, \(workload.rawValue)", "ratio",
        [Double(statistics.recordBytesWritten) / Double(statistics.bytesDeclared)],
        goal: workload == .w1 ? "at most 1.4" : "at most 2")
      try rvm.terminate()
    }
  }

  private mutating func measureAbort() throws {
    let (rvm, region) = try open("abort", segmentLength: Self.segmentLength)
    var draws = Draws(seed: 1)
    var times: [Double] = []
    let count = 50_000
    for _ in 0...repetitions {
      let start = Clock.processor()
      for _ in 0..<count {
        let transaction = try rvm.begin()
        try transaction.setRange(region, offset: draws.below(Workload.recordSlots) * 64, length: 64)
        transaction.abort()
      }
      times.append((Clock.processor() - start) * 1e6 / Double(count))
    }
    add("begin, setRange of 64 bytes, abort", "us", Array(times.dropFirst()), goal: "at most 0.3")
    try rvm.terminate()
  }

  private mutating func measureManyRanges() throws {
    let (rvm, region) = try open("ranges", segmentLength: Self.segmentLength)
    var draws = Draws(seed: 1)
    var few: [Double] = []
    var many: [Double] = []
    for _ in 0...repetitions {
      for (ranges, transactions) in [(100, 1000), (100_000, 1)] {
        let start = Clock.processor()
        for _ in 0..<transactions {
          let transaction = try rvm.begin()
          for _ in 0..<ranges {
            // Of 32 bytes every 16 bytes, so that most overlap others.
            let place = 16 * draws.below(ranges)
            try transaction.setRange(region, offset: place, length: 32)
          }
          try transaction.commit(.noFlush)
        }
        let time = (Clock.processor() - start) * 1e9 / Double(ranges * transactions)
        if ranges == 100 { few.append(time) } else { many.append(time) }
        try rvm.truncate()
      }
    }
    few.removeFirst()
    many.removeFirst()
    let ratios = zip(many, few).map { $0 / $1 }
    add("a range in a transaction of 100 with overlaps", "ns", few, goal: "")
    add("a range in a transaction of 100,000 with overlaps", "ns", many, goal: "")
    add("the second to the first", "ratio", ratios, goal: "at most 3")
    try rvm.terminate()
  }

  /// The account accesses of the paper's benchmark (SOSP '93, section 7.1.1) over growing memory.
  private mutating func measurePatterns() throws {
    for megabytes in [1, 32, 256, 1024] {
      let length = megabytes << 20
      let (rvm, region) = try open(
        "pattern-\(megabytes)", segmentLength: length, options: Options(truncationThreshold: 1))
      let slots = length / 128
      for pattern in ["sequential", "random", "localized"] {
        var draws = Draws(seed: 1)
        var times: [Double] = []
        var next = 0
        let value = [UInt8](repeating: 7, count: 128)
        for _ in 0...repetitions {
          let count = 20_000
          let start = Clock.processor()
          for _ in 0..<count {
            let slot: Int
            switch pattern {
            case "sequential":
              slot = next
              next = (next + 1) % slots
            case "random": slot = draws.below(slots)
            default:
              // 70 % of the accesses to 5 % of the pages, 25 % to 15 %, 5 % to the rest.
              let draw = draws.below(100)
              let (first, share) = draw < 70 ? (0, 5) : draw < 95 ? (5, 15) : (20, 80)
              slot = min(slots - 1, slots * first / 100 + draws.below(max(1, slots * share / 100)))
            }
            let transaction = try rvm.begin()
            try value.withUnsafeBytes { _ in try transaction.setRange(region, offset: slot * 128, length: 128)
            }
            region.bytes.storeBytes(of: UInt64(slot), toByteOffset: slot * 128, as: UInt64.self)
            try transaction.commit(.noFlush)
          }
          times.append((Clock.processor() - start) * 1e6 / Double(count))
          try rvm.truncate()
        }
        add(
          "one account, \(pattern), \(megabytes) MiB of accounts, lazily durable", "us",
          Array(times.dropFirst()),
          goal: "")
      }
      try rvm.terminate()
    }
  }

  /// Clients of the Coda file system, as the paper tells of them (section 5.2 and 7.3): defensive programming
  /// declares the same ranges twice in a transaction; a burst of operations on one directory changes the same
  /// directory again and again, and only the last of these changes needs to reach the log.
  private mutating func measureSavings() throws {
    let (rvm, region) = try open("savings", segmentLength: 8 << 20)
    var draws = Draws(seed: 1)
    for burst in 0..<500 {
      let directory = draws.below(1000) * 4096
      for operation in 0..<2 + draws.below(14) {
        draws.advance()
        let transaction = try rvm.begin()
        // The directory's contents, and its status: twice, by the caller and by what it calls.
        for _ in 0..<2 { try transaction.setRange(region, offset: directory, length: 1024) }
        try transaction.setRange(region, offset: directory + 960, length: 128)
        region.bytes.storeBytes(of: draws.number, toByteOffset: directory + 16 * operation, as: UInt64.self)
        try transaction.commit(.noFlush)
        // One operation in four makes an object of its own.
        if draws.below(4) == 0 {
          let object = try rvm.begin()
          let offset = 4 << 20 | draws.below(8192) * 256
          for _ in 0..<2 { try object.setRange(region, offset: offset, length: 256) }
          try object.commit(.noFlush)
        }
      }
      if burst % 4 == 3 { try rvm.flush() }
    }
    try rvm.flush()
    let statistics = rvm.query().statistics
    let saved = statistics.bytesSavedIntraTransaction + statistics.bytesSavedInterTransaction
    let all = Double(saved + statistics.recordBytesWritten)
    for (name, bytes) in [
      ("within transactions", statistics.bytesSavedIntraTransaction),
      ("between transactions", statistics.bytesSavedInterTransaction), ("in all", saved),
    ] {
      add(
        "log bytes saved with the locality of Coda's clients, \(name)", "share", [Double(bytes) / all],
        goal: name == "in all" ? "at least 0.5" : "")
    }
    try rvm.terminate()
  }

  private mutating func measureRecovery() throws {
    let name = "recovery"
    let disk = try disk(name)
    let place = folder + "/" + name
    let recordSectors = 1 << 17
    try RVM.createLog("log", shape: LogShape(recordSectors: recordSectors), on: disk)
    try RVM.createSegment("segment", length: Self.segmentLength, on: disk)
    let logBytes = try fillLog(of: disk, leaving: 8192)
    var scans: [Double] = []
    var scansByProcessor: [Double] = []
    var recoveries: [Double] = []
    var processor: [Double] = []
    var inParts: [Double] = []
    for repetition in 0...max(3, repetitions) {
      let copied = try copyForRecovery(place)
      let start = Clock.wall()
      let startProcessor = Clock.processor()
      let records = try RVM.scan(log: "log", on: copied)
      let scanned = Clock.wall()
      let scannedProcessor = Clock.processor()
      // Enough to keep the log and the table of its ranges.
      let summary = try RVM.recover(log: "log", on: copied, redoBytesMax: 1 << 27)
      let recovered = Clock.wall()
      let recoveredProcessor = Clock.processor()
      let again = try copyForRecovery(place)
      let beginning = Clock.wall()
      let other = try RVM.recover(log: "log", on: again)
      let end = Clock.wall()
      guard records == summary.recordsRecovered, records == other.recordsRecovered else {
        throw BenchmarkError(
          "\(records) records were scanned, \(summary.recordsRecovered) and \(other.recordsRecovered) recovered"
        )
      }
      if repetition == 0 { continue }
      scansByProcessor.append(logBytes / (scannedProcessor - startProcessor) / 1e9)
      scans.append(logBytes / (scanned - start) / 1e9)
      recoveries.append(recovered - scanned)
      processor.append(recoveredProcessor - scannedProcessor)
      inParts.append(end - beginning)
    }
    add("recovery of a log of 64 MiB of W1, warm", "s", recoveries, goal: "at most 0.1")
    add("its processor time", "s", processor, goal: "")
    add("the same with the memory that recovery has by default, in two parts", "s", inParts, goal: "")
    add("scanning that log", "GB/s", scans, goal: "at least 2")
    add("the same by processor time", "GB/s", scansByProcessor, goal: "")
  }

  /// A copy of the log and the segment in the folder `place`, which recovery changes.
  private func copyForRecovery(_ place: String) throws -> PosixStorage {
    // The log names its segment, so the copies take the names in a folder of their own.
    let copies = "\(place)/copies"
    try? FileManager.default.removeItem(atPath: copies)
    try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
    for file in ["log", "segment"] {
      try FileManager.default.copyItem(atPath: "\(place)/\(file)", toPath: "\(copies)/\(file)")
    }
    sync()
    return try PosixStorage(directory: copies)
  }

  /// Leaves a log that is filled with W1 but for this many sectors, as a crash does: closed without truncation.
  ///
  /// - Returns: how long its records are, in bytes.
  private func fillLog(of disk: PosixStorage, leaving sectors: Int) throws -> Double {
    let rvm = try RVM(
      log: "log", on: disk, options: Options(truncationDriver: .stepped, truncationThreshold: 1))
    let worker = LRVMWorker(LRVMStore(rvm: rvm, region: try rvm.map("segment")), Draws(seed: 1))
    while rvm.query().logSectorsUsed < rvm.query().logSectors - sectors { try worker.run(500, .w1, .lazy) }
    try rvm.flush()
    return Double(rvm.query().logSectorsUsed * 512)
  }

  private mutating func measureMap() throws {
    let disk = try disk("map")
    try RVM.createLog("log", on: disk)
    try RVM.createSegment("segment", length: 1 << 30, on: disk)
    let rvm = try RVM(log: "log", on: disk)
    try rvm.unmap(rvm.map("segment"))
    for (name, mapping, goal) in [("copied", Mapping.copying, ""), ("on demand", .onDemand, "at most 10")] {
      var times: [Double] = []
      for _ in 0..<max(3, repetitions / 2) {
        let start = Clock.wall()
        let region = try rvm.map("segment", mapping: mapping)
        times.append((Clock.wall() - start) * 1e3)
        try rvm.unmap(region)
      }
      add("mapping 1 GiB, \(name)", "ms", times, goal: goal)
    }
    try rvm.terminate()
  }
}
