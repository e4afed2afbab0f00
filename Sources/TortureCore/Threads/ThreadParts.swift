internal import SeededRandom

/// The workload of a case whose clients are threads: each has a part of every segment to itself, and runs the scenario's workload there.
///
/// Transactions of different threads never touch the same bytes, since serializability is the application's business. So what the
/// parts hold after some commits does not depend on how the threads were interleaved, but for the order of the commits.
///
/// The operations of all threads are one list, thread after thread; an operation that names no client is done by the one
/// whose operation comes before it.
struct ThreadParts {
  private let scenario: Scenario
  let count: Int

  init(_ scenario: Scenario) {
    self.scenario = scenario
    count = scenario.threads.count
  }

  /// The bytes of a thread's part of a segment.
  func range(segment: Int, thread: Int) -> Range<Int> {
    let length = scenario.segments[segment].length / count
    return length * thread..<length * (thread + 1)
  }

  /// What each thread runs, as a scenario of its own, whose segments are the parts.
  var scenarioOfEach: Scenario {
    var part = scenario
    part.threads = .none
    part.workload.clients = 1
    part.workload.transactions = max(1, (scenario.workload.transactions + count - 1) / count)
    // The store is closed once all threads have ended.
    part.workload.between.none += part.workload.between.reopen
    part.workload.between.reopen = 0
    for index in part.segments.indices { part.segments[index].length /= count }
    return part
  }

  /// The operations that the seed decides.
  func operations(seed: UInt64) -> [Operation] {
    let part = scenarioOfEach
    return (0..<count).flatMap { thread in
      let seed = SplitMix64(seed: seed).split("thread").split(UInt64(thread)).key
      return Workload(scenario: part, seed: seed).operations.map { operation in
        guard case .write(_, let segment, let offset, let bytes) = operation else {
          return operation.by(thread)
        }
        return .write(
          client: thread, segment: segment,
          offset: range(segment: segment, thread: thread).lowerBound + offset,
          bytes: bytes)
      }
    }
  }

  /// The places of each thread's operations in the list.
  func places(of operations: [Operation]) -> [[Int]] {
    var places = [[Int]](repeating: [], count: count)
    var thread = 0
    for (place, operation) in operations.enumerated() {
      thread = operation.client ?? thread
      places[thread].append(place)
    }
    return places
  }

  /// A thread's parts of the segments.
  func images(of thread: Int, in images: [[UInt8]]) -> [[UInt8]] {
    images.indices.map { segment in
      Array(images[segment][range(segment: segment, thread: thread)])
    }
  }

  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    let count = scenario.threads.count
    if count == 0 { return [] }
    var problems: [ScenarioConsistency.Problem] = []
    if scenario.workload.clients > 1 {
      problems.append(
        .init(
          path: "workload.clients",
          message: "workload.clients: expected 1, since each of the \(count) threads is a client, found "
            + "\(scenario.workload.clients)"))
    }
    if !(scenario.systemUnderTest is any ThreadedSystem.Type) {
      problems.append(
        .init(
          path: "threads.count",
          message:
            "threads.count: expected 0, since the system '\(scenario.system.name)' has no clients that are "
            + "threads, found \(count)"))
    }
    if scenario.disk.profile.isMemory {
      problems.append(
        .init(
          path: "disk.profile",
          message: "disk.profile: expected that of a disk, since the scenario has threads, found "
            + scenario.disk.profile.rawValue))
    }
    for (index, segment) in scenario.segments.enumerated() where !segment.length.isMultiple(of: count * 4096)
    {
      problems.append(
        .init(
          path: "segments[\(index)].length",
          message:
            "segments[\(index)].length: expected a multiple of \(count * 4096), 4096 bytes for each of the "
            + "\(count) threads, found \(segment.length)"))
    }
    return problems
  }
}
