import FaultFS
import Testing
import TextFiles
import TortureSamples

@testable import TortureCore

@Suite struct CaseResultTests {
  @Test func keysAreInSnakeCaseAndSorted() throws {
    let result = CaseResult(scenario: "bank", seed: 7, crashStates: 3, marks: ["b": 1, "a": 0])
    let line = try JSONText.line(result)
    #expect(
      line == """
        {"commits":0,"crash_points":0,"crash_states":3,"digest":"","faults":{},"marks":{"a":0,"b":1},\
        "operations":0,\
        "recovery_crash_states":0,"scenario":"bank","seed":7,"storage_operations":0,"verdict":"clean",\
        "violation_count":0,"violations":[]}
        """)
    #expect(try JSONText.decode(CaseResult.self, from: line) == result)
  }

  @Test func everyDifferenceIsNamed() {
    let result = CaseResult(scenario: "bank", seed: 7)
    #expect(result.differences(from: result).isEmpty)
    var tally = FaultTally()
    tally.addRun(.detected)
    var other = CaseResult(
      scenario: "list", seed: 8, verdict: .failed, operations: 1, storageOperations: 1, crashPoints: 1,
      crashStates: 1,
      recoveryCrashStates: 1, commits: 1, digest: "d", marks: ["m": 1], faults: ["f": tally],
      violationCount: 1, findings: [makeFinding("f")], reason: "r")
    other.coverage = Coverage()
    other.schedules = ScheduleCoverage()
    // A difference itself is what comparing made, and is not compared.
    let fields = Set(CaseResult.CodingKeys.allCases).subtracting([.difference]).map(\.rawValue)
    #expect(result.differences(from: other).sorted() == fields.sorted())
  }
}
