import SeededRandom
import SystemPackage
import Testing
import TextFiles
import TortureSamples

@testable import TortureCampaign

@Suite struct CorpusTests {
  private static func entry(_ seed: UInt64, _ marks: [String], _ scenario: String = "s") -> Corpus.Case {
    Corpus.Case(scenario: scenario, seed: seed, marks: marks)
  }

  /// Nothing that was reached is missing, and nothing that is kept could go.
  @Test(arguments: 1...40) func itReachesAllAndNeedsEachOfItsCases(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var corpus = Corpus()
    var reached: [String: Set<String>] = [:]
    for number in 0..<60 {
      let marks = (0..<12).filter { _ in random.chance(0.2) }.map { "mark \($0)" }
      let scenario = ["a", "b"][random.below(2)]
      corpus.add(Self.entry(UInt64(number), marks, scenario))
      reached[scenario, default: []].formUnion(marks)
    }
    for (scenario, marks) in reached {
      let kept = corpus.cases.filter { $0.scenario == scenario }
      #expect(Set(kept.flatMap(\.marks)) == marks)
      for entry in kept {
        let others = kept.filter { $0 != entry }
        #expect(Set(others.flatMap(\.marks)) != marks, "seed \(entry.seed) could go")
      }
    }
  }

  @Test func oneThatReachesMoreTakesThePlaceOfOthers() {
    var corpus = Corpus()
    for (seed, marks) in [(1, ["x"]), (2, ["y"]), (3, ["x", "y"]), (4, ["x", "y", "z"]), (5, ["z"])] {
      corpus.add(Self.entry(UInt64(seed), marks))
    }
    #expect(corpus.cases == [Self.entry(4, ["x", "y", "z"])])
    #expect(corpus.seeds == ["s": [4]])
  }

  @Test func aFileComesBackAndAnyOtherIsRefused() throws {
    let folder = try TestFolder()
    let path = folder.appending("corpus.json")
    #expect(try Corpus.read(path, mayBeMissing: true) == Corpus())
    #expect(throws: CorpusError.self) { try Corpus.read(path) }
    var corpus = Corpus()
    corpus.add(Self.entry(.max, ["x"]))
    try corpus.write(path)
    #expect(try Corpus.read(path) == corpus)
    try TextFile.create(folder.path.appending("other.json"), "{\"cases\":7}\n")
    do {
      _ = try Corpus.read(folder.appending("other.json"))
      Issue.record("it was read")
    } catch {
      #expect(
        error.description.contains("is not a corpus") && error.description.contains("lrvm-torture corpus"))
    }
  }
}
