import FaultFS
import Testing
import ThreadSchedules
import TortureSamples

@testable import TortureCore

/// Clients that are threads, on a store whose faults need two of them.
@Suite struct ThreadedCaseTests {
  static func scenario(_ fault: GroupStore.Fault, _ threads: String = "{count: 3}", crash: String = "") throws
    -> Scenario
  {
    try Samples.read(
      """
      name: group
      system: {name: group, fault: \(fault.rawValue)}
      segments: [{name: a, length: 24576}]
      workload: {kind: bytes, transactions: 9, ranges_max: 1, range_length_max: 4, mix: {commit_flush: 3, commit_no_flush: 1, abort: 1}}
      disk: {tearing: none}
      crash: {recovery_depth: 0, states_per_point: 10\(crash)}
      threads: \(threads)
      """)
  }

  private func results(_ scenario: Scenario, seeds: ClosedRange<UInt64>) -> [CaseResult] {
    seeds.map { CaseRunner.run(scenario, seed: $0) }
  }

  @Test func aSoundStoreIsClean() throws {
    for result in results(try Self.scenario(.none), seeds: 1...12) {
      #expect(result.verdict == .clean, "\(result.findings.first?.violation?.message ?? "")")
      #expect(result.schedules?.schedules == 1)
      #expect(result.crashStates > 30)
    }
  }

  @Test func theSameSeedIsTheSameCase() throws {
    let scenario = try Self.scenario(.none)
    #expect(results(scenario, seeds: 1...4) == results(scenario, seeds: 1...4))
    #expect(Set(results(scenario, seeds: 1...4).map(\.digest)).count == 4)
  }

  /// What is acknowledged to those who wait, before the sync, is lost; without threads nobody waits.
  @Test func anEarlyWakeUpLosesCommits() throws {
    let found = results(try Self.scenario(.wakesBeforeSync), seeds: 1...12).filter { $0.violationCount > 0 }
    #expect(found.count > 2)
    for result in found {
      #expect(result.findings.allSatisfy { $0.violation?.kind == .lostCommit && $0.schedule != nil })
    }
    let alone = results(try Self.scenario(.wakesBeforeSync, "{count: 0}"), seeds: 1...12)
    #expect(alone.allSatisfy { $0.verdict == .clean })
    let one = results(try Self.scenario(.wakesBeforeSync, "{count: 1}"), seeds: 1...12)
    #expect(one.allSatisfy { $0.verdict == .clean })
  }

  @Test func aMissingWakeUpIsADeadlock() throws {
    let found = results(try Self.scenario(.wakesNobody), seeds: 1...12).filter { $0.violationCount > 0 }
    #expect(found.count > 2)
    for result in found {
      let violation = try #require(result.findings.first?.violation)
      #expect(violation.kind == .deadlock)
      #expect(violation.message.contains("waits for a signal in lock 'group'"))
    }
  }

  /// Every schedule of a small case, all with their crash states; those that lead to the same storage calls are explored once.
  @Test func everyScheduleIsExplored() throws {
    let every = "{count: 2, schedules: every, preemptions_max: 1}"
    let scenario = try Self.scenario(.none, every, crash: ", exploration: exhaustive")
    let result = CaseRunner.run(scenario, seed: 1)
    let schedules = try #require(result.schedules)
    #expect(result.verdict == .clean)
    #expect(schedules.schedules > 50 && schedules.choicesBeyondBound > 0 && schedules.casesCapped == 0)
    #expect(schedules.recordings > 1 && schedules.recordings < schedules.schedules)
    let wrong = CaseRunner.run(
      try Self.scenario(.wakesNobody, every, crash: ", exploration: exhaustive"), seed: 1)
    #expect(wrong.violationCount > 0)
    var capped = scenario
    capped.threads.schedulesMax = 10
    #expect(CaseRunner.run(capped, seed: 1).schedules?.casesCapped == 1)
  }

  /// What is explored of the schedules that lead to the same storage calls is explored of each.
  @Test func aScheduleThatIsLeftOutComesToTheSame() throws {
    let scenario = try Self.scenario(.none, "{count: 2, schedules: every, preemptions_max: 1}")
    let testCase = TestCase(scenario, seed: 2)
    var decider = testCase.decider()
    var walk = ScheduleWalk(preemptionsMax: 1)
    var digests: [UInt64: [CaseResult]] = [:]
    for _ in 0..<60 {
      let recording = Recording(testCase, &decider)
      let schedule = try #require(recording.schedule)
      var explorer = Explorer(TestCase(scenario, seed: 2, schedule: schedule))
      let key = recording.disk.timeline.digest
      explorer.explore()
      #expect(explorer.result.violationCount == 0)
      digests[key, default: []].append(explorer.result)
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
  @Test func knownStatesLeadToNoOtherRecording() throws {
    let scenario = try Samples.read(
      """
      name: s
      system: {truncation_threshold: 0.3, checked: false}
      log: {record_sectors: 8}
      segments: [{name: a, length: 24576}]
      workload:
        kind: bytes
        transactions: 4
        ranges_max: 1
        range_length_max: 4
        no_restore: 0
        mix: {commit_flush: 1}
        between: {none: 1}
      threads: {count: 2, schedules: every}
      """)
    func courses(remembers: Bool) throws -> (courses: Set<Course>, schedules: Int) {
      var walk = ScheduleWalk(preemptionsMax: 1, remembers: remembers)
      var decider: any Decider = ScheduleScout()
      let testCase = TestCase(scenario, seed: 1)
      var courses: Set<Course> = []
      var schedules = 0
      while true {
        let recording = Recording(testCase, &decider)
        schedules += 1
        courses.insert(
          Course(
            digest: recording.disk.timeline.digest, history: recording.history, order: recording.commitOrder))
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

  private struct Course: Hashable {
    var digest: UInt64
    var history: History
    var order: [Int]?
  }

  @Test func eachThreadHasItsOwnPart() throws {
    let scenario = try Self.scenario(.none)
    let operations = Workload(scenario: scenario, seed: 5).operations
    #expect(Workload.problem(of: operations, in: scenario) == nil)
    let places = ThreadParts(scenario).places(of: operations)
    #expect(places.count == 3 && places.allSatisfy { !$0.isEmpty })
    #expect(places.flatMap { $0 }.sorted() == Array(operations.indices))
    for (thread, places) in places.enumerated() {
      for place in places {
        guard case .write(let client, _, let offset, let bytes) = operations[place] else { continue }
        #expect(client == thread)
        #expect(offset >= 8192 * thread && offset + bytes.count <= 8192 * (thread + 1))
      }
    }
    var astray = operations
    astray[1] = .write(client: 0, segment: 0, offset: 9000, bytes: [1])
    #expect(
      Workload.problem(of: astray, in: scenario)?.contains("the client's part of the segment is 0..<8192")
        == true)
  }

  @Test func whatThreadsCannotHaveIsRefused() {
    let text = """
      name: s
      system: {name: vista}
      segments: [{name: a, length: 8192}]
      workload: {kind: bytes, clients: 2}
      faults: {kinds: [write-error]}
      disk: {profile: rio}
      threads: {count: 3}
      """
    let problems = Samples.problems(text)
    for part in [
      "workload.clients: expected 1", "faults: expected none", "disk.profile: expected that of a disk",
      "threads.count: expected 0, since the system 'vista' has no clients that are threads",
      "segments[0].length: expected a multiple of 12288",
    ] {
      #expect(problems.contains { $0.contains(part) }, "\(problems)")
    }
  }
}
