import BigInt
import FaultFS
import Synchronization
import Testing
import TortureCampaign
import TortureCore
import TortureSamples

@testable import TortureViews

@Suite struct CampaignDisplayTests {
  private let recording = RecordedConsole()
  private let clock = HandClock()

  /// A clock that a test moves.
  private final class HandClock: Sendable {
    private let milliseconds = Atomic<Int>(0)

    var now: Duration { .milliseconds(milliseconds.load(ordering: .relaxed)) }

    func advance(milliseconds count: Int) { milliseconds.add(count, ordering: .relaxed) }
  }

  private func started(isLive: Bool, scenarios: [Scenario], width: Int = 60) -> CampaignDisplay {
    var console = recording.console
    console.isLive = isLive
    console.statusWidth = { width }
    let clock = clock
    clock.advance(milliseconds: 77_000)
    let display = CampaignDisplay(console, now: { clock.now })
    display.start(CampaignOptions(), scenarios, cases: 12)
    return display
  }

  private func figures(states: Int) -> Summary.Figures {
    var figures = Summary.Figures()
    figures.cases = 1
    figures.crashStatesExecuted = states
    return figures
  }

  @Test func aTerminalHasOneLineThatIsErasedBeforeOthers() throws {
    let display = started(isLive: true, scenarios: [try makeScenario("bank")])
    display.began("bank\u{1b}", seed: 7, slot: 1)
    display.finished(
      CaseResult(scenario: "bank", seed: 1), total: figures(states: 5000), covered: 42_000_000_000)
    clock.advance(milliseconds: 199)
    display.tick()
    #expect(recording.status.isEmpty)
    clock.advance(milliseconds: 801)
    display.tick()
    display.tick()
    let line = recording.status
    #expect(line.hasPrefix("\r8% · 11s left · 1/12 cases · 0 violations · bank? 7 ·"))
    #expect(line.hasSuffix("\u{1b}[K"))
    #expect(line.count <= 1 + 59 + 3)
    #expect(!line.contains("\n"))
    display.say("a line")
    #expect(recording.status == line + "\r\u{1b}[K")
    display.stop()
    #expect(recording.status == line + "\r\u{1b}[K")
    #expect(recording.output.hasSuffix("a line\n"))
  }

