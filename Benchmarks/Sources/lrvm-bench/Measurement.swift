import Foundation
import Glibc
import Synchronization

/// How much one engine did in a stretch of time.
struct Measurement {
  var transactions: Int
  var seconds: Double
  /// Of the whole process: also what threads of the engine did meanwhile.
  var processorSeconds: Double

  var transactionsPerSecond: Double { Double(transactions) / seconds }
  var processorMicroseconds: Double { processorSeconds * 1e6 / Double(transactions) }

  /// Runs transactions on `threads` threads for `seconds`, or until there are `transactionsMax`.
  static func run(
    _ engine: any Engine, _ workload: Workload, _ durability: Durability, threads: Int, seconds: Double,
    transactionsMax: Int
  ) throws -> Measurement {
    let batch = durability == .durable ? 1 : 100
    let workers = try (0..<threads).map { try engine.worker($0) }
    let done = Atomic<Int>(0)
    let failure = Mutex<(any Error)?>(nil)
    // The engine settles, and its files are in the cache.
    for worker in workers { try worker.run(batch, workload, durability) }
    try engine.flush()
    let start = Clock.wall()
    let startProcessor = Clock.processor()
    let work: @Sendable (any Worker) -> Void = { worker in
      do {
        while Clock.wall() - start < seconds, done.load(ordering: .relaxed) < transactionsMax {
          try worker.run(batch, workload, durability)
          done.add(batch, ordering: .relaxed)
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if threads == 1 {
      work(workers[0])
    } else {
      let group = DispatchGroup()
      for worker in workers {
        group.enter()
        Thread.detachNewThread {
          work(worker)
          group.leave()
        }
      }
      group.wait()
    }
    try engine.flush()
    let measurement = Measurement(
      transactions: done.load(ordering: .relaxed), seconds: Clock.wall() - start,
      processorSeconds: Clock.processor() - startProcessor)
    if let failure = failure.withLock({ $0 }) { throw failure }
    try engine.rest()
    return measurement
  }
}

/// Times in seconds.
enum Clock {
  static func wall() -> Double { read(CLOCK_MONOTONIC) }
  /// The processor time of this process.
  static func processor() -> Double { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    precondition(clock_gettime(clock, &time) == 0, "clock_gettime failed")
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A median with its minimum and maximum.
struct Spread: Codable {
  var median: Double
  var minimum: Double
  var maximum: Double

  init(_ values: [Double]) {
    let sorted = values.sorted()
    precondition(!sorted.isEmpty, "a spread of nothing")
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
  }

  /// The 99th percentile of values of any order.
  static func percentile99(_ values: [Double]) -> Double { values.sorted()[values.count * 99 / 100] }
}
