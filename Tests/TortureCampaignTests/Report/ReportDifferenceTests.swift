import Testing
import TortureCampaign
import TortureCore
import TortureFailures
import TortureSamples

@Suite struct ReportDifferenceTests {
  /// A campaign whose scenarios found these kinds of violation, one case each; `nil` for a clean one.
  private func summary(_ found: KeyValuePairs<String, Violation.Kind?>) -> Summary {
    var summary = Summary(names: found.map(\.key), seeds: "1", jobs: 1)
    for (place, entry) in found.enumerated() {
      var result = CaseResult(scenario: entry.key, seed: 1)
      if let kind = entry.value {
        result.verdict = .violation
        result.violationCount = 1
        result.findings = [
          Finding(
            id: "\(entry.key)-1", violation: Violation(kind, "It is wrong."), crashes: [], losses: [],
            strategy: "prefix", afterCrashStates: 1)
        ]
      }
      summary.add(result, place: place, hash: 0)
    }
    return summary
  }

  @Test func failuresAreNewKnownGoneOrNotLookedFor() {
    let earlier = summary(["a": .lostCommit, "b": .resurrected, "c": .recoveryFailed])
    let later = summary(["a": .lostCommit, "b": nil, "d": .tornTransaction])
    let difference = ReportDifference(from: earlier, to: later)
    #expect(difference.new.map(\.kind) == ["torn-transaction"])
    #expect(difference.known.map(\.kind) == ["lost-commit"])
    #expect(difference.gone.map(\.group.kind) == ["resurrected"] && difference.gone.map(\.cases) == [1])
    #expect(difference.unseen.map(\.kind) == ["recovery-failed"])
    let same = ReportDifference(from: later, to: later)
    #expect(same.new.isEmpty && same.gone.isEmpty && same.unseen.isEmpty && same.known.count == 2)
  }
}
