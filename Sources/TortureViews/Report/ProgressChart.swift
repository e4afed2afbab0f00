import BigInt
import Glibc
import TortureCampaign

/// How many crash states were executed, and how many these stand for, by when: two lines over the seconds. Where the
/// covered ones outgrow the executed ones by far, the scale goes in powers of ten.
struct ProgressChart {
  private let series: ProgressSeries

  private static let width = 720.0
  private static let height = 220.0
  private static let left = 90.0
  private static let bottom = 30.0

  /// Nil where nothing was done.
  init?(_ series: ProgressSeries) {
    guard !series.buckets.isEmpty else { return nil }
    self.series = series
  }

  var svg: String {
    var executed = [BigUInt(0)]
    var covered = [BigUInt(0)]
    for bucket in series.buckets {
      executed.append((executed.last ?? 0) + BigUInt(bucket.executed))
      covered.append((covered.last ?? 0) + (BigUInt(bucket.covered) ?? 0))
    }
    let seconds = series.bucketSeconds * series.buckets.count
    let executedEnd = max(executed.last ?? 1, 1)
    let top = max(executedEnd, covered.last ?? 1)
    let isLogarithmic = top > 50 * executedEnd
    func y(share: Double) -> Double { Self.height - Self.bottom - share * (Self.height - Self.bottom - 16) }
    func y(_ value: BigUInt) -> Double {
      y(share: isLogarithmic ? Self.powerOfTen(value) / Self.powerOfTen(top) : Double(value) / Double(top))
    }
    func x(_ index: Int) -> Double {
      Self.left + Double(index) / Double(series.buckets.count) * (Self.width - Self.left - 16)
    }
    func path(_ values: [BigUInt]) -> String {
      values.enumerated().map { "\($0 == 0 ? "M" : "L")\(Self.short(x($0))) \(Self.short(y($1)))" }.joined()
    }
    let ticks = [0, 0.5, 1].map { share -> String in
      let middle = isLogarithmic ? BigUInt(10).power(Int(Self.powerOfTen(top) / 2)) : top / 2
      let value = share == 0 ? 0 : share == 1 ? top : middle
      let line = Self.short(y(value))
      return
        "<line class=\"axis\" x1=\"\(Self.short(Self.left))\" y1=\"\(line)\" x2=\"\(Self.short(Self.width - 16))\" y2=\"\(line)\"/>"
        + "<text class=\"small\" text-anchor=\"end\" x=\"\(Self.short(Self.left - 6))\" y=\"\(line)\">\(Figure.compact(value))</text>"
    }
    let said =
      "Crash states over \(TimeLimit.text(seconds: seconds)): \(Figure.compact(executed.last ?? 0)) executed, "
      + "\(Figure.compact(covered.last ?? 0)) covered"
    let base = Self.short(Self.height - 12)
    return """
      <svg class="course" role="img" aria-label="\(said)" viewBox="0 0 720 244"><title>\(said)</title>
      \(ticks.joined(separator: "\n"))
      <path class="executed" d="\(path(executed))"/>
      <path class="covered" d="\(path(covered))"/>
      <text class="small" x="\(Self.short(Self.left))" y="\(base)">0s</text>
      <text class="small" text-anchor="end" x="704" y="\(base)">\(TimeLimit.text(seconds: seconds))</text>
      <path class="executed" d="M96 228L126 228"/><text class="small" x="132" y="232">executed</text>
      <path class="covered" d="M216 228L246 228"/><text class="small" x="252" y="232">covered\(isLogarithmic ? " (scale in powers of ten)" : "")</text>
      </svg>
      """
  }

  /// One digit behind the point.
  private static func short(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  /// The decimal logarithm, also of a number that no Double holds; 0 for 0.
  private static func powerOfTen(_ value: BigUInt) -> Double {
    let excess = max(0, value.bitWidth - 64)
    return value == 0 ? 0 : log10(Double(value >> excess)) + Double(excess) * log10(2)
  }
}
