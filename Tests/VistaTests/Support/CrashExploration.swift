import FaultFS

@testable import Vista

/// Every crash of a recording: at each point, each outcome that recovery can tell apart, and crashes of that recovery.
struct CrashExploration {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// How many recoveries were run after one crash, and after two.
  private(set) var executions = [0, 0]
  /// The most recoveries that were run at one point of the recording.
  private(set) var executionsAtOnePointMax = 0
  /// How many crash points there were after the creation.
  private(set) var points = 0

  private let depth: Int
  /// At how many points of a recovery it is let go on before it is crashed again.
  private let innerStride: Int
  private let recover: (FaultDisk) throws -> [UInt8]

  /// - Parameters:
  ///   - promises: the first is that of the creation.
  ///   - depth: how many crashes there may be: 1 or 2.
  ///   - innerStride: 1 to crash a recovery at every point, 2 at every second one.
  ///   - recover: opens, and says what is there.
  /// - Throws: `Failure` for the first crash after which that is not what a legal number of commits leaves.
  static func run(
    _ disk: FaultDisk, _ promises: [Promise], depth: Int = 2, innerStride: Int = 1,
    recover: @escaping (FaultDisk) throws -> [UInt8]
  ) throws -> CrashExploration {
    var exploration = CrashExploration(depth: depth, innerStride: innerStride, recover: recover)
    let window = CrashWindow(over: disk)
    for point in promises[0].returned...window.lastPoint {
      window.advance(to: point)
      exploration.points += 1
      let promised = promises.lastIndex { $0.returned <= point } ?? 0
      let attempted = promises.lastIndex { $0.called <= point } ?? 0
      let before = exploration.executions[0]
      try exploration.explore(
        window, legal: promises[promised...attempted].map(\.image), level: 0, "crash at \(point)")
      exploration.executionsAtOnePointMax = max(
        exploration.executionsAtOnePointMax, exploration.executions[0] - before)
    }
    return exploration
  }

  private init(depth: Int, innerStride: Int, recover: @escaping (FaultDisk) throws -> [UInt8]) {
    self.depth = depth
    self.innerStride = innerStride
    self.recover = recover
  }

  private mutating func explore(
    _ window: CrashWindow, legal: [[UInt8]], level: Int, _ place: String
  ) throws {
    let choices = DepthFirstChoices()
    repeat {
      choices.restart()
      executions[level] += 1
      try window.withDisk(resolvingBy: choices, tears: TearChoices()) { disk in
        let image: [UInt8]
        do {
          image = try recover(disk)
        } catch {
          throw Failure(description: "\(place): \(error)")
        }
        guard legal.contains(image) else {
          throw Failure(description: "\(place): what no legal number of commits leaves")
        }
        if level + 1 == depth { return }
        // What the first recovery showed may not change any more.
        let inner = CrashWindow(over: disk)
        for point in stride(from: 0, through: inner.lastPoint, by: innerStride) {
          inner.advance(to: point)
          try explore(inner, legal: [image], level: level + 1, "\(place), then at \(point)")
        }
      }
    } while choices.next()
  }
}

/// Answers in depth-first order: every sequence of answers once.
final class DepthFirstChoices: Resolver {
  private var answers: [(taken: Int, count: Int)] = []
  private var place = 0

  func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
    if place == answers.count { answers.append((0, count)) }
    precondition(answers[place].count == count, "the body is not deterministic")
    defer { place += 1 }
    return answers[place].taken
  }

  func restart() { place = 0 }

  /// Goes on to the next sequence; false where there is none.
  func next() -> Bool {
    while let last = answers.popLast() {
      if last.taken + 1 < last.count {
        answers.append((last.taken + 1, last.count))
        return true
      }
    }
    return false
  }
}
