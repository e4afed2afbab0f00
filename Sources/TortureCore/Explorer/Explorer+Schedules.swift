import FaultFS
import ThreadSchedules

extension Explorer {
  /// The threads of a run that stopped stay until the process ends.
  private static let stoppedRunsMax = 64

  /// What decides the crash states of a run, and what is legal after them.
  private struct Course: Hashable {
    var digest: UInt64
    var history: History
    var order: [Int]?
  }

  /// Crashes the runs of a case whose clients are threads: one, or that of every schedule within the bound.
  ///
  /// - Parameters:
  ///   - first: the run that was made already.
  ///   - decider: what decided it.
  mutating func crashSchedules(_ first: Recording, _ decider: any Decider) {
    var coverage = ScheduleCoverage()
    var recording = first
    var decider = decider
    var courses: Set<Course> = []
    var stoppedRuns = 0
    while true {
      coverage.schedules += 1
      coverage.decisions += recording.decisions
      let course = Course(
        digest: recording.disk.timeline.digest, history: recording.history, order: recording.commitOrder)
      if courses.insert(course).inserted || recording.violation != nil {
        coverage.recordings += 1
        crash(recording, at: points(count: recording.disk.operationCount + 1))
      }
      stoppedRuns += recording.isCutShort ? 1 : 0
      guard var walk = decider as? ScheduleWalk else { break }
      let goesOn = walk.advance()
      coverage.choicesBeyondBound = walk.choicesBeyondBound
      coverage.joined = walk.joined
      let isCapped =
        goesOn
        && (coverage.schedules >= testCase.scenario.threads.schedulesMax
          || stoppedRuns == Self.stoppedRunsMax)
      if isCapped { coverage.casesCapped = 1 }
      if !goesOn || isCapped { break }
      decider = walk
      recording = Recording(testCase, origins: origins, &decider)
    }
    result.schedules = coverage
  }
}
