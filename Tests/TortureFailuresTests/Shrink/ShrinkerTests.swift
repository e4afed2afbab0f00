import FaultFS
import Testing
import TortureCore
import TortureSamples
import TortureViews

@testable import TortureFailures

@Suite struct ShrinkerTests {
  /// What a shrink claims of its result, held against every crash state of every smaller workload.
  @Test(arguments: [1, 2]) func nothingMoreCanBeLeftOut(clients: Int) throws {
    let original = try ShrinkSamples.unsyncedLog(clients: clients)
    let identity = FailureIdentity(try #require(original.finding.violation))
    let shrinker =
      clients == 1 ? try ShrinkSamples.unsyncedLogShrunk.get() : ShrinkSamples.shrink(original)
    let best = shrinker.best
    #expect(shrinker.progress.isFinished && !shrinker.progress.isCapped)
    #expect(FailureIdentity(try #require(best.finding.violation)) == identity)
    #expect(best.finding.crashes.count == 1)
    let operations = try #require(best.operations)
    let units = WorkloadUnits(operations).places
    #expect(units.count == 1, "\(operations)")
    for unit in units {
      let smaller = best.with(
        operations: operations.indices.filter { !unit.contains($0) }.map { operations[$0] })
      #expect(!ShrinkSamples.isAnywhere(identity, in: smaller))
    }
    for (index, operation) in operations.enumerated() where operation.isWrite {
      var smaller = operations
      smaller.remove(at: index)
      #expect(!ShrinkSamples.isAnywhere(identity, in: best.with(operations: smaller)))
    }
  }

  /// Each cell that the smallest crash state loses is needed, and no earlier point has the failure.
  @Test func eachLostCellIsNeeded() throws {
    let best = try ShrinkSamples.unsyncedLogShrunk.get().best
    let identity = FailureIdentity(try #require(best.finding.violation))
    let crash = try #require(best.finding.crashes.first)
    let testCase = best.testCase
    let recording = Recording(testCase)
    let judge = Judge(testCase: testCase)
    let window = CrashWindow(over: recording.disk)
    func fails(_ state: CrashState) -> Bool {
      window.withDisk(showing: state) { disk in
        let terms = recording.terms(at: state.point, in: testCase)
        let violation = judge.recover(disk, terms, opens: state.deviations.isEmpty).violation
        return violation.map { FailureIdentity($0) } == identity
      }
    }
    for point in 0..<crash.point {
      window.advance(to: point)
      var earlier: [CrashState] = []
      window.forEachState { earlier.append($0) }
      #expect(!earlier.contains(where: fails), "crash point \(point)")
    }
    window.advance(to: crash.point)
    #expect(fails(crash))
    #expect(!crash.deviations.isEmpty)
    for index in crash.deviations.indices {
      var nearer = crash
      nearer.deviations.remove(at: index)
      #expect(!window.isLegal(nearer) || !fails(nearer), "without \(crash.deviations[index])")
    }
  }

  @Test func anInterruptedShrinkComesToTheSameEnd() throws {
    let original = try ShrinkSamples.unsyncedLog()
    let whole = try ShrinkSamples.unsyncedLogShrunk.get().best
    let first = ShrinkSamples.shrink(original, steps: 4).best
    let read = try Reproducer.parse(first.text(), path: "r.json")
    #expect(read == first)
    #expect(ShrinkSamples.shrink(read).best == whole)
  }

  @Test func theBudgetDecidesWhereItEnds() throws {
    let original = try ShrinkSamples.unsyncedLog()
    let short = ShrinkSamples.shrink(original, executionsMax: 300)
    #expect(short.progress.isCapped)
    #expect(short.best == ShrinkSamples.shrink(original, executionsMax: 300).best)
    var longer = Shrinker(short.best)
    longer.allow(executionsMax: 100_000)
    #expect(longer.next() != nil)
  }

  @Test func aFailureThatIsGoneIsNotShrunk() throws {
    var fixed = try ShrinkSamples.unsyncedLog(transactions: 2)
    fixed.scenario.sabotage = []
    let shrinker = ShrinkSamples.shrink(fixed, executionsMax: 3000)
    #expect(shrinker.isWithoutFailure)
    #expect(shrinker.best.operations == fixed.operations)
  }

  /// A broken invariant has to be the store's doing: what is left of the transfers keeps the sum.
  @Test func aBrokenSumIsNotMadeByLeavingTransfersOut() throws {
    let original = try ShrinkSamples.canary("sum-broken")
    let best = ShrinkSamples.shrink(original, executionsMax: 6000).best
    let operations = try #require(best.operations)
    #expect(operations.count < original.operations?.count ?? 0)
    let oracle = best.testCase.oracle
    for prefix in 0...oracle.commits {
      #expect(WorkloadInvariant(best.scenario).check(oracle.images(prefix: prefix)) == nil)
    }
  }

  /// A trap counts as the same where its signal, its words and its place are.
  @Test func aTrapIsShrunkAsWell() throws {
    let trap = Trap(
      signal: "SIGILL", message: "Fatal error: index 7", stack: [makeFrame("f()", "a.swift", 3)])
    let scenario = try makeScenario("bank")
    var shrinker = Shrinker(
      Reproducer(scenario: scenario, seed: 1, finding: Finding(id: "t", trap: trap)))
    let count = try #require(shrinker.best.operations?.count)
    var other = trap
    other.message = "Fatal error: index 12"
    // One store alone traps.
    let needed = try #require(shrinker.best.operations?.last { $0.isWrite })
    while let trial = shrinker.next() {
      shrinker.take(trial.reproducer.operations?.contains(needed) == true ? .trapped(other) : .failed)
    }
    #expect(shrinker.best.operations?.count ?? count < count)
    #expect(WorkloadUnits.count(shrinker.best.operations ?? []) == 1)
    #expect(shrinker.best.finding.trap?.message == "Fatal error: index 12")
    trap.expectOtherRefused(scenario)
  }
}

extension Trap {
  fileprivate func expectOtherRefused(_ scenario: Scenario) {
    var shrinker = Shrinker(
      Reproducer(scenario: scenario, seed: 1, finding: Finding(id: "t", trap: self)))
    var other = self
    other.signal = "SIGSEGV"
    #expect(shrinker.next() != nil)
    shrinker.take(.trapped(other))
    #expect(shrinker.next() == nil)
    #expect(shrinker.isWithoutFailure)
  }
}

@Suite struct FailureIdentityTests {
  @Test func numbersInASentenceDoNotTellFailuresApart() {
    let first = Violation(.recoveryFailed, "Recovery failed: sector 12 of 'log' holds 3")
    let second = Violation(.recoveryFailed, "Recovery failed: sector 9 of 'log' holds 114")
    #expect(FailureIdentity(first) == FailureIdentity(second))
    #expect(FailureIdentity(first) != FailureIdentity(Violation(.recoveryFailed, "Recovery failed: no log")))
  }

  @Test func thePlaceTellsThemApart() {
    let first = Violation(.lostCommit, "one", segment: 0, offset: 8)
    #expect(FailureIdentity(first) == FailureIdentity(Violation(.lostCommit, "two", segment: 0, offset: 8)))
    #expect(FailureIdentity(first) != FailureIdentity(Violation(.lostCommit, "one", segment: 0, offset: 9)))
    #expect(FailureIdentity(first) != FailureIdentity(Violation(.resurrected, "one", segment: 0, offset: 8)))
  }
}

@Suite struct WorkloadUnitsTests {
  @Test func aTransactionIsOneUnitWhateverLiesBetween() {
    let operations: [TortureCore.Operation] = [
      .begin(client: 0, restore: true), .begin(client: 1, restore: true), .flush,
      .write(client: 0, segment: 0, offset: 0, bytes: [1]), .commit(client: 1, flush: true),
      .abort(client: 0),
      .begin(client: 0, restore: true), .commit(client: 0, flush: false), .truncate,
    ]
    #expect(WorkloadUnits(operations).places == [[0, 3, 5], [1, 4], [2], [6, 7], [8]])
    #expect(WorkloadUnits.count(operations) == 5)
  }
}
