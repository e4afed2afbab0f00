import FaultFS
import FaultMount
import Foundation
import ProgramTorture
import Testing
import TortureCore

extension ProgramsInThisProcess {
  /// Programs are judged by their own output.
  @Suite struct ProgramCaseTests {
    @Test(arguments: [
      (Samples.Writer.inPlace, Violation.Kind.tornTransaction), (.renamed, .tornTransaction),
      (.syncedAndRenamed, .lostCommit),
    ])
    func aWriterThatLacksASyncIsFound(_ writer: Samples.Writer, _ kind: Violation.Kind) throws {
      let result = Samples.result(try writer.scenario())
      #expect(result.verdict == .violation)
      #expect(result.findings.contains { $0.violation?.kind == kind }, "\(result.findings.map(\.violation))")
      #expect(result.commits == 3)
    }

    @Test(arguments: Profile.named.map(\.name))
    func aCompleteWriterIsClean(_ profile: String) throws {
      let result = Samples.result(try Samples.Writer.complete.scenario(disk: "disk: {profile: \(profile)}"))
      #expect(result.verdict == .clean, "\(result.findings.map(\.violation)) \(result.reason ?? "")")
      let coverage = try #require(result.coverage)
      #expect(coverage.pointsCapped == 0)
      #expect(coverage.covered == coverage.legal)
      #expect(coverage.pointsExhausted == result.crashPoints)
    }

    @Test func theSameCaseHasTheSameResult() throws {
      let scenario = try Samples.Writer.renamed.scenario()
      #expect(Samples.result(scenario) == Samples.result(scenario))
    }

    @Test func aPromiseOfAPrefixMayLoseTheLast() throws {
      #expect(
        Samples.result(try Samples.Writer.syncedAndRenamed.scenario(promise: "prefix")).verdict == .clean)
      #expect(Samples.result(try Samples.Writer.renamed.scenario(promise: "prefix")).verdict == .violation)
    }

    @Test func aCheckerCanJudgeByItself() throws {
      func scenario(_ writer: Samples.Writer) throws -> Scenario {
        try Samples.scenario(
          setup: "echo value 0 >$STORE/f", workload: writer.workload,
          check: """
            read word n <$STORE/f; last=$(tail -n 1 $ACKNOWLEDGED); \
            [ "$word" = value ] && [ "$n" -ge "${last#saved }" ] 2>/dev/null || [ ! -s $ACKNOWLEDGED ]
            """,
          promise: "checked")
      }
      #expect(Samples.result(try scenario(.complete)).verdict == .clean)
      let result = Samples.result(try scenario(.syncedAndRenamed))
      #expect(result.verdict == .violation)
      #expect(result.findings.allSatisfy { $0.violation?.kind == .recoveryFailed })
    }

    @Test func noProcessOfTheWorkloadSeemsToRunAfterwards() throws {
      // A lock that names its process; whoever finds it takes it away if there is no such process.
      let check =
        "if [ -s $STORE/lock ] && kill -0 $(cat $STORE/lock) 2>/dev/null; then exit 3; fi; "
        + "rm -f $STORE/lock; cat $STORE/f"
      let workload =
        "echo $$ >$STORE/lock; echo value 1 >$STORE/new; sync $STORE/new $STORE; mv $STORE/new $STORE/f; "
        + "sync $STORE; rm $STORE/lock; echo saved"
      let result = Samples.result(
        try Samples.scenario(
          setup: "echo value 0 >$STORE/f", workload: workload, check: check, recoveryDepth: 0))
      #expect(result.verdict == .clean, "\(result.findings.map(\.violation)) \(result.reason ?? "")")
      #expect(result.coverage?.pointsCapped == 0)
    }

    @Test func aCheckerThatWritesIsCrashedInTurn() throws {
      // A checker that finishes what it finds: in one way that a second crash does not break, and in one that it does.
      func scenario(_ check: String) throws -> Scenario {
        try Samples.scenario(
          setup: "echo value 0 >$STORE/f; echo 0 >$STORE/count", workload: Samples.Writer.complete.workload,
          check: check)
      }
      let sound = "if [ -e $STORE/new ]; then rm $STORE/new; fi; cat $STORE/f"
      #expect(Samples.result(try scenario(sound)).verdict == .clean)
      let broken =
        "cat $STORE/f || exit 1; if [ -e $STORE/new ]; then cat $STORE/new >$STORE/f; rm $STORE/new; fi"
      let result = Samples.result(try scenario(broken))
      #expect(result.verdict == .violation)
      #expect(result.recoveryCrashStates > 0)
      #expect(result.findings.contains { $0.crashes.count == 2 })
    }

