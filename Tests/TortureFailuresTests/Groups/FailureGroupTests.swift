import Testing
import TextFiles
import TortureSamples

@testable import TortureCore
@testable import TortureFailures

@Suite struct FailureGroupTests {
  private func trap(_ line: Int) -> Finding {
    Finding(
      id: "t",
      trap: Trap(
        signal: "SIGILL", message: "Fatal error: index \(line)",
        stack: [
          makeFrame("Log.read(_:)", "Sources/Log.swift", line),
          makeFrame("main", "Sources/Main.swift", line * 2),
        ]))
  }

  private func lost(_ numbers: Int, _ name: String = "log") -> Finding {
    var finding = makeFinding("x-\(numbers)")
    finding.losses = [makeLoss(name, number: numbers, offset: numbers, laterCount: 1)]
    return finding
  }

  @Test func whatDiffersFromSeedToSeedDoesNotCount() {
    #expect(FailureSignature(trap(3)).fingerprint == FailureSignature(trap(900)).fingerprint)
    #expect(FailureSignature(lost(1)).fingerprint == FailureSignature(lost(512)).fingerprint)
    let signature = FailureSignature(lost(1))
    let write = FailureSignature.Effect(
      isTorn: false, call: .write, isForced: false, name: "log", newName: nil)
    #expect(signature.effects == [write] && !signature.hasMoreEffects && signature.crashes == 2)
    #expect(
      FailureSignature(trap(3)).functions.first
        == FailureSignature.Function(name: "Log.read(_:)", file: "Sources/Log.swift"))
    #expect(FailureSignature(lost(1)).fingerprint != FailureSignature(lost(1, "accounts")).fingerprint)
    var torn = lost(1)
    torn.violation?.kind = .tornTransaction
    #expect(FailureSignature(torn).fingerprint != FailureSignature(lost(1)).fingerprint)
  }

  @Test func groupsAddUpInAnyOrder() throws {
    var whole = FailureGroups()
    var parts = [FailureGroups(), FailureGroups(), FailureGroups()]
    for place in 0..<60 {
      let result = CaseResult(
        scenario: "s\(place % 2)", seed: UInt64(place), verdict: .violation,
        findings: [lost(place), trap(place), lost(place, "f\(place % 5)x")])
      whole.add(result, place: place)
      parts[place * 7 % 3].add(result, place: place)
    }
    #expect(whole.count == 3)
    #expect(whole.all.map(\.count).sorted() == [60, 60, 60])
    #expect(whole.all[0].examples.map(\.place) == Array(0..<FailureGroup.examplesMax))
    #expect(whole.all[0].scenarios == ["s0": 30, "s1": 30])
    #expect(parts[2] + parts[0] + parts[1] == whole)
    #expect(parts[1] + (parts[2] + parts[0]) == whole)
    let text = try JSONText.document(whole)
    #expect(try JSONText.decode(FailureGroups.self, from: text) == whole)
  }
}
