import BigInt
import FaultFS

/// Crash states near the two ends, where exhaustion takes too many executions.
///
/// Most bugs that a crash shows need few things to go wrong at a time. So where the cap on executions is met, every
/// legal state is executed by itself in which at most N cells do not show their newest version, or at most N
/// do not show their floor: first those with none, then with one, and so on. How many legal states that leaves
/// out is known exactly; so is where the budget ended before the bound.
extension Explorer {
  /// Executes a state for each update behaviour that was not tried at an earlier point, at most as many as the bound may.
  mutating func executeBehaviours(_ window: CrashWindow, _ terms: Terms) {
    let crash = testCase.scenario.crash
    let (states, met) = behaviours.representatives(window, statesMax: crash.boundedStatesPerPoint)
    for state in states {
      execute(window, state, [], strategy: "update-behaviour", terms, depth: crash.recoveryDepth)
    }
    var coverage = Coverage()
    coverage.behaviours.met = met
    coverage.behaviours.tried = states.count
    result.coverage = (result.coverage ?? Coverage()) + coverage
  }

  /// Executes the states within the scenario's bound at the window's present point.
  ///
  /// - Parameter legal: how many states are legal at the point; nil where that is not known.
  /// - Returns: whether these are all legal states of the point.
  mutating func executeBounded(_ window: CrashWindow, _ terms: Terms, legal: BigUInt?) -> Bool {
    let crash = testCase.scenario.crash
    guard crash.deviationsMax >= 0 else { return false }
    let selection = BoundedStates(
      window, deviationsMax: crash.deviationsMax, statesMax: crash.boundedStatesPerPoint)
    for state in selection.states {
      execute(
        window, state, [], strategy: CrashOptions.Exploration.bounded.rawValue, terms,
        depth: crash.recoveryDepth)
    }
    var coverage = Coverage()
    coverage.bounded.points = 1
    coverage.bounded.pointsCapped = selection.isWhole ? 0 : 1
    coverage.bounded.states = selection.states.count
    // An exposed tail is not among the legal states that are counted here.
    let counted = selection.states.count { state in state.deviations.allSatisfy { $0.tear == nil } }
    if let legal { coverage.bounded.leftOut = legal - BigUInt(counted) }
    result.coverage = (result.coverage ?? Coverage()) + coverage
    return coverage.bounded.leftOut == 0 && legal != nil
  }
}

/// The legal states of a point that differ in few cells from all kept or from none kept, without tears, each once.
struct BoundedStates {
  private(set) var states: [CrashState] = []
  /// Whether all states within the bound are here.
  private(set) var isWhole = true

  private let window: CrashWindow
  private let cells: [Cell.ID]
  private let statesMax: Int
  private var seen: Set<CrashState> = []
  private var triesLeft: Int

  /// How many combinations may be tried for each state of the budget: the order of a profile makes many illegal.
  private static let triesPerState = 64

  init(_ window: CrashWindow, deviationsMax: Int, statesMax: Int) {
    self.window = window
    self.statesMax = statesMax
    cells = window.openCells
    triesLeft = statesMax * Self.triesPerState
    for count in 0...min(deviationsMax, cells.count) {
      for keepsNewest in [true, false] { combine(count, from: 0, [:], keepsNewest) }
    }
  }

  /// Adds the states in which `count` more cells, from place `first` on, deviate.
  private mutating func combine(
    _ count: Int, from first: Int, _ deviating: [Cell.ID: CrashState.Choice], _ keepsNewest: Bool
  ) {
    if !isWhole { return }
    if count == 0 { return add(deviating, keepsNewest) }
    for place in first..<max(first, cells.count - count + 1) {
      let candidates = window.candidates(of: cells[place])
      let end = CrashState.Choice(keepsNewest ? candidates.upperBound : candidates.lowerBound)
      for choice in window.choices(of: cells[place]) where choice != end {
        var deviating = deviating
        deviating[cells[place]] = choice
        combine(count - 1, from: place + 1, deviating, keepsNewest)
      }
    }
  }

  private mutating func add(_ deviating: [Cell.ID: CrashState.Choice], _ keepsNewest: Bool) {
    triesLeft -= 1
    var state = CrashState(point: window.point)
    for cell in cells {
      let candidates = window.candidates(of: cell)
      let choice =
        deviating[cell] ?? CrashState.Choice(keepsNewest ? candidates.upperBound : candidates.lowerBound)
      if choice.version < candidates.upperBound {
        state.deviations.append(CrashState.Deviation(cell: cell, version: choice.version, tear: choice.tear))
      }
    }
    guard triesLeft >= 0 else {
      isWhole = false
      return
    }
    guard !seen.contains(state), window.isLegal(state) else { return }
    if states.count == statesMax {
      isWhole = false
      return
    }
    seen.insert(state)
    states.append(state)
  }
}
