import Glibc

/// Time since it was made, for `Latencies` and for nothing that the engine decides.
struct Stopwatch {
  private let start = Self.now()

  var nanoseconds: Int { Self.now() - start }

  static func now() -> Int {
    var time = timespec()
    // It fails for no clock that exists; then all durations are 0.
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