  @Test func elsewhereThereArePlainLines() throws {
    let display = started(isLive: false, scenarios: [try makeScenario("bank")])
    display.began("bank\u{1b}", seed: 7, slot: 1)
    clock.advance(milliseconds: 4_999)
    display.tick()
    #expect(recording.status.isEmpty)
    clock.advance(milliseconds: 1)
    display.tick()
    #expect(
      recording.status
        == "0% · 0/12 cases · 0 violations · bank? 7\n")
  }

  @Test func theLineSaysWhatRunsAndForHowLongNothingEnded() throws {
    let display = started(isLive: false, scenarios: [try makeScenario("bank")])
    display.began("wrap", seed: 9, slot: 1)
    display.began("bank", seed: 7, slot: 0)
    display.began("bank", seed: 8, slot: 2)
    display.began("heap", seed: 1, slot: 3)
    clock.advance(milliseconds: 2_500)
    display.ended(slot: 2)
    var total = figures(states: 1_234)
    total.violations = 1
    display.finished(CaseResult(scenario: "bank", seed: 8), total: total, covered: 1_234)
    clock.advance(milliseconds: 60_000)
    display.tick()
    #expect(
      recording.status
        == "8% · 11m28s left · 1/12 cases · 1 violation · none finished for 1m · bank 7, wrap 9 and 1 more"
        + " · 1,234 states, 19/s\n"
    )
  }

  @Test func aBudgetDecidesHowMuchIsSpent() throws {
    var options = CampaignOptions()
    options.timeLimit = TimeLimit(seconds: 20)
    let console = recording.console
    let display = CampaignDisplay(console, now: { clock.now })
    display.start(options, [try makeScenario("bank")], cases: 1_000)
    clock.advance(milliseconds: 5_000)
    display.tick()
    #expect(recording.status == "25% · 15s left · 0/1,000 cases · 0 violations\n")
    options.timeLimit = nil
    options.statesMax = 1_000
    display.start(options, [try makeScenario("bank")], cases: 1_000)
    display.finished(CaseResult(scenario: "bank", seed: 1), total: figures(states: 400), covered: 400)
    clock.advance(milliseconds: 5_000)
    display.tick()
    #expect(recording.status.hasSuffix("40% · 8s left · 1/1,000 cases · 0 violations · 400 states, 80/s\n"))
  }

  @Test func whatAnEarlierRunFoundIsCountedButTellsNothingOfTheSpeed() throws {
    let display = started(isLive: false, scenarios: [try makeScenario("bank")])
    display.resumed(figures(states: 1_000_000), covered: BigUInt(10).power(400))
    display.finished(
      CaseResult(scenario: "bank", seed: 8), total: figures(states: 1_000_500),
      covered: BigUInt(10).power(400))
    clock.advance(milliseconds: 5_000)
    display.tick()
    #expect(
      recording.status
        == "8% · 1/12 cases · 0 violations · 1,000,500 states, 100/s · 1.0e400 covered\n")
    #expect(recording.lines.contains("continuing after 1 case of an earlier run"))
  }

  @Test func quietHasNoStatusAndVerboseALineForEachCase() throws {
    for detail in [CampaignDisplay.Detail.quiet, .verbose] {
      let recording = RecordedConsole()
      let clock = clock
      let display = CampaignDisplay(recording.console, detail: detail, now: { clock.now })
      display.start(CampaignOptions(), [try makeScenario("bank")], cases: 12)
      display.finished(
        CaseResult(scenario: "bank", seed: 1, crashStates: 5_000), total: figures(states: 5_000),
        covered: 5_000)
      clock.advance(milliseconds: 5_000)
      display.tick()
      if detail == .quiet {
        #expect(recording.status.isEmpty && recording.output.isEmpty)
      } else {
        #expect(recording.status.hasPrefix("8% · 55s left · 1/12 cases"))
        #expect(recording.output.hasSuffix("case       bank seed 1: clean, 5,000 crash states\n"))
      }
    }
  }

  @Test func theHeaderHasAllOptionsOfOneScenario() throws {
    let scenario = try makeScenario("bank", first: 5, count: 2)
    _ = started(isLive: false, scenarios: [scenario])
    #expect(
      recording.lines.first?.hasPrefix("lrvm-torture \(TortureVersion.current) · seeds: each scenario's own")
        == true)
    #expect(recording.lines.contains("  bank · seeds 5...6"))
    for line in scenario.derivedOptions.split(separator: "\n") { #expect(recording.output.contains(line)) }
  }

  @Test func theHeaderHasALineForEachOfSeveralScenarios() throws {
    var broken = try makeScenario("broken")
    broken.sabotage = [SabotageRule(drop: .sync, file: "log")]
    broken.workload.clients = 3
    _ = started(isLive: false, scenarios: [try makeScenario("bank"), broken])
    #expect(recording.lines.count == 5)
    #expect(
      recording.lines[3]
        == "all 12 cases; with --time-limit 1m none would start after a minute; every scenario has its first case before any has a second"
    )
    let line = recording.lines[2]
    #expect(line.hasPrefix("  broken · seeds 1...3 · bank, 10 transactions, 3 clients · log of "))
    #expect(line.hasSuffix(" · drops sync of 'log'"))
  }

  @Test func manyFindingsAreCutShort() throws {
    let display = started(isLive: false, scenarios: [try makeScenario("bank")])
    for seed in 1...20 {
      let result = CaseResult(
        scenario: "bank", seed: UInt64(seed), verdict: .violation, violationCount: 1,
        findings: [makeFinding("f")])
      display.finished(result, total: Summary.Figures(), covered: 0)
    }
    let shown = recording.lines.filter { $0.hasPrefix("violation  bank seed ") }
    #expect(shown.count == 10)
    #expect(shown.first == "violation  bank seed 1  lost-commit: Transaction 3 is missing.")
    #expect(recording.lines.contains("Further findings are in the report only."))
  }

  @Test func coloursAreThereOnlyWhereTheyAreWanted() {
    let plain = Console(write: { _ in }, writeStatus: { _ in })
    #expect(plain.paint("x", .red) == "x")
    let coloured = Console(write: { _ in }, writeStatus: { _ in }, hasColour: true)
    #expect(coloured.paint("x", .red) == "\u{1b}[31mx\u{1b}[0m")
  }
}
