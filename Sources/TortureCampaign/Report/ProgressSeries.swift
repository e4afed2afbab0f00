internal import BigInt
package import TortureCore

/// What a campaign had done by when: its course in at most `bucketsMax` stretches of equal length.
///
/// The length is a power of two, in seconds, and doubles whenever the stretches no longer suffice. So the series of two
/// campaigns add up to the same one in whatever order they are added.
package struct ProgressSeries: Codable, Hashable, Sendable {
  /// What one stretch of time brought.
  package struct Bucket: Codable, Hashable, Sendable {
    package var cases = 0
    /// Crash states that were recovered and judged.
    package var executed = 0
    /// Crash states that these stand for, in decimal digits: no machine word holds them.
    package var covered = "0"
    package var violations = 0

    static func + (left: Bucket, right: Bucket) -> Bucket {
      var sum = left
      sum.cases += right.cases
      sum.executed += right.executed
      sum.covered = String((BigUInt(left.covered) ?? 0) + (BigUInt(right.covered) ?? 0))
      sum.violations += right.violations
      return sum
    }
  }

  package static let bucketsMax = 240

  /// How long a stretch is, in seconds.
  package private(set) var bucketSeconds = 1
  package private(set) var buckets: [Bucket] = []

  enum CodingKeys: String, CodingKey {
    case buckets
    case bucketSeconds = "bucket_seconds"
  }

  /// Nothing yet.
  package init() {}

  /// Adds a case's result that came after `seconds`.
  package mutating func add(_ result: CaseResult, atSeconds seconds: Double) {
    var bucket = Bucket()
    bucket.cases = 1
    bucket.executed = result.crashStates
    bucket.covered = String(result.covered)
    bucket.violations = result.violationCount
    let second = Int(max(0, min(seconds, 1e12)))
    while second / bucketSeconds >= Self.bucketsMax { coarsen() }
    let index = second / bucketSeconds
    while buckets.count <= index { buckets.append(Bucket()) }
    buckets[index] = buckets[index] + bucket
  }

  /// Both courses laid over each other, as if they had begun together.
  package static func + (left: ProgressSeries, right: ProgressSeries) -> ProgressSeries {
    var sum = left
    var other = right
    while sum.bucketSeconds < other.bucketSeconds { sum.coarsen() }
    while other.bucketSeconds < sum.bucketSeconds { other.coarsen() }
    while sum.buckets.count < other.buckets.count { sum.buckets.append(Bucket()) }
    for (index, bucket) in other.buckets.enumerated() { sum.buckets[index] = sum.buckets[index] + bucket }
    return sum
  }

  private mutating func coarsen() {
    bucketSeconds *= 2
    buckets = stride(from: 0, to: buckets.count, by: 2).map { index in
      index + 1 < buckets.count ? buckets[index] + buckets[index + 1] : buckets[index]
    }
  }
}
