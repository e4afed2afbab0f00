import FaultFS
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore

/// What a scenario does that says next to nothing, as one that was written in the first hour.
@Suite struct DefaultsTests {
  private static func scenario(_ system: String, _ more: String = "") throws -> Scenario {
    Samples.registerSystems()
    let text = """
      name: first-hour
      system: {name: \(system)}
      segments: [{name: a, length: 4096}]
      workload: {kind: bytes, transactions: 6}
      \(more)
      """
    return try ScenarioReader.read(Array(text.utf8), file: "s.yaml")
  }

  @Test func itHasAShareOfFaultsAndGoesOnAfterRecoveries() throws {
    let scenario = try Self.scenario("sound")
    #expect(scenario.faults.kinds == FaultOptions.kindsDefault && scenario.faults.placement == .once)
    #expect(scenario.crash.goesOnTransactions == 2)
  }

  @Test func bothAreTurnedOff() throws {
    let scenario = try Self.scenario("sound", "faults: none\ncrash: {goes_on_transactions: 0}")
    #expect(scenario.faults == .none)
    #expect(scenario.crash.goesOnTransactions == 0)
    let bytes = Array(scenario.derivedOptions.utf8)
    #expect(try ScenarioReader.read(bytes, file: "derived") == scenario)
  }

  @Test func kindsThatAreNamedStrikeEveryCall() throws {
    #expect(try Self.scenario("sound", "faults: {kinds: [no-space]}").faults.placement == .every)
    #expect(
      try Self.scenario("sound", "faults: {kinds: [no-space], placement: once}").faults.placement == .once)
    #expect(try Self.scenario("sound", "faults: {points_per_run: 3}").faults.placement == .once)
  }

  /// Nobody asked for those that the disk cannot have; who does is told.
  @Test func theFaultsAreThoseThatTheDiskCanHave() throws {
    let device = try Self.scenario("sound", "disk: {profile: raw-device}")
    #expect(!device.faults.kinds.contains(.renameError) && device.faults.kinds.contains(.writeError))
    #expect(
      Samples.problems(
        "name: a\nsegments: [{name: a, length: 4096}]\nworkload: {kind: bytes}\n"
          + "disk: {profile: raw-device}\nfaults: {kinds: [rename-error]}\n"
      ).first?.contains("a device has no names") == true)
  }

  @Test func aSoundStoreMayDoNothingWrong() throws {
    let fewer = "crash: {points: {sample: 8}, states_per_point: 4, recovery_points_max: 2}"
    let result = CaseRunner.run(try Self.scenario("lrvm", fewer), seed: 1)
    #expect(result.verdict == .clean, "\(result.findings.map(\.summary))")
    #expect(Set(result.faults.keys).isSuperset(of: ["write-error", "no-space", "sync-error"]))
  }

  /// Each of them is wrong only with more than one crash of one run: after a recovery, or on a disk that fails.
  @Test(arguments: [
    ("file-end", "faults: none"), ("spill", "faults: {kinds: [no-space]}\ncrash: {goes_on_transactions: 0}"),
  ])
  func theyFindWhatOneCrashDoesNotShow(system: String, enough: String) throws {
    let neither = "faults: none\ncrash: {goes_on_transactions: 0}"
    for (more, verdict) in [("", CaseResult.Verdict.violation), (enough, .violation), (neither, .clean)] {
      #expect(CaseRunner.run(try Self.scenario(system, more), seed: 1).verdict == verdict, "\(more)")
    }
  }
}
