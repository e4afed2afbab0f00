import LRVMTorture
import Testing
import TortureSamples

@testable import TortureCore

/// The enumerator against plain generation and rewriting of whole sequences.
@Suite struct SequenceSpaceTests {
  private static let bases: [(clients: Int, truncation: String, optimizations: Bool, bound: Int)] = [
    (1, "epoch", true, 5), (1, "incremental", true, 4), (1, "epoch", false, 5), (2, "epoch", true, 4),
    (2, "incremental", false, 4),
  ]

  @Test(arguments: bases.indices) func theSequencesAreThoseThatNoRuleRewrites(_ number: Int) throws {
    let base = Self.bases[number]
    let scenario = try ExhaustSamples.scenario(
      clients: base.clients, truncation: base.truncation, optimizations: base.optimizations)
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    let space = SequenceSpace(alphabet, bound: base.bound)
    let rewriting = SequenceRewriting(alphabet: alphabet)
    var index = 0
    for size in 0...base.bound {
      #expect(space.firstIndex(ofSize: size) == index)
      let legal = PlainSequences.legal(size, alphabet, scenario)
      let kept = legal.filter { rewriting.normalForm($0) == $0 }
      let counts = space.counts[size]
      #expect(counts.kept == kept.count)
      #expect(counts.kept + counts.leftOut.reduce(0, +) == legal.count)
      var strings = 1
      for _ in 0..<size { strings *= alphabet.letters.count }
      #expect(counts.illegal == strings - legal.count)
      let found = (index..<index + counts.kept).map(space.sequence)
      #expect(found == kept)
      index += kept.count
    }
    #expect(space.count == index)
  }

  @Test func legalMeansWhatItMeansForWorkloads() throws {
    let scenario = try ExhaustSamples.scenario(clients: 2)
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    for string in PlainSequences.strings(3, alphabet) {
      var legality = SequenceLegality(alphabet)
      var isLegal = true
      for letter in string where isLegal {
        isLegal = legality.allows(letter, alphabet)
        if isLegal { legality.append(letter, alphabet) }
      }
      let legal = Workload.problem(of: Workload(string, alphabet).operations, in: scenario) == nil
      // Beyond that, two clients never share a byte: not possible in three operations that begin with two begins.
      #expect(isLegal == legal)
    }
  }

  @Test func theRulesAreCountedBySequences() throws {
    let alphabet = try LRVMSystem.alphabet(of: ExhaustSamples.scenario())
    let space = SequenceSpace(alphabet, bound: 2)
    // Of one letter: begin, flush, truncate step and reopen are possible.
    var one = SequenceCounts()
    one.kept = 1
    one.illegal = 6
    one.leave(out: 1, by: .idleFlush)
    one.leave(out: 1, by: .idleTruncation)
    one.leave(out: 1, by: .unseenEnd)
    #expect(space.counts[1] == one)
    #expect(space.sequence(at: 0) == [])
    #expect(space.sequence(at: 1) == [.reopen])
  }

  @Test func aLargerBoundGoesOnWhereASmallerOneEnds() throws {
    let alphabet = try LRVMSystem.alphabet(of: ExhaustSamples.scenario(clients: 2))
    let small = SequenceSpace(alphabet, bound: 5)
    let large = SequenceSpace(alphabet, bound: Alphabet.boundMax)
    #expect(large.counts.prefix(6) == small.counts[...])
    for index in stride(from: 0, to: small.count, by: 7) {
      #expect(small.sequence(at: index) == large.sequence(at: index))
    }
    #expect(large.sequence(at: large.count - 1).count == Alphabet.boundMax)
  }
}
