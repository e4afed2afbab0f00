package import FaultFS
import FaultMount
import KernelDisk

/// What a profile of FaultFS allows one litmus test to leave.
package struct AllowedOutcomes: Sendable, Codable {
  package var set = OutcomeSet()
  package var errors: [Int: String] = [:]
  package var stateCount = 0
  /// Crash points at which more states could be told apart than were looked at; where there is one, the set is not whole.
  package var boundedPointCount = 0

  package init() {}
}

extension KernelStage {
  /// Makes the calls of a test on FaultFS itself, and explores every crash state that the profile allows.
  package func allowedOutcomes(
    of test: LitmusTest, under profile: Profile, statesMax: Int = 100_000
  ) throws(Problem) -> AllowedOutcomes {
    var profile = profile
    profile.sectorLength = KernelDisk.sectorLength
    let disk = FaultDisk(profile: profile)
    let volume = volume(on: disk)
    if let setup = test.setup { try succeed("the set-up of '\(test.name)'", run(setup, on: volume, nil)) }
    disk.restartRecording()
    let run = try run(["begin"] + test.calls + ["end"], on: volume, nil)
    guard let marks = CallMarks(run) else {
      try succeed("'\(test.name)' on FaultFS", run)
      throw Problem("'\(test.name)' on FaultFS did not come to its end")
    }
    var allowed = AllowedOutcomes()
    allowed.errors = marks.errors
    let window = CrashWindow(over: disk)
    for point in 0...window.lastPoint {
      window.advance(to: point)
      var search = AnswerSearch(seed: UInt64(point))
      while search.hasMore && search.runCount < statesMax {
        let outcome = search.next { resolver in
          window.withDisk(resolvingBy: resolver, keepsVersions: false) { disk in
            VolumeLook.outcome(on: self.volume(on: disk))
          }
        }
        for count in marks.phases(at: point) { allowed.set.insert(outcome, afterCalls: count) }
      }
      allowed.stateCount += search.runCount
      if search.hasMore { allowed.boundedPointCount += 1 }
    }
    return allowed
  }
}

extension CallMarks {
  /// How many calls may have returned at a crash point of FaultFS's own recording: more than one number where calls returned
  /// that are no operations of it.
  func phases(at point: Int) -> ClosedRange<Int> {
    let last = phase(at: point)
    let first = point == 0 ? 0 : returned.count { $0 < point } + 1
    return min(first, last)...last
  }
}
