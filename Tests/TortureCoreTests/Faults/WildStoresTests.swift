import Testing
import TortureSamples

@testable import TortureCore

/// Stores through bad pointers, and what protection and checksums make of them.
@Suite struct WildStoresTests {
  private func scenario(_ profile: String) throws -> Scenario {
    try Samples.read(
      """
      name: wild
      system: {name: vista}
      segments: [{name: a.seg, length: 4096}]
      workload:
        kind: bank
        transactions: 2
        objects: 4
        mix: {commit_flush: 1, commit_no_flush: 0, abort: 0}
        between: {none: 1}
      disk: {profile: \(profile)}
      """)
  }

  @Test func itIsAQuestionOfMemoryThatKeepsStores() throws {
    #expect(
      try ["rio", "adr", "adr-torn"].map { WildStores.canRun(try scenario($0)) } == [true, false, false])
    #expect(!WildStores.canRun(try Samples.scenario(.bank)))
  }

  @Test func protectionStopsWhatShowsWithoutIt() throws {
    var tally = WildStores(try scenario("rio"))
    for seed in 1...2 as ClosedRange<UInt64> { tally.run(try scenario("rio"), seed: seed) }
    #expect(tally.stores > 30 && tally.states > tally.stores)
    #expect(tally.harmless + tally.refused + tally.wrong == tally.stores)
    #expect(tally.harmless > 0 && tally.wrong > 0)
    #expect(tally.found <= tally.wrong)
    #expect(tally.protectedWrong == 0)
  }

  @Test func theSameSeedsComeToTheSame() throws {
    var tallies = [WildStores(try scenario("rio")), WildStores(try scenario("rio"))]
    for index in tallies.indices { tallies[index].run(try scenario("rio"), seed: 1) }
    #expect(tallies[0] == tallies[1])
  }
}
