package import BigInt
import Synchronization
import TextFiles
package import TortureCampaign
package import TortureCore

/// Shows how a campaign goes: a header, one live line on a terminal or a plain line now and then elsewhere, what is
/// found, and a table at the end. May be used from any task.
package final class CampaignDisplay: CampaignObserver {
  /// How much is shown.
  package enum Detail: Hashable, Sendable {
    /// The result only.
    case quiet
    /// The header, the status, and what is found.
    case normal
    /// A line for each case as well.
    case verbose
  }

  /// After this many findings, only the report has the others.
  private static let findingsShownMax = 10

  private let console: Console
  private let detail: Detail
  private let now: @Sendable () -> Duration
  private let state: Mutex<State>

  private struct State {
    /// There while the campaign runs.
    var status: StatusLine?
    var findingsShown = 0
    var isCanary = false
  }

  /// A display on `console`.
  ///
  /// - Parameter now: the time since some fixed moment; nil for the time of a clock.
  package init(_ console: Console, detail: Detail = .normal, now: (@Sendable () -> Duration)? = nil) {
    self.console = console
    self.detail = detail
    let origin = ContinuousClock.now
    self.now = now ?? { ContinuousClock.now - origin }
    state = Mutex(State())
  }

  // MARK: While it runs

  package func start(_ options: CampaignOptions, _ scenarios: [Scenario], cases: Int) {
    state.withLock { state in
      let budget = StatusLine.Budget(
        planned: cases, unit: "cases", timeLimitSeconds: options.timeLimit?.seconds,
        statesMax: options.statesMax)
      state.status = StatusLine(console, budget, now: now())
      state.isCanary = options.canary
    }
    guard detail != .quiet else { return }
    say(
      console.paint("lrvm-torture \(TortureVersion.current)", .bold) + " · \(CampaignHeader.options(options))"
    )
    for line in CampaignHeader.lines(scenarios, options.seeds) { say(line) }
    say(CampaignHeader.extent(options, scenarios: scenarios.count, cases: cases))
  }

  /// Says that the results of an earlier run are counted.
  package func resumed(_ total: Summary.Figures, covered: BigUInt) {
    state.withLock { $0.status?.count(total, covered: covered, isEarlier: true) }
    guard detail != .quiet else { return }
    say("continuing after \(Figure.count(total.cases, "case")) of an earlier run")
  }

  package func began(_ scenario: String, seed: UInt64, slot: Int) {
    state.withLock { $0.status?.began("\(scenario) \(seed)", slot: slot) }
  }

  package func ended(slot: Int) {
    state.withLock { $0.status?.ended(slot: slot, now: now()) }
  }

  /// Shows a case's result, in the campaign's order.
  ///
  /// - Parameters:
  ///   - total: the figures of all results so far.
  ///   - covered: how many legal crash states these stand for.
  package func finished(_ result: CaseResult, total: Summary.Figures, covered: BigUInt) {
    let (isCanary, shown) = state.withLock { state in
      state.status?.count(total, covered: covered)
      if result.isFinding { state.findingsShown += 1 }
      return (state.isCanary, state.findingsShown)
    }
    let name = "\(result.scenario) seed \(result.seed)"
    if detail == .verbose {
      say(
        "case       \(name): \(result.verdict.rawValue), \(Figure.count(result.crashStates, "crash state"))")
    }
    guard detail != .quiet else { return }
    if result.verdict == .failed { say("failed     \(name): \(result.reason ?? "without a reason")") }
    guard result.isFinding, !isCanary, shown <= Self.findingsShownMax else { return }
    let summary = result.findings.first?.summary ?? Figure.count(result.violationCount, "violation")
    let word = result.verdict == .trapped ? "trapped  " : "violation"
    say("\(console.paint(word, .red))  \(SafeName.printable("\(name)  \(summary)"))")
    if shown == Self.findingsShownMax { say("Further findings are in the report only.") }
  }

  /// Shows that a canary was found.
  package func foundCanary(_ result: CaseResult, statesBefore: Int) {
    let finding = result.findings.first
    let states = statesBefore + (finding?.afterCrashStates ?? 0)
    let summary = finding?.summary ?? Figure.count(result.violationCount, "violation")
    let text =
      "\(result.scenario)  seed \(result.seed) after \(Figure.count(states, "crash state")): \(summary)"
    say("\(console.paint("found", .green))  \(SafeName.printable(text))")
  }

  /// Writes a line to standard output, above the live line.
  package func say(_ line: String) {
    state.withLock { state in
      state.status?.close()
      console.write(line + "\n")
    }
  }

  /// Brings the status up to date where it is time.
  package func tick() {
    guard detail != .quiet else { return }
    state.withLock { $0.status?.tick(now: now()) }
  }

  package func stop() {
    state.withLock { state in
      state.status?.close()
      state.status = nil
    }
  }

  // MARK: At the end

  /// Shows what a campaign came to; the line that replays the first failure is the last one.
  package func show(_ outcome: CampaignOutcome) {
    for line in CampaignEnding.lines(outcome, isBrief: detail == .quiet) { say(line) }
  }
}
