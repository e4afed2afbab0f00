import SeededRandom
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureFailures
import TortureSamples

@testable import TortureCampaign

@Suite struct ResultLineTests {
  /// Against decoding the whole line, with names and messages that look like what is searched for.
  @Test func keysAreThoseThatDecodingFinds() throws {
    let names = [
      "bank", "ba", "a,\"scenario\":\"bank\",\"seed\":7", "\\", "é\u{1}", "\",\"seed\":",
      String(repeating: "x", count: 300),
    ]
    let scenarios = try names.map { name in
      var scenario = try makeScenario("any")
      scenario.name = name
      return scenario
    }
    let scanner = ResultLine(scenarios)
    for (number, name) in names.enumerated() {
      for seed in [0, 7, UInt64.max] {
        for verdict in CaseResult.Verdict.allCases {
          var result = CaseResult(
            scenario: name, seed: seed, verdict: verdict, marks: [",\"scenario\":\"bank\",\"seed\":9": 1],
            findings: [makeFinding("\"verdict\":\"clean\"")], reason: ",\"scenario\":\"ba\",\"seed\":1")
          // With every key that a line may have.
          result.coverage = Coverage()
          result.schedules = ScheduleCoverage()
          result.difference = CaseDifference(result, CaseResult(scenario: name, seed: seed, digest: "d"))
          let line = ArraySlice(Array(try JSONText.line(result).utf8))
          let key = scanner.key(line)
          #expect(key?.scenario == number)
          #expect(key?.seed == seed)
          #expect(ResultLine.isClean(line) == (verdict == .clean))
          #expect(scanner.key(line.dropLast()) == nil)
        }
      }
    }
    let stranger = try JSONText.line(CaseResult(scenario: "stranger", seed: 1))
    #expect(scanner.key(ArraySlice(Array(stranger.utf8))) == nil)
    #expect(scanner.key([]) == nil)
  }
}
