import BigInt
import Glibc

/// How many crash states were executed, and how many these stand for, by when: two lines over the seconds. Where the
/// covered ones outgrow the executed ones by far, the scale goes in powers of ten.
struct CourseChart {
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
    var executed = [0.0]
    var covered = [0.0]
    var coveredSum = BigUInt(0)
    for bucket in series.buckets {
      executed.append((executed.last ?? 0) + Double(bucket.executed))
      coveredSum += BigUInt(bucket.covered) ?? 0
      covered.append(Double(coveredSum))
    }
    let seconds = series.bucketSeconds * series.buckets.count
    let top = max(executed.last ?? 1, covered.last ?? 1, 1)
    let isLogarithmic = top > 50 * max(executed.last ?? 1, 1)
    func y(_ value: Double) -> Double {
      let share = isLogarithmic ? (value < 1 ? 0 : log10(value) / log10(top)) : value / top
      return Self.height - Self.bottom - share * (Self.height - Self.bottom - 16)
    }
    func x(_ index: Int) -> Double {
      Self.left + Double(index) / Double(series.buckets.count) * (Self.width - Self.left - 16)
    }
    func path(_ values: [Double]) -> String {
      values.enumerated().map { "\($0 == 0 ? "M" : "L")\(Self.short(x($0))) \(Self.short(y($1)))" }.joined()
    }
    let ticks = [0, 0.5, 1].map { share -> String in
      let value = isLogarithmic ? pow(10, log10(top) * share) : top * share
      let line = Self.short(y(share == 0 ? 0 : value))
      return
        "<line class=\"axis\" x1=\"\(Self.short(Self.left))\" y1=\"\(line)\" x2=\"\(Self.short(Self.width - 16))\" y2=\"\(line)\"/>"
        + "<text class=\"small\" text-anchor=\"end\" x=\"\(Self.short(Self.left - 6))\" y=\"\(line)\">\(Self.figure(share == 0 ? 0 : value))</text>"
    }
    let said =
      "Crash states over \(TimeLimit.text(seconds: seconds)): \(Self.figure(executed.last ?? 0)) executed, "
      + "\(Self.figure(covered.last ?? 0)) covered"
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

  private static func figure(_ value: Double) -> String {
    guard value >= 1e7 else { return Figure.grouped(Int(value.rounded())) }
    let exponent = Int(log10(value))
    return "\(short(value / pow(10, Double(exponent))))e\(exponent)"
  }
}
