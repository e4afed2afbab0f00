import FaultFS
import Testing
import TortureCore
import TortureSamples
import TortureViews

@testable import TortureFailures

@Suite struct SyncAuditTests {
  private func scenario(_ profile: String = "posix") throws -> Scenario {
    try Samples.read(
      """
      name: audited
      log: {record_sectors: 8}
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bytes, transactions: 4, range_length_max: 20, mix: {commit_flush: 1}, between: {truncate: 1}}
      disk: {profile: \(profile), tearing: none}
      """)
  }

  /// The sites name every sync of the run, each once, and leaving one out takes exactly that one away.
  @Test func theNumbersAreThoseOfTheSyncsThatAreLeftOut() throws {
    let testCase = TestCase(try scenario(), seed: 1)
    let sites = SyncSite.sites(of: testCase)
    let numbers = sites.flatMap(\.numbers).sorted()
    let whole = syncs(Recording(testCase))
    #expect(numbers == Array(whole.indices))
    for site in sites {
      for number in site.numbers { #expect(site.subjects.contains(whole[number])) }
      let operations = Recording(testCase).disk.timeline.operations
      for (number, position) in zip(site.numbers, site.positions) {
        #expect(operations[position].name == whole[number])
      }
    }
    for number in [0, numbers.count / 2, numbers.count - 1] {
      var expected = whole
      expected.remove(at: number)
      #expect(syncs(Recording(testCase, change: .removed([number]))) == expected)
    }
    #expect(syncs(Recording(testCase, change: .removed(Set(numbers)))) == [])
  }

  private func syncs(_ recording: Recording) -> [String] {
    recording.disk.timeline.operations.filter {
      [.syncData, .syncFull, .syncDirectory].contains($0.kind)
    }.map(\.name)
  }

  private func audit(_ scenario: Scenario) -> SyncAudit {
    let testCase = TestCase(scenario, seed: 1)
    let sites = SyncSite.sites(of: testCase)
    var audit = SyncAudit()
    func trial(_ removal: SyncRemoval) -> SyncAudit.Trial {
      SyncAudit.Trial(CrashHunt.run(without: removal, testCase, executionsMax: 4000))
    }
    for site in sites {
      for index in site.numbers.indices { audit.add(site, trial(SyncRemoval(site, index))) }
    }
    let unneeded = audit.unneeded(sites)
    if !unneeded.isEmpty { audit.add(together: trial(SyncRemoval(unneeded))) }
    return audit
  }

  @Test func aCommitNeedsTheSyncOfTheLog() throws {
    let audit = audit(try scenario())
    let commit = try #require(
      audit.rows.first { row in
        row.site.stack.contains { $0.function.contains("Engine.commit") }
          && row.site.stack.contains { $0.function.contains("lead") }
      })
    #expect(commit.site.subjects == ["log"])
    #expect(commit.isNeeded)
    #expect(commit.consequence == "lost-commit")
    #expect(SyncAuditText.lines(audit).contains { $0.hasPrefix("needed  data sync of 'log'") })
  }

  /// Where everything that returned stays, no sync is needed, and nothing is left to sampling.
  @Test func noSyncIsNeededWhereTheCacheOutlivesTheProcess() throws {
    let audit = audit(try scenario("process-crash"))
    #expect(!audit.rows.isEmpty)
    for row in audit.rows {
      #expect(!row.isNeeded && row.provenUnneeded == row.tried, "\(row.site.subjects)")
    }
    let lines = SyncAuditText.lines(audit)
    #expect(
      lines.dropLast().last
        == "\(audit.rows.count) of \(audit.rows.count) places that sync were never needed.")
    let extent = try #require(audit.together.first?.extent)
    #expect(
      lines.last?.hasPrefix(
        "Left out together, they are not missed either, in each of \(extent.coverage.legal) crash states")
        == true)
  }
}
