import FaultFS
import SeededRandom
import ThreadSchedules

extension Explorer {
  /// The threads of a run that stopped stay until the process ends.
  private static let stoppedRunsMax = 64
  /// How many runs are made before it is known which come after them.
  private static let runsAtATime = 128

  /// What decides the crash states of a point, and what is legal after them.
  struct SchedulePoint: Hashable {
    /// Of all storage calls up to the one in flight.
    private var calls: UInt64
    private var isLast: Bool
    private var terms: Terms
    /// Of the commits that may be there, and of those that come next where the workload goes on.
    private var order: UInt64

    /// - Parameter calls: the hashes of the recording's storage calls, each with those before it.
    init(_ point: Int, of recording: Recording, _ calls: [UInt64], in testCase: TestCase) {
      terms = recording.terms(at: point, in: testCase)
      isLast = point == calls.count
      self.calls = (isLast ? calls.last : calls[point]) ?? 0
      let order = recording.commitOrder ?? []
      let goesOn = testCase.scenario.crash.goesOnTransactions > 0
      self.order = (goesOn ? order[...] : order.prefix(terms.bounds?.called ?? 0)).reduce(0) {
        SplitMix64.mix($0 &* 31 &+ UInt64($1) &+ 1)
      }
    }
  }

  /// Crashes the run of one schedule.
  mutating func crashSchedule(_ recording: Recording) {
    var coverage = ScheduleCoverage()
    coverage.schedules = 1
    coverage.decisions = recording.decisions
    coverage.recordings = 1
    result.schedules = coverage
    crash(recording, at: points(count: recording.disk.operationCount + 1))
  }

  /// Crashes the runs of every schedule within the bound.
  ///
  /// Runs with the same storage calls and the same order of commits have the same crash states, and so do crash points to which two
  /// runs came in the same way: what is the same is explored once.
  ///
  /// - Parameter first: the run that departs nowhere.
  mutating func crashEverySchedule(_ first: ScheduleRun) {
    let options = testCase.scenario.threads
    var coverage = ScheduleCoverage()
    var walk = ScheduleWalk(preemptionsMax: options.preemptionsMax)
    let runs = ScheduleRuns(testCase, cores: cores)
    var courses: Set<ScheduleRun.Course> = []
    var known: Set<SchedulePoint> = []
    var stoppedRuns = 0
    var made = [first]
    while true {
      var new: [ScheduleRun] = []
      for run in made where stoppedRuns < Self.stoppedRunsMax {
        walk.add(run.scout)
        coverage.schedules += 1
        coverage.decisions += run.decisions
        stoppedRuns += run.isCutShort ? 1 : 0
        guard let course = run.course else { continue }
        if courses.insert(course).inserted || run.hasViolation { new.append(run) }
      }
      let left = options.schedulesMax - coverage.schedules
      let isCapped = !walk.isDone && (left == 0 || stoppedRuns == Self.stoppedRunsMax)
      coverage.casesCapped = isCapped ? 1 : 0
      runs.begin(isCapped ? [] : walk.next(atMost: min(left, Self.runsAtATime)))
      for run in new { crash(run.schedule, &known, &coverage) }
      made = runs.finish()
      if made.isEmpty { break }
    }
    coverage.joined = walk.joined
    coverage.choicesBeyondBound = walk.choicesBeyondBound
    result.schedules = coverage
  }

  /// Crashes the run of a schedule at the points that are not known.
  private mutating func crash(
    _ schedule: Schedule, _ known: inout Set<SchedulePoint>, _ coverage: inout ScheduleCoverage
  ) {
    // Only now with the call stacks of its storage calls, which take longer than the run.
    var decider: any Decider = ScheduleFollower(schedule)
    let recording = Recording(testCase, origins: origins, &decider)
    coverage.recordings += 1
    let calls = recording.disk.timeline.digests
    let all = points(count: calls.count + 1)
    let new = all.filter { point in
      known.insert(SchedulePoint(point, of: recording, calls, in: testCase)).inserted
    }
    coverage.pointsKnown += all.count - new.count
    crash(recording, at: new)
  }
}
