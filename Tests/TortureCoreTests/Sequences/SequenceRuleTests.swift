import FaultFS
import SeededRandom
import LRVMTorture
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore

/// That leaving out is harmless, with the engine as it is: what a sequence that is left out does to the disk, the one
/// that is kept instead does too, and owes no less for it.
@Suite struct SequenceRuleTests {
  /// What a recording shows to a crash: the operations with their bytes, and which states are legal at each point.
  private struct Trace {
    var digest: UInt64
    /// Where the last operation begins.
    var lastStart: Int
    /// Kind, file, offset and length of each storage call.
    var calls: [String]
    var legal: [Set<UInt64>]

    init(_ sequence: [Letter], _ scenario: Scenario, _ alphabet: Alphabet) {
      let testCase = TestCase(scenario, seed: 0, workload: Workload(sequence, alphabet))
      let recording = Recording(testCase)
      #expect(recording.violation == nil, "\(sequence)")
      digest = recording.disk.timeline.digest
      lastStart = recording.steps.last?.start ?? 0
      calls = recording.disk.timeline.operations.map { "\($0.kind) \($0.name) \($0.offset) \($0.length)" }
      legal = (0...recording.disk.operationCount).map { point in
        guard let bounds = recording.bounds(at: point) else { return [] }
        return Set(testCase.oracle.prefixHashes[bounds.promised...bounds.attempted])
      }
    }
  }

  @Test(arguments: [
    (clients: 1, truncation: "epoch", optimizations: true, bound: 4),
    (clients: 1, truncation: "incremental", optimizations: true, bound: 4),
    (clients: 1, truncation: "epoch", optimizations: false, bound: 4),
    (clients: 2, truncation: "epoch", optimizations: true, bound: 4),
    (clients: 2, truncation: "incremental", optimizations: true, bound: 4),
  ]) func whatIsLeftOutIsCovered(
    base: (clients: Int, truncation: String, optimizations: Bool, bound: Int)
  ) throws {
    let scenario = try ExhaustSamples.scenario(
      clients: base.clients, truncation: base.truncation, optimizations: base.optimizations)
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    let rewriting = SequenceRewriting(alphabet: alphabet)
    var known: [[Letter]: Trace] = [:]
    var leftOut = 0
    for size in 0...base.bound {
      for sequence in PlainSequences.legal(size, alphabet, scenario) {
        let kept = rewriting.normalForm(sequence)
        guard kept != sequence else { continue }
        leftOut += 1
        let cover = known[kept] ?? Trace(kept, scenario, alphabet)
        known[kept] = cover
        let trace = Trace(sequence, scenario, alphabet)
        #expect(trace.digest == cover.digest, "\(sequence) is not \(kept)")
        #expect(trace.legal.count == cover.legal.count)
        #expect(
          zip(cover.legal, trace.legal).allSatisfy { $0.isSubset(of: $1) },
          "\(kept) owes less than \(sequence)")
      }
    }
    #expect(leftOut > 100)
  }

  /// The same for longer sequences that go through truncation and several lives, a few thousand drawn at random.
  @Test func longSequencesAreCovered() throws {
    for clients in 1...2 {
      let scenario = try ExhaustSamples.scenario(clients: clients)
      let alphabet = try LRVMSystem.alphabet(of: scenario)
      let rewriting = SequenceRewriting(alphabet: alphabet)
      var random = SplitMix64(seed: UInt64(clients))
      for _ in 0..<300 {
        var legality = SequenceLegality(alphabet)
        var sequence: [Letter] = []
        while sequence.count < Alphabet.boundMax {
          guard let letter = random.pick(alphabet.letters.filter { legality.allows($0, alphabet) }) else {
            break
          }
          legality.append(letter, alphabet)
          sequence.append(letter)
        }
        let kept = rewriting.normalForm(sequence)
        let (trace, cover) = (Trace(sequence, scenario, alphabet), Trace(kept, scenario, alphabet))
        #expect(trace.digest == cover.digest, "\(sequence) is not \(kept)")
        #expect(zip(cover.legal, trace.legal).allSatisfy { $0.isSubset(of: $1) })
      }
    }
  }

  /// A sequence is explored at the crash points of its last operation. Those before belong to the sequence without it.
  @Test(arguments: [1, 2]) func earlierCrashPointsBelongToEarlierSequences(clients: Int) throws {
    let scenario = try ExhaustSamples.scenario(clients: clients)
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    let rewriting = SequenceRewriting(alphabet: alphabet)
    let space = SequenceSpace(alphabet, bound: 6)
    for index in stride(from: 1, to: space.count, by: clients * 2 - 1) {
      let sequence = space.sequence(at: index)
      let shorter = rewriting.normalForm(sequence.dropLast())
      let (trace, cover) = (Trace(sequence, scenario, alphabet), Trace(shorter, scenario, alphabet))
      #expect(Array(trace.calls.prefix(trace.lastStart)) == cover.calls, "\(sequence), \(shorter)")
      for point in 0..<trace.lastStart { #expect(cover.legal[point].isSubset(of: trace.legal[point])) }
    }
  }

  @Test func onlyTheLastOperationIsCrashed() throws {
    let scenario = try ExhaustSamples.scenario()
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    let space = SequenceSpace(alphabet, bound: 3)
    for index in 0..<space.count {
      let sequence = space.sequence(at: index)
      let workload = Workload(sequence, alphabet)
      let trace = Trace(sequence, scenario, alphabet)
      let last = CaseRunner.run(scenario, seed: 0, workload: workload, crashesInLastOnly: true)
      #expect(last.crashPoints == trace.calls.count + 1 - trace.lastStart)
      let all = CaseRunner.run(scenario, seed: 0, workload: workload, crashesInLastOnly: false)
      #expect(all.crashPoints == trace.calls.count + 1)
      #expect(last.violationCount + all.violationCount == 0)
    }
  }

  @Test func noTwoStoresHaveAByteInCommon() throws {
    let alphabet = try LRVMSystem.alphabet(of: ExhaustSamples.scenario(clients: 2))
    let space = SequenceSpace(alphabet, bound: 9)
    for index in stride(from: 0, to: space.count, by: 97) {
      let operations = Workload(space.sequence(at: index), alphabet).operations
      var values: [Int: Set<UInt8>] = [:]
      for case .write(_, 0, let offset, let bytes) in operations {
        for (position, byte) in bytes.enumerated() {
          #expect(byte != 0 && values[offset + position, default: []].insert(byte).inserted)
        }
      }
    }
  }
}