    @Test func whatIsNotDurableIsToldAtEachLine() throws {
      let complete = try UnsyncedReport(of: Samples.Writer.complete.scenario()).moments
      #expect(complete.map(\.line) == ["saved 1", "saved 2"])
      #expect(complete.allSatisfy { $0.parts.isEmpty })
      let lacking = try UnsyncedReport(of: Samples.Writer.syncedAndRenamed.scenario()).moments
      #expect(lacking.map { $0.parts.map(\.kind) } == [[.entry, .entry], [.entry, .entry]])
      #expect(Set(lacking[0].parts.map(\.path)) == ["f", "new"])
      #expect(lacking[0].parts.allSatisfy { $0.calls.last?.kind == "rename" })
    }

    // MARK: What cannot be judged

    @Test(arguments: [
      ("exit 3", "cat $STORE/f", "the workload failed with status 3"),
      ("no-such-program", "cat $STORE/f", "the workload could not be found"),
      ("echo nothing", "cat $STORE/f", "the workload changed nothing in $STORE"),
      ("echo 1 >$STORE/f; sleep 1000 & echo done", "cat $STORE/f", "the workload left 1 process running"),
      ("echo 1 >$STORE/f; kill -9 $$", "cat $STORE/f", "the workload was killed by signal 9"),
      ("echo 1 >$STORE/f; echo one", "cat $STORE/f; date +%N", "the checker prints something else each time"),
      ("echo 1 >$STORE/f", "cat $STORE/f", "the workload printed nothing"),
      ("echo 1 >$STORE/f; echo one", "true", "the checker prints the same before and after each line"),
      ("echo 1 >$STORE/f; echo one", "no-such-program", "the checker could not be found"),
      ("echo 1 >$STORE/f; echo one", "cat $STORE/g", "the checker failed with status 1"),
    ])
    func whyIsSaid(_ workload: String, _ check: String, _ reason: String) throws {
      let result = Samples.result(
        try Samples.scenario(setup: "echo 0 >$STORE/f", workload: workload, check: check))
      #expect(result.verdict == .failed)
      #expect(result.reason?.hasPrefix(reason) == true, "\(result.reason ?? "nothing")")
    }

    @Test func limitsAreKept() throws {
      let slow = Samples.result(
        try Samples.scenario(
          workload: "echo 1 >$STORE/f; sleep 1000", check: "true", program: "  time_limit: 200"))
      #expect(
        slow.reason?.hasPrefix("the workload took longer than time_limit allows") == true,
        "\(slow.reason ?? "nothing")")
      let long = Samples.result(
        try Samples.scenario(
          workload: "echo 1 >$STORE/f; yes", check: "true", program: "  output_limit: 10000"))
      #expect(
        long.reason?.hasPrefix("the workload printed more than output_limit allows") == true,
        "\(long.reason ?? "nothing")")
    }

    @Test func aCheckerThatFailsWithoutACrashIsAViolation() throws {
      let result = Samples.result(
        try Samples.scenario(
          setup: "echo 0 >$STORE/f", workload: "echo 1 >$STORE/f; echo one", check: "grep 0 $STORE/f"))
      #expect(result.verdict == .violation)
      let first = try #require(result.findings.first)
      #expect(first.crashes.isEmpty)
      #expect(first.violation?.message.contains("after its line 1, 'one'") == true)
    }

    @Test func aCheckerThatAsksOtherQuestionsIsFoundOut() throws {
      let counter = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
      defer { try? FileManager.default.removeItem(atPath: counter) }
      // It prints the same, but looks at the files in another order each other time.
      let check = """
        n=$(cat \(counter) 2>/dev/null || echo 0); echo $((n + 1)) >\(counter); \
        if [ $((n % 2)) = 0 ]; then cat $STORE/f $STORE/g; else cat $STORE/g >/dev/null; cat $STORE/f $STORE/g; fi
        """
      let result = Samples.result(
        try Samples.scenario(
          setup: "echo 0 >$STORE/f; echo 0 >$STORE/g",
          workload: "echo 1 >$STORE/f; echo 1 >$STORE/g; sync $STORE/f $STORE/g; echo done", check: check))
      #expect(result.verdict != .failed && result.verdict != .trapped, "\(result.reason ?? "")")
      #expect(result.marks["checker asked other questions of the same files"] ?? 0 > 0)
      #expect(result.coverage?.pointsCapped ?? 0 > 0)
      #expect(result.coverage?.bounded.states ?? 0 > 0)
    }
  }
}
