/// How long durable commits took since the log was opened, and what they waited for (`RVM.latencies`).
public struct Latencies: Hashable, Sendable {
  /// From the call of `commit(.flush)` to its return.
  public var commits = LatencyHistogram()
  /// Writing one batch to the log and making it durable.
  public var batches = LatencyHistogram()
  /// Waiting for truncation to free space, since the log was full.
  public var logFullWaits = LatencyHistogram()

  public init() {}
}

/// Counts of durations, in steps of an eighth of their size: a quantile is at most that much too large.
public struct LatencyHistogram: Hashable, Sendable {
  /// How many durations were counted.
  public private(set) var count = 0
  /// The sum of all, in nanoseconds.
  public private(set) var totalNanoseconds = 0
  public private(set) var largestNanoseconds = 0
  /// By step; empty until the first is counted.
  private var counts: [Int] = []

  private static let stepsPerPower = 8
  /// Powers of 2 up to 2^47 ns, which is more than a day.
  private static let powers = 48

  public init() {}

  mutating func add(nanoseconds: Int) {
    let nanoseconds = max(0, nanoseconds)
    if counts.isEmpty { counts = Array(repeating: 0, count: Self.powers * Self.stepsPerPower) }
    counts[min(Self.step(nanoseconds), counts.count - 1)] += 1
    count += 1
    totalNanoseconds += nanoseconds
    largestNanoseconds = max(largestNanoseconds, nanoseconds)
  }

  /// The duration that a share of all did not exceed, in nanoseconds; 0 where none was counted.
  ///
  /// - Parameter share: from 0 to 1: 0.99 for the 99th percentile.
  public func nanoseconds(atQuantile share: Double) -> Int {
    let wanted = max(1, Int((Double(count) * min(1, max(0, share))).rounded(.up)))
    var seen = 0
    for (step, count) in counts.enumerated() where count > 0 {
      seen += count
      if seen >= wanted { return min(largestNanoseconds, Self.end(ofStep: step) - 1) }
    }
    return 0
  }

  private static func step(_ nanoseconds: Int) -> Int {
    if nanoseconds < stepsPerPower { return nanoseconds }
    let power = Int.bitWidth - 1 - nanoseconds.leadingZeroBitCount
    // The three bits below the highest one.
    return (power - 2) * stepsPerPower + nanoseconds >> (power - 3) & (stepsPerPower - 1)
  }

  /// The first duration behind a step.
  private static func end(ofStep step: Int) -> Int {
    if step < stepsPerPower { return step + 1 }
    let power = step / stepsPerPower + 2
    return (stepsPerPower + step % stepsPerPower + 1) << (power - 3)
  }
}
