package import FaultFS
import FaultMount
package import KernelDisk
import SeededRandom

/// What the kernel's file system was seen to leave of one litmus test: over the block-level crash states of recordings in which the kernel
/// drains this or that at each place.
package struct SeenOutcomes: Sendable, Codable {
  package var set = OutcomeSet()
  /// The errors of calls, by their number from 0, as the first recording has them.
  package var errors: [Int: String] = [:]
  package var recordingCount = 0
  /// Crash points that were explored: at each, all crash states or as many as were allowed.
  package var pointCount = 0
  /// Crash points at which more states could be told apart than were looked at.
  package var boundedPointCount = 0
  /// Crash states: each a combination of sectors that recovery asks for.
  package var stateCount = 0
  package var mountCount = 0
  package var rememberedCount = 0
  package var checkedCount = 0
  /// Looks that came to something else than the same sectors had led to, or asked for others.
  package var unlikeCount = 0

  package init() {}
}

extension KernelStage {
  /// Explores the crashes of a test on a file system.
  ///
  /// - Parameters:
  ///   - base: a disk with the empty file system, which is as it was when this returns.
  ///   - statesMax: how many crash states are looked at, at each crash point.
  ///   - remembers: whether what was seen need not be mounted again.
  package func seenOutcomes(
    of test: LitmusTest, on fileSystem: KernelFileSystem, base: CrashWindow, statesMax: Int,
    remembers: Bool = true
  ) throws(Problem) -> SeenOutcomes {
    var seen = SeenOutcomes()
    for interference in test.interferences {
      try base.withDisk(showing: base.everythingKept) { disk throws(Problem) in
        let script = test.script(with: interference)
        let run = try run(script, on: volume(on: disk), fileSystem)
        guard let marks = CallMarks(run) else {
          try succeed("'\(test.name)' on \(fileSystem.name)", run)
          throw Problem("'\(test.name)' on \(fileSystem.name) did not come to its end")
        }
        if seen.recordingCount == 0 { seen.errors = marks.errors }
        seen.recordingCount += 1
        try explore(
          CrashWindow(over: disk), marks, from: start(of: interference, marks), fileSystem, statesMax,
          remembers,
          &seen)
      }
    }
    return seen
  }

  /// What comes before the drain is in the recording without one.
  private func start(of interference: LitmusTest.Interference, _ marks: CallMarks) -> Int {
    if interference.drain == nil { return marks.begin }
    return marks.returned[interference.callCount - 1]
  }

  private func explore(
    _ window: CrashWindow, _ marks: CallMarks, from start: Int, _ fileSystem: KernelFileSystem,
    _ statesMax: Int,
    _ remembers: Bool, _ seen: inout SeenOutcomes
  ) throws(Problem) {
    let look = CrashedDiskLook(self, fileSystem, remembers: remembers)
    for point in Self.widestPoints(window.timeline, marks, from: start) {
      window.advance(to: point)
      seen.pointCount += 1
      var search = AnswerSearch(seed: UInt64(point))
      while search.hasMore && search.runCount < statesMax {
        let outcome = try search.next { resolver throws(Problem) in
          try window.withDisk(resolvingBy: resolver, keepsVersions: false) { disk throws(Problem) in
            try look.outcome(on: disk)
          }
        }
        seen.set.insert(outcome, afterCalls: marks.phase(at: point))
      }
      seen.stateCount += search.runCount
      seen.unlikeCount += search.askedOtherwise
      if search.hasMore { seen.boundedPointCount += 1 }
    }
    seen.mountCount += look.mountCount
    seen.rememberedCount += look.looks.rememberedCount
    seen.checkedCount += look.looks.checkedCount
    seen.unlikeCount += look.looks.unlikeCount + look.looks.wronglyRememberedCount
  }

  /// The crash points whose states include those of all others.
  ///
  /// Between two flushes a sector's candidates only become more, and no rule ties sectors of a bare disk: what may be left at a point may
  /// be left at the next one, up to the flush that is under way, and as long as no call returns.
  static func widestPoints(_ timeline: Timeline, _ marks: CallMarks, from start: Int) -> [Int] {
    (start...marks.end).filter { point in
      if point == marks.end || marks.phase(at: point) != marks.phase(at: point + 1) { return true }
      switch timeline.operation(point).kind {
      case .syncFull, .syncData: return true
      default: return false
      }
    }
  }
}
