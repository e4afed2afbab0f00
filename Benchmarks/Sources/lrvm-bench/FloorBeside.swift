import Foundation
import Glibc
import Synchronization

/// Floor B while another thread writes and syncs another file: what the disk makes a commit wait beside a truncation.
///
/// That thread writes as a truncation of a small log does, and does nothing else: for each 1024 direct writes the records
/// of as many transactions of W1, in order of place, and then syncs them.
final class FloorBeside: @unchecked Sendable {
  private static let writesTogether = 1024

  private let floor: FloorB
  private let descriptor: CInt
  private var draws = Draws(seed: 1)
  private let written = Atomic<Int>(0)
  private let hasEnded = Atomic<Bool>(false)
  private let failure = Mutex<BenchmarkError?>(nil)

  /// Nil where the file system has no direct writes.
  init?(_ folder: String) throws {
    guard let floor = try FloorB(folder) else { return nil }
    self.floor = floor
    descriptor = open(folder + "/floor-beside", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    let zeros = [UInt8](repeating: 0, count: Workload.memoryLength)
    guard descriptor >= 0, pwrite(descriptor, zeros, zeros.count, 0) == zeros.count, fsync(descriptor) == 0
    else {
      throw BenchmarkError("cannot create the file beside floor B: errno \(errno)")
    }
  }

  deinit { close(descriptor) }

  /// The 99th percentile of direct writes, in microseconds: alone, and beside that thread.
  func percentiles(writes: Int) throws -> (alone: Double, beside: Double) {
    let alone = try percentile(writes)
    hasEnded.store(false, ordering: .relaxed)
    written.store(0, ordering: .relaxed)
    let group = DispatchGroup()
    group.enter()
    Thread.detachNewThread { [self] in
      writeAndSync()
      group.leave()
    }
    defer { group.wait() }
    defer { hasEnded.store(true, ordering: .relaxed) }
    let beside = try percentile(writes)
    if let failure = failure.withLock({ $0 }) { throw failure }
    return (alone, beside)
  }

  private func percentile(_ writes: Int) throws -> Double {
    try Spread.percentile99(
      (0..<writes).map { _ in
        let start = Clock.wall()
        try floor.run(1, .w1, .durable)
        written.add(1, ordering: .relaxed)
        return (Clock.wall() - start) * 1e6
      })
  }

  private func writeAndSync() {
    let value = [UInt8](repeating: 7, count: Workload.accountLength)
    var begun = 0
    while !hasEnded.load(ordering: .relaxed) {
      if written.load(ordering: .relaxed) < begun {
        usleep(100)
        continue
      }
      begun += Self.writesTogether
      let places = (0..<3 * Self.writesTogether).map { _ in draws.below(Workload.accountSlots) }.sorted()
      for place in places {
        let count = pwrite(descriptor, value, value.count, off_t(place * value.count))
        if count != value.count { return fail("write") }
      }
      if fdatasync(descriptor) != 0 { return fail("sync") }
    }
  }

  private func fail(_ what: String) {
    failure.withLock { $0 = BenchmarkError("cannot \(what) the file beside floor B: errno \(errno)") }
  }
}
