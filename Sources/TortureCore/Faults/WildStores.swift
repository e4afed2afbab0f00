import FaultFS
import SeededRandom

/// What stores through bad pointers do to a system on memory that survives: the question that Rio asked of its file cache
/// (Chen et al., ASPLOS '96).
///
/// The workload runs once for each store that it makes after the system was created. In that run the store is followed by a
/// wild one, and the power is cut after every operation from there on. On memory whose stores are permanent each such
/// crash leaves one state, so nothing is drawn but where the wild store goes and what it stores.
///
/// A run counts by the worst that came of it. Where wrong bytes were shown, it is asked whether checksums would have found
/// them: a checksum of each line, brought up to date by every store of the program, and looked at before recovery. It finds
/// a wild store, unless the program stored to the same line afterwards and so took it over.
///
/// Where memory is protected the wild store ends the process and changes nothing: a crash of the run without it.
package struct WildStores: Codable, Hashable, Sendable {
  package var scenario: String
  /// Wild stores, each in a run of its own.
  package var stores = 0
  /// Crash states that were recovered and judged.
  package var states = 0
  /// Runs in which every state was right.
  package var harmless = 0
  /// Runs in which a recovery, or the running system, said so by an error, and none showed anything wrong.
  package var refused = 0
  /// Runs in which something wrong was shown.
  package var wrong = 0
  /// Those of them in which checksums find the wild store at each crash that shows something wrong.
  package var found = 0
  /// Protected runs that were wrong, or refused.
  package var protectedWrong = 0

  enum CodingKeys: String, CodingKey {
    case scenario, stores, states, harmless, refused, wrong
    case found = "found_by_checksums"
    case protectedWrong = "protected_wrong"
  }

  /// Whether the question makes sense on a scenario's disk.
  package static func canRun(_ scenario: Scenario) -> Bool {
    scenario.disk.model.memory != nil && scenario.disk.model.sectors == .durableOnReturn
  }

  /// Runs the scenario's workload for one seed, or goes on with another one.
  package mutating func run(_ scenario: Scenario, seed: UInt64) {
    let testCase = TestCase(scenario, seed: seed)
    // One that never strikes counts the stores.
    let counted = Recording(testCase, faults: [Fault(.wildStore, at: .call(.max))])
    let plain = Recording(testCase)
    let judge = Judge(testCase: testCase)
    let window = CrashWindow(over: plain.disk)
    var random = testCase.random("wild stores")
    let (first, last) = (counted.matchingCallCountsOfCreation[0] + 1, counted.matchingCallCounts[0])
    for number in first..<last + 1 {
      let fault = Fault(.wildStore, at: .call(number), seed: random.next())
      let recording = Recording(testCase, faults: [fault])
      guard let fired = recording.firedFaults.first else { continue }
      stores += 1
      count(recording, from: fired.operation, judge)
      // Nothing of the operation that would have come next.
      if outcome(of: plain, window, at: fired.operation - 1, judge) != .right { protectedWrong += 1 }
    }
  }

  package init(_ scenario: Scenario) { self.scenario = scenario.name }

  private enum Outcome: Int, Comparable {
    case right, refused, wrong
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Counts the run in which operation `strike` is a wild store.
  private mutating func count(_ recording: Recording, from strike: Int, _ judge: Judge) {
    let window = CrashWindow(over: recording.disk)
    var worst: Outcome =
      recording.violation != nil || recording.verdict >= .undetectable
      ? .wrong : recording.verdict == .detected ? .refused : .right
    let takenOver = Self.operationThatTakesOver(strike, in: window.timeline)
    var isFound = worst != .wrong || takenOver == nil
    for point in strike..<window.lastPoint {
      let outcome = outcome(of: recording, window, at: point, judge)
      worst = max(worst, outcome)
      if outcome == .wrong, let takenOver, takenOver <= point { isFound = false }
    }
    switch worst {
    case .right: harmless += 1
    case .refused: refused += 1
    case .wrong:
      wrong += 1
      if isFound { found += 1 }
    }
  }

  /// The first store of the program to the line that a wild store hit, after it; nil for none.
  private static func operationThatTakesOver(_ strike: Int, in timeline: Timeline) -> Int? {
    let wild = timeline.operation(strike)
    guard wild.fault == .wildStore else { fatalError("operation \(strike) is no wild store: \(wild)") }
    let line = wild.offset / Profile.rio.sectorLength
    return (strike + 1..<timeline.operationCount).first { index in
      let operation = timeline.operation(index)
      return operation.kind == .store && operation.file == wild.file
        && operation.offset / Profile.rio.sectorLength == line
    }
  }

  /// What the recovery comes to from a crash after operation `point`.
  private mutating func outcome(
    of recording: Recording, _ window: CrashWindow, at point: Int, _ judge: Judge
  ) -> Outcome {
    window.advance(to: point)
    states += 1
    let terms = Terms(bounds: recording.bounds(at: point))
    let violation = window.withDisk(showing: CrashState(point: point), keepsVersions: false) { disk in
      judge.recover(disk, terms, opens: false).violation
    }
    return violation.map { $0.kind == .recoveryFailed ? .refused : .wrong } ?? .right
  }
}
