import FaultFS
import Foundation
import Testing
import TortureCore

extension ProgramsInThisProcess {
  /// Faults strike the workload, call after call, and the checker; what the program said without them is what it is held to.
  @Suite struct ProgramFaultTests {
    /// A setting that is replaced twice; `save` ends with the status of what failed in it.
    private func result(
      _ kinds: String, save: String, check: String = "cat $STORE/f", more: String = ""
    ) throws -> CaseResult {
      Samples.result(
        try Samples.scenario(
          setup: "echo value 0 >$STORE/f",
          workload: "for n in 1 2; do \(save) || exit 1; echo saved $n; done", check: check,
          exploration: "sampled", recoveryDepth: 0, disk: "disk: {tearing: none}",
          faults: "faults: {kinds: [\(kinds)], placement: every, points_per_run: 2\(more)}"))
    }

    private let careful =
      "{ echo value $n >$STORE/new && sync $STORE/new && mv $STORE/new $STORE/f && sync $STORE; }"
    private let careless =
      "{ echo value $n >$STORE/new; sync $STORE/new; mv $STORE/new $STORE/f; sync $STORE; true; } 2>/dev/null"

    @Test(arguments: ["write-error", "no-space", "sync-error", "rename-error", "open-error", "short-write"])
    func whoStopsAtAnErrorIsClean(_ kind: String) throws {
      let result = try result(kind, save: careful)
      #expect(result.verdict == .clean, "\(result.findings.map(\.violation)) \(result.reason ?? "")")
      let tally = try #require(result.faults[kind])
      // Each of the two turns writes once, syncs twice, renames once, and opens a few times.
      #expect(tally.runs >= 2)
      #expect(tally.crashStates > 0)
    }

    @Test(arguments: ["write-error", "no-space", "sync-error", "rename-error"])
    func whoIgnoresAnErrorIsFound(_ kind: String) throws {
      let result = try result(kind, save: careless)
      #expect(result.verdict == .violation, "\(result.faults)")
      let finding = try #require(result.findings.first)
      #expect(finding.faults.map(\.kind.rawValue) == [kind])
    }

    @Test func theSameCaseHasTheSameResult() throws {
      let first = try result("write-error, sync-error", save: careless)
      #expect(try result("write-error, sync-error", save: careless) == first)
    }

    @Test func aWorkloadThatNeverEndsWithAFaultIsFound() throws {
      let result = Samples.result(
        try Samples.scenario(
          setup: "echo value 0 >$STORE/f",
          workload:
            "until echo value 1 >$STORE/f; do sleep 0.01; done; sync $STORE/f || sleep 1000; echo saved",
          check: "cat $STORE/f", exploration: "sampled", recoveryDepth: 0, program: "  time_limit: 500",
          faults: "faults: {kinds: [sync-error], placement: {call: 1}}"))
      #expect(
        result.findings.first?.violation?.kind == .operationFailed,
        "\(result.findings) \(result.reason ?? "")")
    }

    @Test func theCheckerIsStruckToo() throws {
      // One that takes an error for an empty store, and one that says so.
      func result(_ check: String) throws -> CaseResult {
        try self.result("read-error", save: careful, check: check, more: ", recoveries_max: 2")
      }
      #expect(try result("cat $STORE/f").verdict == .clean)
      let found = try result("cat $STORE/f 2>/dev/null || true")
      #expect(found.verdict == .violation)
      #expect(found.findings.first?.recoveryFault?.kind == .readError)
    }
  }
}
