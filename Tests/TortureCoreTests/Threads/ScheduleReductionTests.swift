import FaultFS
import Testing
import ThreadSchedules
import TortureSamples

@testable import TortureCore

/// What the walk over schedules leaves out, held against all of them, one by one.
@Suite struct ScheduleReductionTests {
  /// What is explored of the schedules that lead to the same storage calls is explored of each.
  @Test func aScheduleThatIsLeftOutComesToTheSame() throws {
    let scenario = try ThreadedCaseTests.scenario(.none, "{count: 2, schedules: every, preemptions_max: 1}")
    let testCase = TestCase(scenario, seed: 2)
    var decider = testCase.decider()
    var walk = ScheduleWalk(preemptionsMax: 1)
    var digests: [UInt64: [CaseResult]] = [:]
    for _ in 0..<60 {
      let recording = Recording(testCase, &decider)
      if !recording.isLetGo {
        let schedule = try #require(recording.schedule)
        var explorer = Explorer(TestCase(scenario, seed: 2, schedule: schedule))
        explorer.explore()
        #expect(explorer.result.violationCount == 0)
        digests[recording.disk.timeline.digest, default: []].append(explorer.result)
      }
      walk.add(try #require(decider as? ScheduleScout))
      guard let next = walk.next(atMost: 1).first else { break }
      decider = next
    }
    #expect(digests.values.contains { $0.count > 1 })
    for results in digests.values {
      #expect(Set(results.map(\.crashPoints)).count == 1)
    }
  }

  /// What the walk leaves out since its state is known leads to no other recording.
  @Test(arguments: [
    ("commit_flush: 1", "", ""), ("commit_flush: 1, commit_no_flush: 1", "", ""),
    ("commit_flush: 1", "truncation: incremental, ", ""),
    ("commit_flush: 1, abort: 1", "log_writes: durable, ", ""), ("commit_flush: 1", "", ", shared: true"),
  ])
  func knownStatesLeadToNoOtherRecording(mix: String, system: String, threads: String) throws {
    let scenario = try Samples.read(
      """
      name: s
      system: {\(system)truncation_threshold: 0.3, checked: false}
      log: {record_sectors: 8}
      segments: [{name: a, length: 24576}]
      workload:
        kind: bytes
        transactions: 4
        ranges_max: 1
        range_length_max: 4
        no_restore: 0
        mix: {\(mix)}
        between: {none: 1}
      threads: {count: 2, schedules: every\(threads)}
      """)
    func courses(remembers: Bool) throws -> (courses: Set<ScheduleRun.Course>, schedules: Int) {
      var walk = ScheduleWalk(preemptionsMax: 1, remembers: remembers)
      var decider: any Decider = ScheduleScout()
      let testCase = TestCase(scenario, seed: 1)
      var courses: Set<ScheduleRun.Course> = []
      var schedules = 0
      while true {
        let recording = Recording(testCase, &decider)
        schedules += 1
        if !recording.isLetGo { courses.insert(ScheduleRun.Course(recording)) }
        walk.add(try #require(decider as? ScheduleScout))
        guard let next = walk.next(atMost: 1).first else { return (courses, schedules) }
        decider = next
      }
    }
    let (every, allSchedules) = try courses(remembers: false)
    let (some, schedules) = try courses(remembers: true)
    #expect(
      every == some, "\(every.count) courses of \(allSchedules) schedules, \(some.count) of \(schedules)")
    #expect(schedules < allSchedules)
  }

  /// A deadlock that some schedule comes to is come to by one that is walked.
  @Test(arguments: [GroupStore.Fault.none, .wakesNobody], [0, 1, 2])
  func noDeadlockIsHidden(fault: GroupStore.Fault, preemptionsMax: Int) throws {
    let scenario = try Samples.read(
      """
      name: s
      system: {name: group, fault: \(fault.rawValue)}
      segments: [{name: a, length: 12288}]
      workload:
        {kind: bytes, transactions: 3, ranges_max: 1, range_length_max: 4, mix: {commit_flush: 1}, between: {none: 1}}
      threads: {count: 3, schedules: every}
      """)
    func endings(remembers: Bool) throws -> (endings: Set<String>, schedules: Int) {
      var walk = ScheduleWalk(preemptionsMax: preemptionsMax, remembers: remembers)
      var decider: any Decider = ScheduleScout()
      let testCase = TestCase(scenario, seed: 1)
      var endings: Set<String> = []
      while true {
        let recording = Recording(testCase, &decider)
        if !recording.isLetGo { endings.insert(recording.violation?.message ?? "finished") }
        walk.add(try #require(decider as? ScheduleScout))
        guard let next = walk.next(atMost: 1).first else { return (endings, walk.schedules) }
        decider = next
      }
    }
    let every = try endings(remembers: false)
    let some = try endings(remembers: true)
    #expect(every.endings == some.endings)
    #expect(
      every.endings.contains { $0.contains("Every thread waits") }
        == (fault == .wakesNobody && preemptionsMax > 0))
    #expect(some.schedules <= every.schedules)
  }

  /// Crash points to which two recordings came in the same way are crashed once: each of them would have come to the same.
  @Test func equalPointsAreWrongInTheSameWay() throws {
    let scenario = try Samples.read(
      """
      name: s
      system: {name: group}
      segments: [{name: a, length: 8192}]
      workload:
        {kind: bytes, transactions: 4, ranges_max: 1, range_length_max: 4, mix: {commit_flush: 1}, between: {none: 1}}
      disk: {tearing: none}
      crash: {recovery_depth: 0, exploration: exhaustive}
      threads: {count: 2, schedules: every, preemptions_max: 1}
      sabotage: [{drop: sync, file: records}]
      """)
    struct Outcome: Hashable {
      var violations: Int
      var crashStates: Int
      var coverage: Coverage?
    }
    var walk = ScheduleWalk(preemptionsMax: 1)
    var decider: any Decider = ScheduleScout()
    let testCase = TestCase(scenario, seed: 1)
    var outcomes: [Explorer.SchedulePoint: Set<Outcome>] = [:]
    var courses: Set<ScheduleRun.Course> = []
    var points = 0
    while true {
      let recording = Recording(testCase, &decider)
      if !recording.isLetGo, courses.insert(ScheduleRun.Course(recording)).inserted {
        let calls = recording.disk.timeline.digests
        for point in 0...calls.count {
          // A disk that was crashed cannot be crashed again.
          var follower: any Decider = ScheduleFollower(try #require(recording.schedule))
          var explorer = Explorer(testCase, remembers: false)
          explorer.crash(Recording(testCase, &follower), at: [point])
          let result = explorer.result
          points += 1
          outcomes[.init(point, of: recording, calls, in: testCase), default: []].insert(
            Outcome(
              violations: result.violationCount, crashStates: result.crashStates, coverage: result.coverage))
        }
      }
      walk.add(try #require(decider as? ScheduleScout))
      guard let next = walk.next(atMost: 1).first else { break }
      decider = next
    }
    #expect(outcomes.count < points)
    #expect(outcomes.values.allSatisfy { $0.count == 1 })
    let violations = outcomes.values.reduce(0) { $0 + ($1.first?.violations ?? 0) }
    let whole = CaseRunner.run(scenario, seed: 1)
    #expect(violations > 0)
    #expect(whole.violationCount == violations)
    #expect(whole.crashPoints == outcomes.count)
  }
}
