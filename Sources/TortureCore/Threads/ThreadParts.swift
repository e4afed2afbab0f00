internal import SeededRandom

/// The workload of a case whose clients are threads: each has a part of every segment to itself, and runs the scenario's workload there.
///
/// Transactions of different threads that run at the same time never touch the same bytes, since serializability is the application's
/// business. So what these parts hold after some commits does not depend on how the threads were interleaved, but for the order of the
/// commits. Where threads share a part, each transaction that commits also changes one of few places there, before which the
/// application takes a lock that it lets go after the commit: what these hold tells the order of commits of several threads.
///
/// The operations of all threads are one list, thread after thread; an operation that names no client is done by the one
/// whose operation comes before it.
struct ThreadParts {
  private let scenario: Scenario
  let count: Int
  private let parts: Int

  init(_ scenario: Scenario) {
    self.scenario = scenario
    count = scenario.threads.count
    parts = scenario.threads.parts
  }

  /// The bytes of a thread's part of a segment.
  func range(segment: Int, thread: Int) -> Range<Int> {
    let length = scenario.segments[segment].length / parts
    return length * thread..<length * (thread + 1)
  }

  /// The bytes that the threads share, of a segment; nil where they share none.
  func sharedRange(segment: Int) -> Range<Int>? {
    scenario.threads.isShared ? range(segment: segment, thread: count) : nil
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
    for index in part.segments.indices { part.segments[index].length /= parts }
    return part
  }

  /// The operations that the seed decides.
  func operations(seed: UInt64) -> [Operation] {
    let part = scenarioOfEach
    return (0..<count).flatMap { thread in
      let seed = SplitMix64(seed: seed).split("thread").split(UInt64(thread)).key
      let own = Workload(scenario: part, seed: seed).operations.map { operation -> Operation in
        guard case .write(_, let segment, let offset, let bytes) = operation else {
          return operation.by(thread)
        }
        return .write(
          client: thread, segment: segment,
          offset: range(segment: segment, thread: thread).lowerBound + offset,
          bytes: bytes)
      }
      return scenario.threads.isShared ? addSharedWrites(to: own, of: thread, seed) : own
    }
  }

  private static let sharedPlaces = 2
  private static let sharedPlaceLength = 16

  /// Has each transaction that commits change a place that all threads share, as its last range.
  private func addSharedWrites(to operations: [Operation], of thread: Int, _ seed: UInt64) -> [Operation] {
    guard let shared = sharedRange(segment: 0) else { return operations }
    var random = SplitMix64(seed: seed).split("shared")
    return operations.flatMap { operation -> [Operation] in
      guard operation.isCommit else { return [operation] }
      let bytes = (0..<Self.sharedPlaceLength).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let place = Int(random.next() % UInt64(Self.sharedPlaces))
      return [
        .write(
          client: thread, segment: 0, offset: shared.lowerBound + place * Self.sharedPlaceLength, bytes: bytes
        ),
        operation,
      ]
    }
  }

  /// What the transaction that a commit ends changed of what the threads share.
  func sharedWrites(before commit: Int, in operations: [Operation]) -> [Operation] {
    operations[..<commit].reversed().prefix { operation in
      if case .begin = operation { false } else { true }
    }.reversed().filter { operation in
      guard case .write(_, let segment, let offset, _) = operation else { return false }
      return sharedRange(segment: segment)?.contains(offset) ?? false
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
    let length = scenario.threads.parts * 4096
    for (index, segment) in scenario.segments.enumerated() where !segment.length.isMultiple(of: length) {
      problems.append(
        .init(
          path: "segments[\(index)].length",
          message:
            "segments[\(index)].length: expected a multiple of \(length), 4096 bytes for each of the "
            + "\(count) threads\(scenario.threads.isShared ? " and for what they share" : ""), found \(segment.length)"
        ))
    }
    if scenario.threads.isShared && scenario.workload.between.remap > 0 {
      problems.append(
        .init(
          path: "workload.between.remap",
          message:
            "workload.between.remap: expected 0, since the threads share a part of each segment, found "
            + "\(scenario.workload.between.remap)"))
    }
    return problems
  }
}
