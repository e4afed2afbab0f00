import FaultFS
import Storage
import Testing
import TextFiles
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureCore

@Suite struct FaultSweepTests {
  /// - Parameter faults: placed at every call where it does not say otherwise.
  private static func scenario(_ faults: String, transactions: Int = 8) throws -> Scenario {
    let placement = faults.contains("placement") || faults == "none" ? "" : "placement: every, "
    return try Samples.read(
      """
      name: faults
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}]
      workload:
        kind: bank
        transactions: \(transactions)
        objects: 8
        mix: {commit_flush: 60, commit_no_flush: 40}
        between: {flush: 5, truncate: 10, reopen: 10, none: 75}
      crash: {states_per_point: 4, recovery_points_max: 2, recovery_states_per_point: 2}
      disk: {profile: ext4-ordered}
      faults: \(faults.replacing("{kinds", with: "{\(placement)kinds"))
      """)
  }

  private static func explore(_ testCase: TestCase) -> CaseResult {
    var explorer = Explorer(testCase)
    explorer.explore()
    return explorer.result
  }

  /// How many calls of the run a kind can strike is known by a fault that is too late for any.
  private static func callCount(_ kind: Fault.Kind, _ scenario: Scenario) -> Int {
    let fault = Fault(kind, at: .call(1_000_000))
    return Recording(TestCase(scenario, seed: 1), faults: [fault]).matchingCallCounts[0]
  }

