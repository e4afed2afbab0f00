import FaultFS
import Foundation
import Storage
import Testing

@testable import Torture

/// A failure of a canary, replayed: the same verdict, told with call stacks.
@Suite struct CaseReplayerTests {
  /// The first failure of a shipped canary's first seed.
  private static func failure(_ canary: String) throws -> Reproducer {
    let path = Samples.package.appending(path: "scenarios/canary/\(canary).yaml").path
    let scenario = try ScenarioReader.load(path)
    let result = CaseRunner.run(scenario, seed: scenario.seeds.first)
    return Reproducer(
      scenario: scenario, seed: scenario.seeds.first, finding: try #require(result.findings.first))
  }

  @Test func theVerdictComesBackWithStacksOfTheProject() throws {
    let reproducer = try Self.failure("log-sync-dropped")
    #expect(reproducer.finding.violation?.kind == .lostCommit)
    let replay = CaseReplayer.replay(reproducer)
    #expect(replay.violation == reproducer.finding.violation)
    #expect(replay.story.contains("sabotage: each sync of 'log' returns and does nothing"))
    let frames = replay.story.filter { $0.contains(" at Sources/") }
    #expect(frames.contains { $0.contains("Engine.lead() at Sources/LRVM/Engine/Engine+Flush.swift:") })
    #expect(frames.contains { $0.contains("at Sources/Torture/Explorer/Judge.swift:") })
    #expect(
      !frames.contains { $0.contains("specialization") || $0.contains("$s") || $0.contains("FaultFS/") })
  }

  @Test func theInvariantAloneGivesATransferAway() throws {
    let reproducer = try Self.failure("sum-broken")
    #expect(reproducer.finding.violation?.kind == .invariantBroken)
    let replay = CaseReplayer.replay(reproducer)
    #expect(replay.violation == reproducer.finding.violation)
    // Nothing is lost here but what sabotage left out, so that is where a stack has to lead.
    let left = try #require(
      replay.story.firstIndex { $0.hasPrefix("left out by sabotage") && $0.hasSuffix("write of 'giro.seg'") })
    #expect(replay.story[left + 1].contains(" at Sources/LRVM/Memory/ByteBuffer.swift:"))
  }

  /// What is in the story of a crash is in that of its replay.
  @Test func theStoryIsThatOfTheFinding() throws {
    let reproducer = try Self.failure("log-sync-dropped")
    let story = CaseReplayer.replay(reproducer).story
    #expect(!reproducer.finding.crashStory.isEmpty)
    for line in reproducer.finding.crashStory { #expect(story.contains("  \(line)"), "\(line)") }
  }

  /// A crash that the run does not arrive at any more: the failure is looked for elsewhere, and found.
  @Test(arguments: [1_000_000, -1]) func aCrashThatTheRunDoesNotArriveAtIsHuntedFor(point: Int) throws {
    var reproducer = try Self.failure("log-sync-dropped")
    reproducer.finding.crashes[0].point = point
    let replay = CaseReplayer.replay(reproducer)
    #expect(
      replay.violation.map { FailureIdentity($0) } == reproducer.finding.violation.map { FailureIdentity($0) }
    )
    #expect(replay.story.first?.contains("storage operation \(point)") == true)
    #expect(replay.story.first?.contains("in another crash state") == true)
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
      #expect(replay.story.first?.contains("not possible") == true, "change \(index)")
    }
  }

  /// Mended, the store makes more storage operations: the crash of old is not possible any more, and all states of the
  /// same operations are safe.
  @Test func whatWasMendedDoesNotComeBack() throws {
    var mended = try ShrinkSamples.unsyncedLogShrunk.get().best
    mended.scenario.sabotage = []
    let replay = CaseReplayer.replay(mended)
    #expect(replay.violation == nil)
    #expect(replay.story.last?.hasSuffix("every crash state of the same operations was looked at") == true)
  }
}

@Suite struct CrashStoryTests {
  /// Sectors side by side that one operation lost are one sentence; each sentence names the first lost operation.
  @Test func whatOneOperationLostIsToldOnce() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 2048), at: 0)
    try file.write([UInt8](repeating: 2, count: 512), at: 512)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(
      CrashStory.lines(window, window.nothingKept) == [
        "lost: the directory entry a, by storage operation 0 (create a)",
        "lost: bytes 0..<512 of a, by storage operation 1 (write 0..<2048 of a)",
        "lost: bytes 512..<1024 of a, by storage operation 1 (write 0..<2048 of a) and a later one",
        "lost: bytes 1024..<2048 of a, by storage operation 1 (write 0..<2048 of a)",
        "lost: the size of a, by storage operation 1 (write 0..<2048 of a)",
      ])
    #expect(CrashStory.lines(window, window.everythingKept) == [])
  }
}
