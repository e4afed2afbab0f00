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
      "workload.clients: expected 1", "disk.profile: expected that of a disk",
      "threads.count: expected 0, since the system 'vista' has no clients that are threads",
      "segments[0].length: expected a multiple of 12288",
    ] {
      #expect(problems.contains { $0.contains(part) }, "\(problems)")
    }
  }

  @Test func faultsOfThreadsHaveTheirLimits() {
    func problems(_ threads: String, _ faults: String) -> [String] {
      Samples.problems(
        """
        name: s
        segments: [{name: a, length: 8192}]
        workload: {kind: bytes}
        faults: \(faults)
        threads: \(threads)
        """)
    }
    #expect(problems("{count: 2}", "{kinds: [write-error], after_error: go-on}") == [])
    #expect(
      problems("{count: 2, schedules: every}", "{kinds: [write-error]}") == [
        "s.yaml:4:17: faults.kinds: expected none, since every schedule of the threads is run"
      ])
    #expect(
      problems("{count: 2}", "{kinds: [write-error], after_error: retry}") == [
        "s.yaml:4:45: faults.after_error: expected reopen or go-on, since the scenario has threads, found retry"
      ])
  }

  /// What one thread knows of a failure, the others have to know too: those that go on notice.
  @Test func aFailureThatOneThreadForgetsIsFoundByThoseThatGoOn() throws {
    func struck(_ fault: GroupStore.Fault, _ way: FaultOptions.AfterError) throws -> [CaseResult] {
      var scenario = try Self.scenario(fault)
      scenario.faults.kinds = [.writeError, .syncError]
      scenario.faults.placement = .every
      scenario.faults.recoveriesMax = 0
      scenario.faults.afterError = way
      return results(scenario, seeds: 1...6)
    }
    for way in [FaultOptions.AfterError.reopen, .goOn] {
      for result in try struck(.none, way) {
        #expect(result.verdict == .clean, "\(result.findings.first?.violation?.message ?? "")")
        #expect(result.faults["write-error"].map { $0.runs > 2 } == true)
        #expect((result.marks[Recording.wentOnMark] == nil) == (way == .reopen))
      }
    }
    let found = try struck(.forgetsFailure, .goOn).filter { $0.violationCount > 0 }
    #expect(found.count > 2)
    #expect(
      found.allSatisfy { result in
        result.findings.contains {
          $0.violation?.kind == .lostCommit && $0.schedule != nil && !$0.faults.isEmpty
        }
      })
  }
}
