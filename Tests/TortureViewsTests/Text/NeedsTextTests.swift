import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureSamples

@testable import TortureFailures
@testable import TortureViews

@Suite struct NeedsTextTests {
  private func group(_ name: String, closedBy rules: [DiskRule]?, isProven: Bool = true) -> FailureGroup {
    let finding = ViewSamples.violation(name)
    var group = FailureGroup(
      fingerprint: name, signature: FailureSignature(finding), count: 1, scenarios: [:], examples: [])
    guard let rules else { return group }
    var explanation = Explanation(isThere: true)
    var extent = HuntExtent()
    extent.points = 1
    extent.coverage.pointsExhausted = isProven ? 1 : 0
    explanation.rules = rules.map { ProfileVerdict(disk: $0.text, rule: $0, executions: 4, extent: extent) }
    group.minimal = MinimalFailure(
      operationsFound: 1, operations: [], finding: finding, isMinimal: true, explanation: explanation)
    return group
  }

  @Test func failuresAreCountedByTheStrangestDiskThatTheyNeed() {
    let groups = [
      group("a", closedBy: [.durableOnReturn]), group("b", closedBy: [.untornSectors, .durableOnReturn]),
      group("c", closedBy: [.durableOnReturn]), group("d", closedBy: nil), group("e", closedBy: []),
    ]
    #expect(
      NeedsText.line(groups)
        == "Of 5 failures, 1 needs a torn sector, 2 need a write that is lost after it returned, for 2 it is not known."
    )
    #expect(NeedsText.line([group("d", closedBy: nil)]) == nil)
    #expect(NeedsText.line([]) == nil)
  }

  @Test func theDocumentHasEachRule() throws {
    let root = FilePath(#filePath).removingLastComponent().appending("../../..").lexicallyNormalized()
    let text = try TextFile.read(root.appending("docs/reproducing.md"))
    let rows = DiskRule.allCases.map { "| `\($0.rawValue)` | \($0.breach) |\n" }
    #expect(text.contains(rows.joined()))
  }

  @Test func whatWasNotJudgedIsSaid() {
    #expect(
      group("a", closedBy: [.untornSectors]).need
        == "Needs a torn sector: where no sector tears, nothing is found.")
    #expect(
      group("a", closedBy: [.untornSectors], isProven: false).need
        == "Needs a torn sector: where no sector tears, nothing is found, though not every crash state was judged."
    )
    #expect(group("a", closedBy: []).need == nil)
  }

  @Test func howFarAFailureWasMadeSmaller() throws {
    func sizes(from found: Int, to count: Int, isMinimal: Bool = true) -> String? {
      var smaller = group("a", closedBy: [])
      smaller.minimal?.operationsFound = found
      smaller.minimal?.operations = Array(repeating: .flush, count: count)
      smaller.minimal?.isMinimal = isMinimal
      return smaller.sizes
    }
    #expect(sizes(from: 164, to: 3) == "Made smaller from 164 operations to 3; nothing more can be left out.")
    #expect(
      sizes(from: 9, to: 3, isMinimal: false)
        == "Made smaller from 9 operations to 3; a limit ended the search.")
    #expect(
      sizes(from: 110, to: 0) == "Made smaller from 110 operations to none: creating the store is enough.")
    // A program has none that could be left out.
    #expect(sizes(from: 0, to: 0) == nil)
  }
}
