import FaultFS
import SeededRandom

/// Holds exhaustive exploration against every crash state, one by one, on small workloads.
///
/// At each crash point whose legal states are few enough, each of them is recovered and judged by itself; what
/// they come to (the recovered states, and what is said of them) must be exactly what the exploration arrives at
/// there, with its memory of earlier such points. Points with more states are not explored. Some workloads are explored
/// with crashes in recovery as well, with the memory and without, which must find the same. A part of the workloads runs
/// on a disk whose syncs are dropped, so that there are violations to be found.
package struct CrossCheck {
  /// What a check came to.
  package struct Figures: Equatable {
    package var workloads = 0
    /// Crash points compared, and those with too many states for it.
    package var points = 0
    package var pointsSkipped = 0
    /// States that were executed one by one, and recoveries that the exploration executed and remembered for them.
    package var states = 0
    package var executions = 0
    package var remembered = 0
    /// Different outcomes, summed over the points; and those of them that are violations.
    package var outcomes = 0
    package var violations = 0
    /// Workloads explored with crashes in recovery, with the memory and without.
    package var nested = 0
    /// Those of them that are not compared, since they met the cap on executions.
    package var nestedCapped = 0
    /// Where the two differ.
    package var differences: [String] = []
  }

  /// How many states a point may have to be tried one by one.
  private let statesMax: UInt64
  /// Of how many workloads one is explored with crashes in recovery.
  private let nestedStride: Int

  /// Makes the scenario of a number, with crashes in recovery to a depth.
  private let scenario: (_ number: Int, _ recoveryDepth: Int) throws -> Scenario

  /// - Parameter scenario: makes the scenario of a number, with crashes in recovery to a depth: a small one, in which no
  ///   point has many states.
  package init(
    statesMax: UInt64 = 200, nestedStride: Int = 50,
    scenario: @escaping (_ number: Int, _ recoveryDepth: Int) throws -> Scenario
  ) {
    self.scenario = scenario
    self.statesMax = statesMax
    self.nestedStride = nestedStride
  }

  /// Checks the workloads of these numbers.
  package func run(_ numbers: Range<Int>) throws -> Figures {
    var figures = Figures()
    for number in numbers {
      let testCase = TestCase(try scenario(number, 0), seed: UInt64(number))
      figures.workloads += 1
      check(testCase, number, &figures)
      if number % nestedStride == nestedStride / 2 {
        let depth = number / nestedStride % 3 == 0 ? 2 : 1
        let nested = TestCase(try scenario(number, depth), seed: UInt64(number))
        figures.nested += 1
        compareMemory(nested, number, &figures)
      }
    }
    return figures
  }

  // MARK: One by one

  private func check(_ testCase: TestCase, _ number: Int, _ figures: inout Figures) {
    var explorer = Explorer(testCase)
    let expected = oneByOne(testCase, explorer.tears, &figures)
    let found = Found()
    explorer.arrived = { point, arrival in found.arrivals[point, default: []].insert(arrival) }
    explorer.crash(Recording(testCase), at: expected.map(\.point))
    figures.executions += explorer.result.coverage?.executions ?? 0
    figures.remembered += explorer.result.coverage?.remembered ?? 0
    if (explorer.result.coverage?.pointsCapped ?? 0) > 0 {
      figures.differences.append("workload \(number): the cap on executions was met")
    }
    for (point, expected) in expected {
      let arrivals = found.arrivals[point] ?? []
      if arrivals != expected {
        figures.differences.append(
          "workload \(number) (\(testCase.profile.name)), crash point \(point): \(expected.count) outcomes one by one, "
            + "\(arrivals.count) explored, \(arrivals.intersection(expected).count) in common")
      }
    }
  }

  /// What all states of the points that have few of them come to, each recovered by itself.
  private func oneByOne(
    _ testCase: TestCase, _ tears: TearChoices?, _ figures: inout Figures
  ) -> [(point: Int, arrivals: Set<Explorer.Arrival>)] {
    let recording = Recording(testCase)
    let window = CrashWindow(over: recording.disk)
    let judge = Judge(testCase: testCase)
    var outcomes: [(point: Int, arrivals: Set<Explorer.Arrival>)] = []
    for point in 0...window.lastPoint {
      window.advance(to: point)
      guard let states = states(window, tears) else {
        figures.pointsSkipped += 1
        continue
      }
      let terms = recording.terms(at: point, in: testCase)
      var arrivals: Set<Explorer.Arrival> = []
      for state in states {
        arrivals.insert(
          Explorer.Arrival(window.withDisk(showing: state) { judge.recover($0, terms, opens: false) }))
      }
      outcomes.append((point, arrivals))
      figures.points += 1
      figures.states += states.count
      figures.outcomes += arrivals.count
      figures.violations += arrivals.count { $0.violation != nil }
    }
    return outcomes
  }

  /// What the exploration arrived at, by crash point.
  private final class Found {
    var arrivals: [Int: Set<Explorer.Arrival>] = [:]
  }

  /// All legal states of the point, and each of them with one sector torn; nil where they are too many.
  private func states(_ window: CrashWindow, _ tears: TearChoices?) -> [CrashState]? {
    guard let count = window.stateCount(), count <= statesMax else { return nil }
    var states: [CrashState] = []
    window.forEachState { states.append($0) }
    guard let tears else { return states }
    for state in states where states.count <= statesMax {
      window.forEachTear(of: state, tears) { states.append($0) }
    }
    return states.count <= statesMax ? states : nil
  }

  // MARK: With the memory and without

  private func compareMemory(_ testCase: TestCase, _ number: Int, _ figures: inout Figures) {
    var with = Explorer(testCase)
    with.explore()
    var without = Explorer(testCase, remembers: false)
    without.explore()
    figures.executions += with.result.coverage?.executions ?? 0
    figures.remembered += with.result.coverage?.remembered ?? 0
    if [with, without].contains(where: { ($0.result.coverage?.pointsCapped ?? 0) > 0 }) {
      figures.nestedCapped += 1
      return
    }
    let differing = Self.essence(with.result).differences(from: Self.essence(without.result))
    if !differing.isEmpty {
      figures.differences.append(
        "workload \(number) (\(testCase.profile.name)) with crashes in recovery: the memory changes "
          + differing.joined(separator: ", "))
    }
  }

  /// A result without what the memory changes: how many crash states were executed. Of a rare state only whether it was
  /// reached is left.
  static func essence(_ result: CaseResult) -> CaseResult {
    var essence = result
    essence.crashStates = 0
    essence.recoveryCrashStates = 0
    essence.marks = essence.marks.mapValues { min($0, 1) }
    essence.coverage?.executions = 0
    essence.coverage?.remembered = 0
    for place in essence.findings.indices { essence.findings[place].afterCrashStates = 0 }
    return essence
  }
}
