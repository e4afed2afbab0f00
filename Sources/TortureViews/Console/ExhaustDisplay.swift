internal import BigInt
import Synchronization
import TextFiles
package import TortureCampaign
package import TortureCore

/// Shows how an exhaustive run goes: what is to be explored and what was left out, a status line, what is found.
package final class ExhaustDisplay: ExhaustObserver {
  /// After this many findings, only the report has the others.
  private static let findingsShownMax = 10

  private let console: Console
  private let isQuiet: Bool
  private let count: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let state: Mutex<State>

  private struct State {
    var status: StatusLine
    var findingsShown = 0
  }

  /// - Parameter count: how many sequences there are.
  package init(_ console: Console, isQuiet: Bool, count: Int) {
    self.console = console
    self.isQuiet = isQuiet
    self.count = count
    start = clock.now
    let budget = StatusLine.Budget(planned: count, unit: "sequences")
    state = Mutex(State(status: StatusLine(console, budget, now: .zero)))
  }

  /// Writes lines to standard output, above the live line.
  package func say(_ lines: [String]) {
    state.withLock { state in
      state.status.close()
      for line in lines { console.write(SafeName.printable(line) + "\n") }
    }
  }

  package func resumed(_ progress: ExhaustProgress) {
    guard progress.next > 0 else { return }
    state.withLock { $0.status.count(progress.total, covered: progress.covered, isEarlier: true) }
    guard !isQuiet else { return }
    say(["continuing at sequence \(Figure.grouped(progress.next)) of \(Figure.grouped(count))"])
  }

  /// Shows which sequences a slot has begun.
  package func began(_ batch: SequenceBatch, slot: Int) {
    let last = batch.first + batch.count - 1
    state.withLock { $0.status.began("\(batch.first)...\(last)", slot: slot) }
  }

  package func ended(slot: Int) {
    state.withLock { $0.status.ended(slot: slot, now: clock.now - start) }
  }

  package func found(_ result: CaseResult, _ sequence: [Letter]) {
    let shown = state.withLock { state in
      state.findingsShown += 1
      return state.findingsShown
    }
    guard !isQuiet, shown <= Self.findingsShownMax else { return }
    let letters = sequence.map(\.description).joined(separator: ", ")
    let summary =
      result.findings.first?.summary ?? result.reason ?? Figure.count(result.violationCount, "violation")
    say(["\(result.verdict.rawValue)  sequence \(result.seed) (\(letters)): \(summary)"])
    if shown == Self.findingsShownMax { say(["Further findings are in the report only."]) }
  }

  package func counted(_ progress: ExhaustProgress) {
    state.withLock { $0.status.count(progress.total, covered: progress.covered) }
  }

  /// Brings the status up to date where it is time.
  package func tick() {
    guard !isQuiet else { return }
    state.withLock { $0.status.tick(now: clock.now - start) }
  }

  /// Leaves no live line behind.
  package func stop() {
    state.withLock { $0.status.close() }
  }
}
