import LRVM

extension Figures {
  /// Durable commits while a truncation runs, and while none does.
  mutating func measureTruncation() throws {
    // A log of four times the memory that is changed: 128 MiB. Each truncation begins when it is half full, by default.
    let recordSectors = 4 * Workload.memoryLength / 512
    let idle = try load("truncation-idle", recordSectors, threshold: 1)
    let running = try load("truncation-running", recordSectors, threshold: Options().truncationThreshold)
    // One of 4 MiB, whose truncations write a page for nearly every record: the disk does nothing else.
    let small = try load("truncation-small", 1 << 13, threshold: 0.25)
    var times: (idle: [Double], running: [Double], small: [Double]) = ([], [], [])
    let floor = try FloorBeside(folder)
    var floors: [(alone: Double, beside: Double)] = []
    for _ in 0..<repetitions {
      try times.idle.append(idle.percentile(commits: 2500))
      try times.running.append(running.percentileOfTruncation())
      try times.small.append(small.percentile(commits: 2500))
      if let floor { floors.append(try floor.percentiles(writes: 2500)) }
    }
    let ratios = zip(times.running, times.idle).map { $0 / $1 }
    add("99th percentile of a durable W1, no truncation", "us", times.idle, goal: "")
    add("the same while a log of 128 MiB is truncated", "us", times.running, goal: "")
    add("the second to the first", "ratio", ratios, goal: "at most 2")
    add("commits during such a truncation", "count", running.commitsDuringTruncations, goal: "")
    add("the same, a log of 4 MiB that is truncated all the time", "us", times.small, goal: "")
    add("the third to the first", "ratio", zip(times.small, times.idle).map { $0 / $1 }, goal: "at most 2")
    add("truncations meanwhile", "count", [Double(small.truncationsFinished)], goal: "")
    if !floors.isEmpty {
      add("99th percentile of floor B", "us", floors.map(\.alone), goal: "")
      add(
        "the same beside a file of which three records are written for each, and synced", "us",
        floors.map(\.beside), goal: "")
    }
    for load in [idle, running, small] { try load.rvm.terminate() }
  }

  private func load(_ name: String, _ recordSectors: Int, threshold: Double) throws -> TruncationLoad {
    let store = try open(
      name, segmentLength: Self.segmentLength, recordSectors: recordSectors,
      options: Options(truncationThreshold: threshold))
    return TruncationLoad(store, threshold: threshold)
  }
}

/// One store whose commits are timed one by one.
private final class TruncationLoad {
  let rvm: RVM
  private let worker: LRVMWorker
  /// How many commits there were in each truncation that was waited for.
  private(set) var commitsDuringTruncations: [Double] = []

  private let threshold: Double

  init(_ store: (rvm: RVM, region: Region), threshold: Double) {
    rvm = store.rvm
    self.threshold = threshold
    worker = LRVMWorker(LRVMStore(rvm: store.rvm, region: store.region), Draws(seed: 1))
  }

  var truncationsFinished: Int { rvm.query().statistics.truncationsFinished }

  /// The 99th percentile of the next commits, in microseconds.
  func percentile(commits: Int) throws -> Double {
    try Spread.percentile99((0..<commits).map { _ in try commitTime() })
  }

  /// The same of those from the beginning of the next truncation to its end.
  func percentileOfTruncation() throws -> Double {
    try fillToThreshold()
    let finished = truncationsFinished
    var times: [Double] = []
    while truncationsFinished == finished { for _ in 0..<50 { times.append(try commitTime()) } }
    commitsDuringTruncations.append(Double(times.count))
    return Spread.percentile99(times)
  }

  /// Fills the log until the next commits begin a truncation.
  private func fillToThreshold() throws {
    while true {
      let query = rvm.query()
      let left = Int(threshold * Double(query.logSectors)) - query.logSectorsUsed
      if left < 16 { return }
      // A transaction of W1 takes less than two sectors.
      try worker.run(max(1, min(1000, left / 4)), .w1, .lazy)
      try rvm.flush()
    }
  }

  private func commitTime() throws -> Double {
    let start = Clock.wall()
    try worker.run(1, .w1, .durable)
    return (Clock.wall() - start) * 1e6
  }
}
