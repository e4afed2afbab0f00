import FaultFS
import Testing
import TortureSamples

@testable import TortureCore
@testable import TortureFailures

/// Stores whose missing syncs are known, or known not to be what is wrong.
@Suite struct AddedSyncTests {
  private func found(_ answer: BarrierSearch.Answer) throws -> [MissingBarrier] {
    guard case .found(let barriers) = answer else {
      Issue.record("\(answer)")
      return []
    }
    return barriers
  }

  /// Whether any crash state of the run with the syncs has a failure of the kind, each tried by itself.
  private func isAnywhere(_ reproducer: Reproducer, _ barriers: [Barrier], depth: Int = 1) -> Bool {
    let all = FaultySamples.BruteForce(
      reproducer.testCase, depth: depth, faults: reproducer.finding.faults, change: .added(barriers))
    return all.violations.contains { $0.kind == reproducer.finding.violation?.kind }
  }

  @Test func theSyncOfTheLogIsNamed() throws {
    let reproducer = try FaultySamples.failure(of: FaultyStores.scenario("unsynced", transactions: 1))
    let barrier = try #require(try found(BarrierSearch.run(reproducer)).first)
    #expect(barrier.depth == 0 && barrier.subject == "log" && !barrier.isDirectory)
    #expect(barrier.isProven && barrier.remaining == nil)
    guard case .call(let call) = barrier.first.moment, case .returned = barrier.second.moment else {
      Issue.record("\(barrier)")
      return
    }
    #expect(call.kind == .write)
    // Each place by itself, one after the other in every state.
    let count = Recording(reproducer.testCase).disk.operationCount
    for position in 1...count {
      let closes = !isAnywhere(reproducer, [Barrier(position: position, subject: .file("log"))])
      #expect(closes == barrier.positions.contains(position), "\(position)")
    }
  }

  /// One of a record's two sectors is lost while it is written, in the first call of the commit: no sync is missing.
  @Test func aSyncClosesNothingWhereTheCallUnderWayIsAtFault() throws {
    let reproducer = try FaultySamples.failure(of: FaultyStores.scenario("half-record", transactions: 1))
    #expect(reproducer.finding.violation?.kind == .recoveryFailed)
    let crash = try #require(reproducer.finding.crashes.first)
    let recording = Recording(reproducer.testCase)
    let commit = try #require(recording.steps.last)
    // The operations before the commit make no call, so all of them begin and end where power is cut.
    #expect(commit.start == crash.point && recording.steps.first?.start == crash.point)
    #expect(recording.operations(begunAt: crash.point) == recording.steps.count)
    guard case .none(.notFound) = BarrierSearch.run(reproducer) else {
      Issue.record("a sync was said to close it")
      return
    }
  }

  /// Every commit lacks its sync. One more in one place of the run only moves the first wrong byte; the program lacks one
  /// in one place of its source.
  @Test func aSyncThatMovesTheFailureElsewhereClosesNothing() throws {
    let scenario = try FaultyStores.scenario("unsynced", transactions: 2)
    let recording = Recording(TestCase(scenario, seed: 1))
    let second = try #require(recording.steps.filter { $0.end > $0.start }.last)
    let reproducer = try FaultySamples.failure(of: scenario, from: second.start + 1)
    let barrier = try #require(try found(BarrierSearch.run(reproducer)).first)
    #expect(barrier.subject == "log" && barrier.isProven)
    let behind = recording.disk.timeline.operations.filter { $0.kind == .write }.map {
      Barrier(position: $0.index + 1, subject: .file("log"))
    }
    #expect(behind.count == 2)
    #expect(barrier.positions.contains(behind[1].position))
    #expect(!isAnywhere(reproducer, behind))
    for alone in behind { #expect(isAnywhere(reproducer, [alone])) }
  }

  @Test func twoSyncsAreNamedTogether() throws {
    let reproducer = try FaultySamples.failure(of: FaultyStores.scenario("two-logs", transactions: 1))
    guard case .together(let barriers) = BarrierSearch.run(reproducer) else {
      Issue.record("\(BarrierSearch.run(reproducer))")
      return
    }
    #expect(Set(barriers.map(\.subject)) == ["left", "right"] && barriers.count == 2)
    let added = barriers.map { Barrier(position: $0.positions.upperBound, subject: .file($0.subject)) }
    #expect(!isAnywhere(reproducer, added))
    for barrier in added { #expect(isAnywhere(reproducer, [barrier])) }
  }

  /// The commit is durable when power is cut first, so recovery may not empty the journal before its home is synced.
  @Test func aSyncThatRecoveryLacksIsNamed() throws {
    let scenario = try FaultyStores.scenario("journal", transactions: 1)
    let last = Recording(TestCase(scenario, seed: 1)).disk.operationCount
    let reproducer = try FaultySamples.failure(of: scenario, depth: 2, from: last)
    #expect(reproducer.finding.crashes.count == 2)
    let barriers = try found(BarrierSearch.run(reproducer))
    let barrier = try #require(barriers.first { $0.depth == 1 })
    #expect(barrier.subject == "home" && barrier.isProven)
    guard case .call(let first) = barrier.first.moment, case .call(let second) = barrier.second.moment else {
      Issue.record("\(barrier)")
      return
    }
    #expect(first.kind == .write && first.name == "home")
    #expect(second.kind == .truncate && second.name == "log")
  }

  /// The commit was under way when power is cut first: it is owed from the moment that recovery has returned with it.
  @Test func whatRecoveryShowsIsOwedOnceItHasReturned() throws {
    let scenario = try FaultyStores.scenario("journal", transactions: 1)
    let reproducer = try FaultySamples.failure(of: scenario, depth: 2)
    let barrier = try #require(try found(BarrierSearch.run(reproducer)).first { $0.depth == 1 })
    #expect(barrier.subject == "home" && barrier.second.moment == .recovered)
  }

  /// The fault strikes the log, and neither strikes nor counts the sync that is added to the other file.
  @Test func aFailureThatNeedsAFaultIsExplainedAsWell() throws {
    let fault = Fault(.writeError, file: "*", at: .call(1), isSticky: false, seed: 3)
    let reproducer = try FaultySamples.failure(
      of: FaultyStores.scenario("spill", transactions: 1), faults: [fault])
    let barrier = try #require(try found(BarrierSearch.run(reproducer)).first)
    #expect(barrier.subject == "spill" && barrier.isProven)
    #expect(isAnywhere(reproducer, []))
    #expect(
      !isAnywhere(reproducer, [Barrier(position: barrier.positions.lowerBound, subject: .file("spill"))]))
  }

  @Test(arguments: [Fault.Kind.syncError, .writeError]) func noFaultStrikesAnAddedSync(kind: Fault.Kind)
    throws
  {
    let testCase = TestCase(try FaultyStores.scenario("sound", transactions: 2), seed: 1)
    let fault = Fault(kind, at: .call(2), seed: 1)
    let plain = Recording(testCase, faults: [fault])
    let added = Recording(
      testCase, faults: [fault],
      change: .added((1...3).map { Barrier(position: $0, subject: .directory("")) }))
    #expect(plain.firedFaults.map(\.matchNumber) == [2])
    #expect(added.firedFaults.map(\.callNumber) == plain.firedFaults.map(\.callNumber))
    #expect(added.firedFaults.map(\.matchNumber) == [2])
    #expect(added.disk.operationCount == plain.disk.operationCount + 3)
  }
}
