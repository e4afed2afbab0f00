import FaultFS
import Testing
import TextFiles
import TortureCore
import TortureSamples

@testable import TortureFailures

/// What explorations find comes back when it is replayed, from a reproducer as well.
@Suite struct ExplorationReplayTests {
  @Test(arguments: ["log", "*.seg"])
  func whatAnExhaustiveOneFindsComesBack(sabotaged: String) throws {
    var replayed = 0
    for seed in 1...2 as ClosedRange<UInt64> {
      let scenario = try Samples.read(
        """
        name: tiny
        system: {truncation: \(seed % 2 == 0 ? "epoch" : "incremental"), truncation_threshold: 0.4, spool_limit: 600}
        log: {record_sectors: 6}
        segments:
          - {name: a.seg, length: 4096}
        workload:
          kind: bytes
          transactions: 4
          objects: 4
          range_length_max: 300
          mix: {commit_flush: 4, commit_no_flush: 4, abort: 1}
        disk: {tearing: none}
        crash: {exploration: exhaustive, recovery_depth: 1, executions_per_point: 50}
        sabotage: [{drop: sync, file: '\(sabotaged)'}]
        """)
      var explorer = Explorer(TestCase(scenario, seed: seed))
      explorer.explore()
      for finding in explorer.result.findings {
        let replay = CaseReplayer.replay(Reproducer(scenario: scenario, seed: seed, finding: finding))
        #expect(replay.violation == finding.violation, "\(finding.id)")
        replayed += 1
      }
    }
    #expect(replayed > 4)
  }

  @Test func aFindingWithItsFaultsIsTheSameAfterJSON() throws {
    let scenario = try Samples.read(
      """
      name: faults
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}]
      workload:
        kind: bank
        transactions: 8
        objects: 8
        mix: {commit_flush: 60, commit_no_flush: 40}
        between: {flush: 5, truncate: 10, reopen: 10, none: 75}
      crash: {states_per_point: 4, recovery_points_max: 2, recovery_states_per_point: 2}
      disk: {profile: ext4-ordered}
      faults: {kinds: [lost-write], placement: every, file: a.seg, recoveries_max: 2}
      """)
    // Where nothing is excused, a lost write of a segment is a violation.
    var explorer = Explorer(TestCase(scenario, seed: 1, system: MisusedLRVM<Strict>.self))
    explorer.explore()
    let finding = try #require(explorer.result.findings.first { !$0.crashes.isEmpty })
    #expect(finding.faults.map(\.kind) == [.lostWrite])
    let json = try JSONText.line(Reproducer(scenario: scenario, seed: 1, finding: finding))
    let read = try JSONText.decode(Reproducer.self, from: json)
    #expect(read.finding == finding)
  }
}
