import Testing
import TortureSamples

@testable import TortureCore

/// Sequences for a store of which nothing but its traits is known.
@Suite struct AlphabetTests {
  private static func scenario(_ system: String, clients: Int = 1) throws -> Scenario {
    try Samples.read(
      """
      name: tiny
      system: {name: \(system)}
      segments: [{name: data.seg, length: 4096}]
      workload: {kind: bytes, clients: \(clients)}
      """)
  }

  @Test func theStandardOneHasWhatTheTraitsAllow() throws {
    let always: [Letter] = [
      .reopen, .abort(client: 0), .commit(client: 0, flush: true), .write(client: 0, range: 0),
      .write(client: 0, range: 1), .write(client: 0, range: 2), .begin(client: 0),
    ]
    let durable = try Alphabet.standard(Self.scenario("sqlite"))
    #expect(durable.letters == always && durable.rules.isEmpty)
    let spooling = try Alphabet.standard(Self.scenario("lrvm"))
    #expect(Set(spooling.letters) == Set(always + [.flush, .commit(client: 0, flush: false)]))
    #expect(spooling.rules.isEmpty)
  }

  /// A store that declares no alphabet has the standard one.
  @Test func itIsThatOfAStoreThatDeclaresNone() throws {
    let scenario = try Self.scenario("sqlite")
    #expect(try scenario.systemUnderTest.alphabet(of: scenario) == Alphabet.standard(scenario))
  }

  @Test(arguments: [("sqlite", 1), ("lrvm", 2)]) func noRuleLeavesAnythingOut(system: String, clients: Int)
    throws
  {
    let scenario = try Self.scenario(system, clients: clients)
    let alphabet = try Alphabet.standard(scenario)
    let space = SequenceSpace(alphabet, bound: 3)
    for size in 0...3 {
      let legal = PlainSequences.legal(size, alphabet, scenario)
      #expect(space.counts[size].kept == legal.count)
      #expect(space.counts[size].leftOut.allSatisfy { $0 == 0 })
      let first = space.firstIndex(ofSize: size)
      #expect((first..<first + legal.count).map(space.sequence) == legal)
    }
  }
}