  @Test(arguments: [Fault.Kind.writeError, .syncError, .noSpace, .readError, .openError, .renameError])
  func everyCallIsStruckOnceAndTheEngineOwesNothing(_ kind: Fault.Kind) throws {
    let scenario = try Self.scenario("{kinds: [\(kind.rawValue)], recoveries_max: 0, points_per_run: 2}")
    let result = Self.explore(TestCase(scenario, seed: 1))
    let tally = try #require(result.faults[kind.rawValue])
    // Of a write, a whole one may go in and the rest fail: none of these kinds passes a call by.
    #expect(tally.runs == Self.callCount(kind, scenario))
    // Beyond its end the log is read to see whether something was lost: what cannot be read there is no evidence.
    let unreported = tally.count(.durableAtomic)
    #expect(
      kind == .readError ? unreported < tally.runs : unreported == 0, "each of these errors is reported")
    #expect(tally.count(.detected) + tally.count(.unknownThenStable) == tally.runs - unreported)
    #expect(tally.crashStates == result.crashStates)
    #expect(result.violationCount == 0, "\(result.findings.first?.summary ?? "")")
  }

  /// Killed before each call in turn, also while the store is created, and followed by a process that finds what was written: what that
  /// shows is promised, and nothing is lost.
  @Test func aProcessThatIsKilledLosesNothing() throws {
    let scenario = try Self.scenario("{kinds: [kill], recoveries_max: 1, points_per_run: 3}")
    let result = Self.explore(TestCase(scenario, seed: 1))
    let tally = try #require(result.faults["kill"])
    #expect(result.violationCount == 0, "\(result.findings.first?.summary ?? "")")
    #expect(tally.runs > Self.callCount(.kill, scenario))
    #expect(
      tally.count(.durableAtomic) + tally.count(.unknownThenStable) + tally.count(.detected) == tally.runs)
    #expect(tally.count(.durableAtomic) > tally.count(.detected))
  }

  /// Placed once, the kinds strike beside the run without faults, each at one call.
  @Test func eachKindStrikesOnceBesideTheRunWithoutFaults() throws {
    let plain = Self.explore(TestCase(try Self.scenario("none"), seed: 1))
    let kinds: [Fault.Kind] = [.writeError, .interrupted, .syncError]
    let names = kinds.map(\.rawValue)
    let scenario = try Self.scenario("{kinds: [\(names.joined(separator: ", "))], placement: once}")
    let struck = Self.explore(TestCase(scenario, seed: 1))
    #expect(plain.faults.isEmpty && Set(struck.faults.keys) == Set(names))
    #expect(struck.faults.values.allSatisfy { $0.runs == 1 && $0.crashStates > 0 })
    let states = struck.faults.values.reduce(0) { $0 + $1.crashStates }
    #expect(struck.crashStates == plain.crashStates + states)
    #expect(struck.violationCount == 0 && struck.operations == plain.operations)
    // The call is the seed's: of a few seeds, not all draw the same one.
    let digests = Set((1...4).map { Self.explore(TestCase(scenario, seed: $0)).digest })
    #expect(digests.count == 4)
    #expect(Self.explore(TestCase(scenario, seed: 1)) == struck)
  }

  @Test func callsThatTheStorageLayerRepairsShowNothing() throws {
    let scenario = try Self.scenario(
      "{kinds: [short-write, interrupted], recoveries_max: 2, points_per_run: 1}")
    let result = Self.explore(TestCase(scenario, seed: 1))
    for kind in ["short-write", "interrupted"] {
      let tally = try #require(result.faults[kind])
      #expect(tally.count(.durableAtomic) == tally.runs)
    }
    #expect(result.violationCount == 0)
  }

  /// Faults that nobody reports: LRVM's log shows it, and a segment is never ahead of a log that has lost its end.
  @Test(arguments: [
    "lying-sync", "lost-write", "misdirected-write", "stale-read", "bit-rot", "latent-sector-error",
  ])
  func silentFaultsAreNoWorseThanOwed(_ kind: String) throws {
    for profile in ["posix", "ext4-data"] {
      var scenario = try Self.scenario("{kinds: [\(kind)], recoveries_max: 2, points_per_run: 8}")
      scenario.disk.profile = try #require(.init(rawValue: profile))
      scenario.system.values["truncation"] = .text("incremental")
      let result = Self.explore(TestCase(scenario, seed: 1))
      let tally = try #require(result.faults[kind])
      #expect(tally.runs > 10)
      #expect(result.violationCount == 0, "\(profile): \(result.findings.first?.summary ?? "")")
    }
  }

  @Test(arguments: ["write-error", "sync-error"])
  func anErrorTakenForASuccessIsFound(_ kind: String) throws {
    let scenario = try Self.scenario("{kinds: [\(kind)], recoveries_max: 0}")
    let result = Self.explore(TestCase(scenario, seed: 1, system: MisusedLRVM<Swallowing>.self))
    let tally = try #require(result.faults[kind])
    #expect(tally.count(.violation) > 0)
    #expect(tally.violations == result.violationCount)
  }

  @Test func aRetryTakenForASuccessIsFound() throws {
    let scenario = try Self.scenario(
      "{kinds: [sync-error], file: log, recoveries_max: 0, points_per_run: 20}")
    let result = Self.explore(TestCase(scenario, seed: 1, system: MisusedLRVM<Retrying>.self))
    #expect(result.findings.contains { $0.violation?.kind == .lostCommit })
  }

  @Test func aSwarmIsDrawnBySeed() throws {
    let scenario = try Self.scenario(
      "{kinds: [write-error, read-error, open-error, sync-error], placement: {swarm: 0.2}}")
    var struck: Set<[String]> = []
    for seed in 1...12 as ClosedRange<UInt64> {
      let result = Self.explore(TestCase(scenario, seed: seed))
      #expect(result == Self.explore(TestCase(scenario, seed: seed)))
      #expect(result.violationCount == 0, "\(result.findings.first?.summary ?? "")")
      #expect(result.faults.keys.allSatisfy { $0 == "swarm" })
      if let tally = result.faults["swarm"] { struck.insert(["\(tally)"]) }
    }
    #expect(struck.count > 3)
  }

  @Test func pairsAreAllOrDrawn() throws {
    let few = try Self.scenario("{kinds: [rename-error], pairs_max: 100, recoveries_max: 0}", transactions: 1)
    let count = Self.callCount(.renameError, few)
    #expect(count == 2)
    // The second rename of the run without faults is the third of one whose first one failed and is repeated.
    #expect(Self.explore(TestCase(few, seed: 1)).faults["pairs"]?.runs == 1)
    let many = try Self.scenario("{kinds: [write-error], pairs_max: 5, recoveries_max: 0}")
    let result = Self.explore(TestCase(many, seed: 1))
    #expect(result.faults["pairs"]?.runs == 5)
    #expect(result.violationCount == 0)
  }

  @Test func badCombinationsAreErrorsAtTheirLines() {
    func problems(_ faults: String) -> [String] { Samples.problems(Samples.small + "faults: \(faults)\n") }
    #expect(problems("{kinds: [write-error]}") == [])
    #expect(
      problems("{kinds: [meteor]}").first?.hasPrefix(
        "s.yaml:6:18: faults.kinds[0]: expected one of write-error") == true)
    #expect(
      problems("{kinds: [write-error], placement: {call: 1}, pairs_max: 3}") == [
        "s.yaml:6:65: faults.pairs_max: expected 0 unless placement is every, found 3"
      ])
    #expect(
      problems("{kinds: [open-error], offset: 512}") == [
        "s.yaml:6:39: faults.offset: expected 0, since none of the kinds strikes reads or writes, found 512"
      ])
  }
}
