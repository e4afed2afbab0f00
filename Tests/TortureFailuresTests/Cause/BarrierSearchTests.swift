import FaultFS
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore
@testable import TortureFailures

/// The canaries leave a sync out; the barrier that is named has to be that sync.
@Suite struct BarrierSearchTests {
  @Test(arguments: [
    ("log-sync-dropped", "log", false), ("directory-sync-dropped", "", true),
  ])
  func theSyncThatWasLeftOutIsNamed(canary: String, subject: String, isDirectory: Bool) throws {
    let original = try ShrinkSamples.canary(canary)
    let best = ShrinkSamples.shrink(original, executionsMax: 12_000).best
    guard case .found(let barriers) = BarrierSearch.run(best) else {
      Issue.record("no barrier closes \(best.finding.summary)")
      return
    }
    // What sabotage left out, and before which storage call.
    let witness = CaseWitness()
    _ = Recording(best.testCase, witness: witness)
    let drops = witness.allDrops
    for barrier in barriers {
      #expect(barrier.subject.hasSuffix(subject) && barrier.isDirectory == isDirectory, "\(barrier.text)")
      #expect(
        drops.contains { $0.dropped.name == barrier.subject && barrier.positions.contains($0.before) },
        "\(barrier.text) \(drops.map(\.before))")
      #expect(barrier.first.stack.contains { $0.text.contains(" at Sources/LRVM/") }, "\(barrier.first)")
      #expect(barrier.second.stack.contains { $0.text.contains(" at Sources/") }, "\(barrier.second)")
    }
  }

  @Test func whatNoSyncClosesIsSaid() throws {
    let best = ShrinkSamples.shrink(try ShrinkSamples.canary("segment-write-dropped"), executionsMax: 4000)
      .best
    guard case .none(let why) = BarrierSearch.run(best) else {
      Issue.record("a write that never happens was closed by a sync")
      return
    }
    #expect([.noCrash, .nothingLost, .notFound].contains(why), "\(why)")
    var explanation = Explanation(isThere: true)
    explanation.withoutBarrier = why
    let words = ExplanationText.lines(explanation).joined()
    #expect(words.contains("no order of writes closes it") || words.contains("No single sync"))
  }
}

@Suite struct ExplanationTests {
  @Test func aMissingSyncOfTheLogIsExplained() throws {
    let best = try ShrinkSamples.unsyncedLogShrunk.get().best
    let explanation = Explanation.of(best)
    #expect(explanation.isThere)
    #expect(explanation.barriers.map(\.subject) == ["log"])
    #expect(explanation.barriers.first?.isProven == true)
    let verdicts = Dictionary(uniqueKeysWithValues: explanation.profiles.map { ($0.disk, $0) })
    #expect(verdicts["posix"]?.violation == best.finding.violation?.kind)
    #expect(verdicts["process-crash"]?.isSafe == true)
    #expect(verdicts["process-crash"]?.isProven == true)
    // A prefix of the writes can still be an empty one.
    #expect(verdicts["ext4-data"]?.isSafe == false)
    #expect(explanation.rules.map(\.rule) == [.durableOnReturn])
    #expect(
      ExplanationText.lines(explanation).contains {
        $0.contains("a data sync of 'log' between them closes this.")
      })
  }

  @Test func aMissingSyncOfTheDirectoryNeedsALostEntry() throws {
    let best = ShrinkSamples.shrink(try ShrinkSamples.unsyncedDirectory()).best
    #expect(Explanation.of(best).rules.first?.rule == .entriesWithFiles)
  }

  /// The file was synced under another name, so on a disk where that makes a name durable, it was the other one.
  @Test func aMissingSyncAfterARenameNeedsMore() throws {
    let best = ShrinkSamples.shrink(
      try ShrinkSamples.canary("directory-sync-dropped"), executionsMax: 12_000
    ).best
    #expect(Explanation.of(best).rules.first?.rule == .everythingInOrder)
  }

  @Test func aFixedProgramHasNothingToExplain() throws {
    var fixed = try ShrinkSamples.unsyncedLogShrunk.get().best
    fixed.scenario.sabotage = []
    #expect(!Explanation.of(fixed).isThere)
  }
}
