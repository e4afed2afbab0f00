import Glibc

/// Times in seconds, and memory.
enum Clocks {
  static func wall() -> Double { seconds(CLOCK_MONOTONIC) }

  /// The processor time of this process.
  static func processor() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    if unsafe clock_gettime(clock, &time) != 0 {
      fatalError("clock_gettime(\(clock)) failed: errno \(errno)")
    }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The most memory that this process has held.
  static func peakMemoryKiB() -> Int {
    var usage = rusage()
    if unsafe getrusage(RUSAGE_SELF.rawValue, &usage) != 0 { fatalError("getrusage failed: errno \(errno)") }
    return usage.ru_maxrss
  }
}
