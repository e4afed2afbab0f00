import FaultFS
import Synchronization
import ThreadSchedules

/// What came of the run of one schedule.
struct ScheduleRun: Sendable {
  /// What decides the crash states of a run, and what is legal after them.
  struct Course: Hashable {
    var digest: UInt64
    var history: History
    var order: [Int]?

    init(_ recording: Recording) {
      digest = recording.disk.timeline.digest
      history = recording.history
      order = recording.commitOrder
    }
  }

  var scout: ScheduleScout
  var schedule: Schedule
  /// Nil where all that follows from its last state is known.
  var course: Course?
  var decisions: Int
  var isCutShort: Bool
  var hasViolation: Bool

  init(_ recording: Recording, _ decider: any Decider) {
    guard let scout = decider as? ScheduleScout, let schedule = recording.schedule else {
      fatalError("a run that no walk decided")
    }
    self.scout = scout
    self.schedule = schedule
    course = recording.isLetGo ? nil : Course(recording)
    decisions = recording.decisions
    isCutShort = recording.isCutShort
    hasViolation = recording.violation != nil
  }
}

/// Makes the runs of a walk, on several cores at a time.
///
/// What comes of a run follows from its schedule alone, and the runs are returned in the order of their scouts, whoever made them. So
/// nothing but the time depends on the number of cores.
final class ScheduleRuns {
  /// Who makes runs: each has what the runs of a case change to itself.
  private struct Maker: @unchecked Sendable {
    let testCase: TestCase

    /// - Parameter number: of those that make runs at the same time, each on a processor of its own; nil for one that is alone.
    init(_ testCase: TestCase, number: Int?) {
      self.testCase = TestCase(
        testCase.scenario, seed: testCase.seed, workload: testCase.workload, system: testCase.system)
      if let number { self.testCase.threads?.crew = ThreadCrew(processorsAfterThisOne: number) }
    }

    func make(_ round: Round) {
      while let (place, scout) = round.next() {
        var decider: any Decider = scout
        let recording = Recording(testCase, &decider)
        round.put(ScheduleRun(recording, decider), at: place)
      }
    }
  }

  /// Runs that are made at the same time.
  private final class Round: Sendable {
    private let scouts: [ScheduleScout]
    private let state: Mutex<(begun: Int, runs: [ScheduleRun?])>

    init(_ scouts: [ScheduleScout]) {
      self.scouts = scouts
      state = Mutex((0, [ScheduleRun?](repeating: nil, count: scouts.count)))
    }

    func next() -> (place: Int, scout: ScheduleScout)? {
      state.withLock { state in
        guard state.begun < scouts.count else { return nil }
        state.begun += 1
        return (state.begun - 1, scouts[state.begun - 1])
      }
    }

    func put(_ run: ScheduleRun, at place: Int) { state.withLock { $0.runs[place] = run } }

    var runs: [ScheduleRun] { state.withLock { $0.runs.compactMap { $0 } } }
  }

  private let own: Maker
  private let helpers: [Maker]
  private let crew = ThreadCrew()
  private var round = Round([])
  private var errands: [ThreadCrew.Errand] = []

  init(_ testCase: TestCase, cores: Int) {
    own = Maker(testCase, number: cores > 1 ? 0 : nil)
    helpers = (1..<max(cores, 1)).map { Maker(testCase, number: $0) }
  }

  /// Begins with the runs of these scouts, beside the calling thread, where there is more than one core.
  func begin(_ scouts: [ScheduleScout]) {
    let round = Round(scouts)
    self.round = round
    errands = scouts.isEmpty ? [] : helpers.map { helper in crew.begin { helper.make(round) } }
  }

  /// Makes those that are left, and returns all.
  func finish() -> [ScheduleRun] {
    own.make(round)
    for errand in errands { errand.finish() }
    return round.runs
  }
}
