import FaultFS
import Testing
import TortureSamples

@testable import TortureCore
@testable import TortureFailures

/// What is said of data that comes back: it never tried to commit, or an opening had shown that it is gone.
@Suite struct EarlierOpeningTests {
  private func resurrected(called: Int?) throws -> Violation {
    let testCase = TestCase(try FaultyStores.scenario("sound", transactions: 3), seed: 1)
    let images = testCase.oracle.images(prefix: 3)
    guard
      case .violation(let violation) = testCase.oracle.judge(
        images, promised: 2, attempted: 2, called: called)
    else { throw FaultySamples.NoFailure() }
    return violation
  }

  @Test func theSentenceIsTrueInBothCases() throws {
    let never = try resurrected(called: nil)
    #expect(never.kind == .resurrected && never.message.contains("had not tried to commit"))
    let gone = try resurrected(called: 3)
    #expect(gone.kind == .resurrected && !gone.message.contains("had not tried to commit"))
    #expect(gone.message.contains("was missing when the store was opened earlier"))
  }

  /// After a recovery that showed fewer commits than were called, the others have been called all the same.
  @Test func aRecoveryForgetsNoCall() {
    var outcome = Judge.Outcome()
    outcome.prefix = 1
    let bounds = Bounds(promised: 0, promisedBefore: 0, attempted: 3, called: 3)
    let next = Terms(bounds: bounds).afterCrash(at: 0, in: outcome)
    #expect(next.bounds == .exactly(1, called: 3))
    var history = History()
    for commit in 1...3 { history.noteAttempt(commit: commit, position: commit) }
    #expect((0...4).map(history.called) == [0, 1, 2, 3, 3])
    history.noteReopened(prefix: 1, position: 5)
    #expect(history.attempted(at: 6) == 1 && history.called(at: 6) == 3)
  }
}

@Suite struct KeptFindingsTests {
  private func finding(_ number: Int, _ kind: Violation.Kind, losing name: String) -> Finding {
    let call = StorageCall(number: number, kind: .write, name: name)
    return Finding(
      id: "\(number)", violation: Violation(kind, "."), crashes: [CrashState(point: number)],
      losses: [Loss(call: call, place: .size)], strategy: "", afterCrashStates: number)
  }

  private func kept(_ findings: [Finding]) -> [String] {
    var kept = KeptFindings()
    for finding in findings { _ = kept.add(finding) }
    return kept.all.map(\.id)
  }

  @Test func aQuietBugIsHeardBesideALoudOne() {
    let loud = (0..<100).map { finding($0, .lostCommit, losing: "log") }
    #expect(kept(loud) == (0..<8).map { "\($0)" })
    let quiet = finding(100, .tornTransaction, losing: "log")
    let other = finding(101, .lostCommit, losing: "segment")
    #expect(kept(loud + [quiet] + loud + [other, quiet]) == ["0", "1", "2", "3", "4", "5", "100", "101"])
  }

  /// Where a loud bug looks different each time, the kind of violation decides.
  @Test func aLoudBugOfManyFacesDoesNotHideAnotherKind() {
    let loud = (0..<20).map { finding($0, .lostCommit, losing: "file" + String(repeating: "x", count: $0)) }
    let quiet = finding(20, .recoveryFailed, losing: "log")
    #expect(kept(loud + [quiet]) == ["0", "1", "2", "3", "4", "5", "6", "20"])
    #expect(kept(loud) == (0..<8).map { "\($0)" })
  }
}
