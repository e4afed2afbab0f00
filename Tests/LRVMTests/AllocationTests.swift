import CAllocations
import LRVM
import Testing

/// Once it has run, the path of a transaction takes no memory.
///
/// Where the compiler does not optimize, it takes some itself for the frames of accessors, and gives it back: there the test sees
/// that none is kept. `swift test --configuration release -Xswiftc -enable-testing` sees that none is taken.
@Suite struct AllocationTests {
  private static let rounds = 300
  private let directory: TemporaryDirectory
  private let rvm: RVM
  private let region: Region

  init() throws {
    directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try RVM.createLog("log", shape: LogShape(recordSectors: 8192), on: disk)
    try RVM.createSegment("segment", length: 64 * RVM.pageLength, on: disk)
    rvm = try RVM(log: "log", on: disk, options: Options(truncationDriver: .stepped))
    region = try rvm.map("segment")
  }

  private enum End: CaseIterable {
    case commit, abort, drop
  }

  /// Transactions of 1 to 8 ranges, some of which overlap, two of them open at a time.
  private func run(_ mode: BeginMode, _ end: End) throws {
    for round in 0..<Self.rounds {
      let other = try rvm.begin(mode)
      let transaction = try rvm.begin(mode)
      try other.store(UInt64(round), in: region, at: 0)
      for range in 0...round % 8 {
        try transaction.store(UInt64(round), in: region, at: 4096 + (round * 5 + range * 7) % 60_000)
      }
      switch end {
      case .commit:
        try transaction.commit(.noFlush)
        try other.commit(.noFlush)
      case .abort:
        transaction.abort()
        other.abort()
      case .drop:
        break
      }
    }
  }

  @Test(arguments: [BeginMode.restore, .noRestore]) func noneOnceItHasRun(_ mode: BeginMode) throws {
    // Under a sanitizer nothing is counted, and the same code runs.
    for end in End.allCases {
      // One spool gathers while the other one is written: both have room afterwards.
      for _ in 0..<2 {
        try run(mode, end)
        try rvm.flush()
      }
      let kept = callocations_kept_by_this_thread()
      #if !DEBUG
        let taken = callocations_of_this_thread()
      #endif
      try run(mode, end)
      // Both before an expectation, which may keep something itself.
      let keptNow = callocations_kept_by_this_thread()
      #if !DEBUG
        let takenNow = callocations_of_this_thread()
        #expect(takenNow == taken, "\(mode), \(end)")
      #endif
      #expect(keptNow == kept, "\(mode), \(end)")
      try rvm.truncate()
    }
    #expect(rvm.query().openTransactions == 0)
  }

  /// Or the test above would prove nothing.
  @Test func thisThreadsAllocationsAreCounted() {
    let before = callocations_of_this_thread()
    let values = Array(repeating: before, count: 100 + Int.random(in: 0..<10))
    #expect((callocations_of_this_thread() > before) == callocations_are_counted())
    #expect(values.count >= 100)
  }
}
