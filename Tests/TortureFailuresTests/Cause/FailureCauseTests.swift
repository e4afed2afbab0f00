import Testing
import TortureCore
import TortureSamples
import TortureViews

@testable import TortureFailures

@Suite struct FailureCauseTests {
  /// What calls a store, and has no part in a cause.
  private static let harness = ["WorkloadRun", "Recording", "Explorer", "Judge", "CrashHunt", "FailureCause"]

  /// One missing sync looks different in each crash state: in what else was lost, and so in the group.
  @Test func failuresOfOneCauseAreOneEntry() throws {
    let scenario = try ShrinkSamples.unsyncedLog().scenario
    var result = CaseRunner.run(scenario, seed: 1)
    let first = try #require(result.findings.first { $0.violation?.kind == .lostCommit })
    // The same crash, told as one that lost something else besides.
    var other = first
    other.losses.append(makeLoss("a.seg", number: 3))
    result.findings = [first, other]
    var groups = FailureGroups()
    groups.add(result, place: 0)
    let causes = try Dictionary(
      uniqueKeysWithValues: result.findings.map { finding in
        let reproducer = Reproducer(scenario: scenario, seed: 1, finding: finding)
        return (FailureSignature(finding).fingerprint, try #require(FailureCause.of(reproducer)))
      })
    #expect(causes.count == 2 && groups.count == 2)
    #expect(Set(causes.values.map(\.key)).count == 1)
    for cause in causes.values {
      #expect(cause.barrier?.text.contains("a data sync of 'log' between them closes this") == true)
      #expect(!cause.losses.isEmpty)
      // Functions of the store alone, without the lines that change with every edit.
      #expect(
        cause.losses.allSatisfy { origin in
          !origin.functions.isEmpty
            && origin.functions.allSatisfy { function in
              !function.contains(".swift") && !Self.harness.contains { function.hasPrefix("\($0).") }
            }
        }, "\(cause)")
    }
    let joined = groups.joined(by: causes)
    #expect(joined.count == 1)
    #expect(joined.all.reduce(0) { $0 + $1.count } == groups.all.reduce(0) { $0 + $1.count })
    let one = try #require(joined.all.first { $0.missing != nil })
    #expect(one.fingerprint == groups.all.first { causes[$0.fingerprint] != nil }?.fingerprint)
    #expect(groups.joined(by: [:]) == groups)
  }

  /// A sync that is missing shows as one kind of violation or another, by what else the crash took.
  @Test func oneMissingSyncIsOneCause() throws {
    let lost = try #require(FailureCause.of(try ShrinkSamples.unsyncedLog(.lostCommit)))
    var torn = lost
    torn.kind = .tornTransaction
    torn.losses = []
    torn.barrier?.second.moment = .ended
    #expect(lost.barrier != torn.barrier)
    #expect(lost.key == torn.key)
  }

  /// Another bug of the same kind is another entry.
  @Test func otherCausesStayApart() throws {
    let log = try #require(FailureCause.of(try ShrinkSamples.unsyncedLog(.lostCommit)))
    var other = log
    other.barrier?.subject = "other.seg"
    #expect(other.key != log.key)
    let segment = try #require(FailureCause.of(try ShrinkSamples.canary("segment-sync-dropped")))
    #expect(segment.key != log.key)
    #expect(
      segment.losses.allSatisfy { !$0.functions.contains { $0.contains("SectorPacker.write") } }, "\(segment)"
    )
  }
}
