import Testing

@testable import Torture

@Suite struct FailureCauseTests {
  /// One missing sync looks different in each crash state: in what else was lost, and so in the group.
  @Test func failuresOfOneCauseAreOneEntry() throws {
    let scenario = try ShrinkSamples.unsyncedLog().scenario
    var result = CaseRunner.run(scenario, seed: 1)
    let first = try #require(result.findings.first)
    // The same crash, told as one that lost something else besides.
    var other = first
    other.crashStory.append("lost: bytes 0..<512 of a.seg, by storage operation 3 (write 0..<9 of a.seg)")
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
      #expect(cause.sentence.contains("a data sync of 'log' between them closes this"))
      #expect(!cause.losses.isEmpty)
      #expect(
        cause.losses.allSatisfy {
          $0.contains(" at Sources/LRVM/") && !$0.contains(".swift:") && !$0.contains("Sources/Torture/")
        }, "\(cause)")
    }
    let joined = groups.joined(by: causes)
    #expect(joined.count == 1)
    #expect(joined.all.reduce(0) { $0 + $1.count } == groups.all.reduce(0) { $0 + $1.count })
    let one = try #require(joined.all.first { $0.missing != nil })
    #expect(one.fingerprint == groups.all.first { causes[$0.fingerprint] != nil }?.fingerprint)
    #expect(groups.joined(by: [:]) == groups)
  }

  /// Another bug of the same kind is another entry.
  @Test func otherCausesStayApart() throws {
    let log = try #require(FailureCause.of(try ShrinkSamples.unsyncedLog()))
    var other = log
    other.missing = "a data sync of 'other.seg'"
    #expect(other.key != log.key)
    let segment = try #require(FailureCause.of(try ShrinkSamples.canary("segment-sync-dropped")))
    #expect(segment.key != log.key)
    #expect(segment.losses.allSatisfy { !$0.contains("SectorPacker.write") }, "\(segment)")
  }
}
