import LRVM
import Storage
import Testing

/// Transactions that each store their number at three places, on a log of 8 sectors that wraps and is truncated; every eighth
/// fills more than half of it. What was promised, and what may be there, is known at each moment.
struct CountingWorkload {
  static let turns: UInt64 = 24
  private static let large = (offset: 6200, length: 1900)

  /// The last transaction that is promised, and the last that was attempted and may be there or not.
  var acknowledged: UInt64 = 0
  var attempted: UInt64 = 0
  var failure: RVMError?

  static func create(on disk: any Storage) throws {
    try SmallLog.create(on: disk, shape: LogShape(recordSectors: 8, statusLength: 512), segments: ["a", "b"])
  }

  /// Runs until it ends or a call fails.
  static func run(_ disk: any Storage, _ options: Options) -> CountingWorkload {
    var progress = CountingWorkload()
    do throws(RVMError) {
      var rvm = try RVM(log: "log", on: disk, options: options)
      var a = try rvm.map("a")
      for turn in 1...turns {
        progress.attempted = turn
        try put(turn, in: a, of: rvm, turn % 3 == 0 ? .flush : .noFlush)
        if turn % 3 == 0 { progress.acknowledged = turn }
        while try rvm.truncationStep() {}
        switch turn {
        case 7:
          try rvm.unmap(a)
          a = try rvm.map("a")
          progress.acknowledged = turn
        case 13:
          try rvm.terminate()
          progress.acknowledged = turn
          rvm = try RVM(log: "log", on: disk, options: options)
          a = try rvm.map("a")
        case 19:
          try rvm.map("b").withBytes { _ in }
        default: break
        }
      }
      try rvm.terminate()
      progress.acknowledged = progress.attempted
    } catch {
      progress.failure = error
    }
    return progress
  }

  static func put(_ turn: UInt64, in region: Region, of rvm: RVM, _ mode: CommitMode) throws(RVMError) {
    let transaction = try rvm.begin()
    try transaction.store(turn, in: region, at: 0)
    try transaction.store(turn, in: region, at: 8184)
    try transaction.store(turn, in: region, at: 256 * Int(turn))
    if turn % 8 == 0 {
      try transaction.modify(
        region, at: large.offset, with: [UInt8](repeating: UInt8(turn), count: large.length))
    }
    try transaction.commit(mode)
  }

  /// The number of transactions that the region shows: all of each, and none of a later one.
  static func found(in region: Region, _ context: @autoclosure () -> String) -> UInt64 {
    let found = region.load(UInt64.self, at: 0)
    var isWhole = found <= turns && region.load(UInt64.self, at: 8184) == found
    for turn in 1...turns {
      isWhole = isWhole && region.load(UInt64.self, at: 256 * Int(turn)) == (turn <= found ? turn : 0)
    }
    let wanted = UInt8(found / 8 * 8)
    isWhole =
      isWhole
      && region.withBytes { span in
        unsafe span.extracting(large.offset..<large.offset + large.length).withUnsafeBytes { bytes in
          unsafe bytes.allSatisfy { $0 == wanted }
        }
      }
    #expect(isWhole, "\(context()): transactions are half there")
    return found
  }
}
