import FaultFS
import Foundation
import Storage
import Testing
import TortureCore
import TortureSamples
import TortureViews

@testable import TortureFailures

/// A failure of a canary, replayed: the same verdict, told with call stacks.
@Suite struct CaseReplayerTests {
  /// The first failure of a shipped canary's first seed.
  private static func failure(_ canary: String) throws -> Reproducer {
    let path = Samples.package.appending(path: "scenarios/canary/\(canary).yaml").path
    let scenario = try Samples.load(path)
    let result = CaseRunner.run(scenario, seed: scenario.seeds.first)
    return Reproducer(
      scenario: scenario, seed: scenario.seeds.first, finding: try #require(result.findings.first))
  }

  @Test func theVerdictComesBackWithStacksOfTheProject() throws {
    let reproducer = try Self.failure("log-sync-dropped")
    #expect(reproducer.finding.violation?.kind == .lostCommit)
    let replay = CaseReplayer.replay(reproducer)
    #expect(replay.violation == reproducer.finding.violation)
    let story = StoryText.lines(replay.story)
    #expect(story.contains("sabotage: each sync of 'log' returns and does nothing"))
    let frames = story.filter { $0.contains(" at Sources/") }
    #expect(
      frames.contains {
        $0.contains("Engine.commit(_:in:_:number:) at Sources/LRVM/Engine/Engine+Transactions.swift:")
      }
    )
    #expect(frames.contains { $0.contains("at Sources/TortureCore/Explorer/Judge.swift:") })
    #expect(
      !frames.contains { $0.contains("specialization") || $0.contains("$s") || $0.contains("FaultFS/") })
  }

  @Test func theInvariantAloneGivesATransferAway() throws {
    let reproducer = try Self.failure("sum-broken")
    #expect(reproducer.finding.violation?.kind == .invariantBroken)
    let replay = CaseReplayer.replay(reproducer)
    #expect(replay.violation == reproducer.finding.violation)
    // Nothing is lost here but what sabotage left out, so that is where a stack has to lead.
    let story = StoryText.lines(replay.story)
    let left = try #require(
      story.firstIndex { $0.hasPrefix("left out by sabotage") && $0.hasSuffix("write of 'giro.seg'") })
    #expect(story[left + 1].contains(" at Sources/LRVM/Memory/ByteBuffer.swift:"))
  }

  /// The log's sync is left out: from the first commit on the disk surely holds none of the log that the program sees.
  @Test func theFilesAreSeenAfterEachOperation() throws {
    let picture = try #require(CaseReplayer.replay(try Self.failure("log-sync-dropped")).picture)
    let step = try #require(picture.steps.last { $0.operation.promises && !$0.files.isEmpty })
    let log = try #require(step.files.first { $0.name == "log" })
    let difference = try #require(log.difference)
    #expect(log.seenLength == log.syncedLength && difference.count > 0)
    #expect(difference.seen != difference.synced && difference.seen.count == 32)
    let cut = try #require(picture.cuts.first?.point)
    #expect(picture.steps.allSatisfy { $0.files.isEmpty == ($0.end > cut) })
    #expect(picture.recoveries.count == picture.cuts.count)
  }

  @Test func aDebuggedCaseStopsAtTheLostCall() async throws {
    let reproducer = try Self.failure("log-sync-dropped")
    let debugged = try #require(DebuggedCase(reproducer))
    #expect(debugged.call == reproducer.finding.losses.map(\.call.number).min())
    await #expect(processExitsWith: .signal(SIGTRAP)) {
      try #require(DebuggedCase(try CaseReplayerTests.failure("log-sync-dropped"))).run()
    }
    var trapped = reproducer
    trapped.finding.crashes = []
    #expect(DebuggedCase(trapped) == nil)
  }

  /// What is in the story of a crash is in that of its replay.
  @Test func theStoryIsThatOfTheFinding() throws {
    let reproducer = try Self.failure("log-sync-dropped")
    let replay = CaseReplayer.replay(reproducer)
    let told = replay.story.flatMap { part -> [Loss] in
      if case .losses(let losses) = part { losses.map(\.loss) } else { [] }
    }
    #expect(!reproducer.finding.losses.isEmpty)
    #expect(told == reproducer.finding.losses)
    let story = StoryText.lines(replay.story)
    for loss in told { #expect(story.contains("  \(loss.text)"), "\(loss)") }
  }

  /// A crash that the run does not arrive at any more: the failure is looked for elsewhere, and found.
  @Test(arguments: [1_000_000, -1]) func aCrashThatTheRunDoesNotArriveAtIsHuntedFor(point: Int) throws {
    var reproducer = try Self.failure("log-sync-dropped")
    reproducer.finding.crashes[0].point = point
    let replay = CaseReplayer.replay(reproducer)
    #expect(
      replay.violation.map { FailureIdentity($0) } == reproducer.finding.violation.map { FailureIdentity($0) }
    )
    guard case .obstacle(.runIsShorter(point, last: _), isFound: true)? = replay.story.first else {
      Issue.record("\(replay.story)")
      return
    }
    let first = try #require(StoryText.lines(replay.story).first)
    #expect(first.contains("storage call \(point)") && first.contains("in another crash state"))
  }

  @Test func aStateThatIsNotPossibleIsHuntedFor() throws {
    let reproducer = try Self.failure("log-sync-dropped")
    let changes: [(inout CrashState) -> Void] = [
      { $0.deviations[0].version = 1000 },
      { $0.deviations[0].version = -1 },
      { $0.deviations[0].cell = Cell.ID(100_000) },
      { $0.deviations[0].cell = Cell.ID(-1) },
      { $0.deviations.append($0.deviations[0]) },
      { $0.deviations[0].tear = Tear(newBytes: 3..<100_000, rest: .zeros) },
      { $0.deviations[0].tear?.newBytesStart = 9 },
      { $0.deviations.reverse() },
    ]
    for (index, change) in changes.enumerated() {
      var edited = reproducer
      change(&edited.finding.crashes[0])
      guard edited != reproducer else { continue }
      let replay = CaseReplayer.replay(edited)
      #expect(replay.violation?.kind == .lostCommit, "change \(index)")
      let point = edited.finding.crashes[0].point
      #expect(
        replay.story.first == .obstacle(.notPossible(point: point), isFound: true), "change \(index)")
      #expect(StoryText.lines(replay.story).first?.contains("no longer possible") == true)
    }
  }

  /// Once fixed, the store makes more storage calls: the crash of old is not possible any more, and all states of the
  /// same operations are safe.
  @Test func whatWasFixedDoesNotComeBack() throws {
    var fixed = try ShrinkSamples.unsyncedLogShrunk.get().best
    fixed.scenario.sabotage = []
    let replay = CaseReplayer.replay(fixed)
    #expect(replay.violation == nil)
    guard case .searched(let executions, let extent?)? = replay.story.last, extent.isComplete else {
      Issue.record("\(replay.story.suffix(2))")
      return
    }
    #expect(executions > 0)
    #expect(
      StoryText.lines(replay.story).last?.contains(" crash states at \(extent.points) crash points") == true)
  }
}
