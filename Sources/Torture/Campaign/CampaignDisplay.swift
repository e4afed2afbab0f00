import Synchronization

/// Shows how a campaign goes: a header, one live line on a terminal or a plain line now and then elsewhere, what is
/// found, and a table at the end. May be used from any task.
public final class CampaignDisplay: Sendable {
  /// How much is shown.
  public enum Detail: Hashable, Sendable {
    /// The result only.
    case quiet
    /// The header, the status, and what is found.
    case normal
    /// A line for each case as well.
    case verbose
  }

  /// Where nothing is live, a status line comes this often.
  private static let plainInterval = Duration.seconds(5)
  private static let liveInterval = Duration.milliseconds(200)
  /// After so many findings, only the report tells the others.
  private static let findingsShownMax = 10

  private let console: Console
  private let detail: Detail
  private let now: @Sendable () -> Duration
  private let state: Mutex<State>

  private struct State {
    var start = Duration.zero
    var lastStatus = Duration.zero
    var casesPlanned = 0
    var total = Summary.Figures()
    var running: [Int: String] = [:]
    var findingsShown = 0
    var isCanary = false
    var isLineOpen = false
    var isRunning = false
  }

  /// A display on `console`.
  ///
  /// - Parameter now: the time since some fixed moment; nil for the time of a clock.
  public init(_ console: Console, detail: Detail = .normal, now: (@Sendable () -> Duration)? = nil) {
    self.console = console
    self.detail = detail
    let origin = ContinuousClock.now
    self.now = now ?? { ContinuousClock.now - origin }
    state = Mutex(State())
  }

  // MARK: While it runs

  func start(_ options: CampaignOptions, _ scenarios: [Scenario], cases: Int) {
    state.withLock { state in
      state.start = now()
      state.lastStatus = state.start
      state.casesPlanned = cases
      state.isCanary = options.canary
      state.isRunning = true
    }
    guard detail != .quiet else { return }
    say(console.paint("lrvm-torture \(TortureVersion.current)", .bold) + " · \(options.text)")
    for line in CampaignHeader.lines(scenarios, options.seeds) { say(line) }
  }

  /// Says that the results of an earlier run are counted.
  func resumed(cases: Int) {
    guard detail != .quiet else { return }
    say("going on after \(Figure.grouped(cases)) cases of an earlier run")
  }

  func began(_ scenario: String, seed: UInt64, slot: Int) {
    state.withLock { $0.running[slot] = "\(SafeName.printable(scenario)) \(seed)" }
  }

  func ended(slot: Int) {
    state.withLock { _ = $0.running.removeValue(forKey: slot) }
  }

  /// Shows a case's result, in the campaign's order.
  func finished(_ result: CaseResult, total: Summary.Figures) {
    let (isCanary, shown) = state.withLock { state in
      state.total = total
      if result.isFinding { state.findingsShown += 1 }
      return (state.isCanary, state.findingsShown)
    }
    let name = "\(result.scenario) seed \(result.seed)"
    if detail == .verbose {
      say(
        "case       \(name): \(result.verdict.rawValue), \(Figure.grouped(result.crashStates)) crash states")
    }
    guard detail != .quiet else { return }
    if result.verdict == .failed { say("failed     \(name): \(result.reason ?? "without a reason")") }
    guard result.isFinding, !isCanary, shown <= Self.findingsShownMax else { return }
    let summary = result.findings.first?.summary ?? "\(result.violationCount) violations"
    let word = result.verdict == .trapped ? "trapped  " : "violation"
    say("\(console.paint(word, .red))  \(SafeName.printable("\(name)  \(summary)"))")
    if shown == Self.findingsShownMax { say("Further findings are in the report only.") }
  }

  /// Shows that a canary was found.
  func foundCanary(_ result: CaseResult, statesBefore: Int) {
    let finding = result.findings.first
    let states = statesBefore + (finding?.afterCrashStates ?? 0)
    let summary = finding?.summary ?? "\(result.violationCount) violations"
    let text =
      "\(result.scenario)  seed \(result.seed) after \(Figure.grouped(states)) crash states: \(summary)"
    say("\(console.paint("found", .green))  \(SafeName.printable(text))")
  }

  /// Writes a line to standard output, above the live line.
  func say(_ line: String) {
    state.withLock { state in
      closeLine(&state)
      console.write(line + "\n")
    }
  }

  /// Brings the status up to date where it is time.
  func tick() {
    guard detail != .quiet else { return }
    state.withLock { state in
      let now = now()
      let interval = console.isLive ? Self.liveInterval : Self.plainInterval
      guard state.isRunning, now - state.lastStatus >= interval else { return }
      state.lastStatus = now
      let line = status(state, now)
      // Cursor to the first column, the new text, the rest of the old line erased (ECMA-48).
      console.writeStatus(console.isLive ? "\r\(line)\u{1b}[K" : line + "\n")
      state.isLineOpen = console.isLive
    }
  }

  func stop() {
    state.withLock { state in
      closeLine(&state)
      state.isRunning = false
    }
  }

  private func closeLine(_ state: inout State) {
    guard state.isLineOpen else { return }
    console.writeStatus("\r\u{1b}[K")
    state.isLineOpen = false
  }

  private func status(_ state: State, _ now: Duration) -> String {
    let seconds = (now - state.start) / .seconds(1)
    let rate = seconds > 0 ? Double(state.total.crashStatesExecuted) / seconds : 0
    let running = state.running.sorted { $0.key < $1.key }.map(\.value).joined(separator: ", ")
    let line =
      "\(TimeLimit.text(seconds: Int(seconds))) · cases \(state.total.cases)/\(state.casesPlanned) · "
      + "states \(Figure.grouped(state.total.crashStatesExecuted)) · \(Figure.grouped(Int(rate)))/s · "
      + "violations \(state.total.violations) · running \(running.isEmpty ? "-" : running)"
    // A line that wraps cannot be written over.
    return console.isLive ? String(line.prefix(max(1, console.statusWidth() - 1))) : line
  }

  // MARK: At the end

  /// Shows what a campaign came to; the line that replays the first failure is the last one.
  public func show(_ outcome: CampaignOutcome) {
    for line in CampaignEnding.lines(outcome, isBrief: detail == .quiet) { say(line) }
  }
}
