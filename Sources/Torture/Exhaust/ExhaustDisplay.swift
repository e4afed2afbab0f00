import Synchronization

/// Shows how an exhaustive run goes: what is to be explored and what was left out, a status line, what is found.
final class ExhaustDisplay: Sendable {
  /// Where nothing is live, a status line comes this often.
  private static let plainInterval = Duration.seconds(5)
  private static let liveInterval = Duration.milliseconds(200)
  /// After so many findings, only the report tells the others.
  private static let findingsShownMax = 10

  private let console: Console
  private let isQuiet: Bool
  private let count: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let state: Mutex<State>

  private struct State {
    var lastStatus: ContinuousClock.Instant
    var next = 0
    var figures = Summary.Figures()
    var findingsShown = 0
    var isLineOpen = false
  }

  /// - Parameter count: how many sequences there are.
  init(_ console: Console, isQuiet: Bool, count: Int) {
    self.console = console
    self.isQuiet = isQuiet
    self.count = count
    start = clock.now
    state = Mutex(State(lastStatus: start))
  }

  /// Writes lines to standard output, above the live line.
  func say(_ lines: [String]) {
    state.withLock { state in
      closeLine(&state)
      for line in lines { console.write(SafeName.printable(line) + "\n") }
    }
  }

  func resumed(at index: Int) {
    guard index > 0, !isQuiet else { return }
    say(["going on at sequence \(Figure.grouped(index)) of \(Figure.grouped(count))"])
  }

  func found(_ result: CaseResult, _ sequence: [Letter]) {
    let shown = state.withLock { state in
      state.findingsShown += 1
      return state.findingsShown
    }
    guard !isQuiet, shown <= Self.findingsShownMax else { return }
    let letters = sequence.map(\.description).joined(separator: ", ")
    let summary = result.findings.first?.summary ?? result.reason ?? "\(result.violationCount) violations"
    say(["\(result.verdict.rawValue)  sequence \(result.seed) (\(letters)): \(summary)"])
    if shown == Self.findingsShownMax { say(["Further findings are in the report only."]) }
  }

  func counted(_ progress: ExhaustProgress) {
    state.withLock { state in
      state.next = progress.next
      state.figures = progress.total
    }
  }

  /// Brings the status up to date where it is time.
  func tick() {
    guard !isQuiet else { return }
    state.withLock { state in
      let now = clock.now
      guard now - state.lastStatus >= (console.isLive ? Self.liveInterval : Self.plainInterval) else {
        return
      }
      state.lastStatus = now
      let line =
        "\(TimeLimit.text(seconds: Int((now - start) / .seconds(1)))) · sequences "
        + "\(Figure.grouped(state.next))/\(Figure.grouped(count)) · "
        + "states \(Figure.grouped(state.figures.crashStatesExecuted)) · violations \(state.figures.violations)"
      // A line that wraps cannot be written over. Cursor to the first column, the rest of the old line erased (ECMA-48).
      let fitting = String(line.prefix(max(1, console.statusWidth() - 1)))
      console.writeStatus(console.isLive ? "\r\(fitting)\u{1b}[K" : line + "\n")
      state.isLineOpen = console.isLive
    }
  }

  private func closeLine(_ state: inout State) {
    guard state.isLineOpen else { return }
    console.writeStatus("\r\u{1b}[K")
    state.isLineOpen = false
  }
}
