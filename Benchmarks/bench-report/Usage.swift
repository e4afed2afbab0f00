import Glibc

/// What this process, and the ones that it waited for, took of the machine.
enum Usage {
  /// The most memory that this process had at once, in MiB.
  static var peakMiB: Int { of(RUSAGE_SELF).ru_maxrss >> 10 }

  /// Processor time in seconds: this process's own, and that of the processes that it started and that have ended.
  static var processorSeconds: Double {
    [of(RUSAGE_SELF), of(RUSAGE_CHILDREN)].reduce(0) { $0 + seconds($1.ru_utime) + seconds($1.ru_stime) }
  }

  private static func of(_ who: __rusage_who) -> rusage {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(who.rawValue), &usage)
    return usage
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

/// A number with this many digits behind the point.
func decimal(_ value: Double, _ digits: Int = 1) -> String {
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return "\(value < 0 ? "-" : "")\(scaled / scale).\(zeros)\(fraction)"
}
