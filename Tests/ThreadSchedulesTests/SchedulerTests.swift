import SeededRandom
import Synchronization
import Testing
import ThreadSchedules
import Threads

/// The scheduler with programs small enough to know all that they can do.
@Suite struct SchedulerTests {
  /// What the threads of a program did, in order.
  final class Journal: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { entries.withLock { $0 } }

    func note(_ entry: String) { entries.withLock { $0.append(entry) } }
  }

  typealias Program = @Sendable (Scheduler, Journal) -> Void

  struct Run {
    var end: ScheduleEnd
    var journal: [String]
    var schedule: Schedule
    var preemptions: Int
  }

  func run(_ decider: any Decider, stepsMax: Int = 10_000, _ program: @escaping Program) -> (Run, any Decider)
  {
    let scheduler = Scheduler(decider, stepsMax: stepsMax)
    let journal = Journal()
    let end = scheduler.run { program(scheduler, journal) }
    return (
      Run(
        end: end, journal: journal.all, schedule: scheduler.schedule, preemptions: scheduler.preemptions),
      scheduler.takeDecider()
    )
  }

  /// Every run within a bound.
  func all(
    _ preemptionsMax: Int, remembers: Bool = false, _ program: @escaping Program
  ) -> (runs: [Run], walk: ScheduleWalk) {
    var walk = ScheduleWalk(preemptionsMax: preemptionsMax, remembers: remembers)
    var runs: [Run] = []
    var next: ScheduleScout? = ScheduleScout()
    while let scout = next {
      let (run, decider) = run(scout, program)
      runs.append(run)
      guard let scout = decider as? ScheduleScout else { fatalError("the decider is another one") }
      walk.add(scout)
      next = walk.next(atMost: 1).first
    }
    return (runs, walk)
  }

  /// Threads that make `steps` steps each.
  static func steppers(_ threads: Int, steps: Int) -> Program {
    { scheduler, journal in
      let numbers = (0..<threads).map { number in
        scheduler.start("thread \(number)") {
          for step in 0..<steps {
            scheduler.step()
            journal.note("\(number).\(step)")
          }
        }
      }
      for number in numbers { scheduler.join(number) }
    }
  }

  @Test func withoutADeciderThatDepartsOneThreadGoesOnUntilItWaits() {
    let (run, _) = run(ScheduleFollower(Schedule()), Self.steppers(3, steps: 2))
    #expect(run.end == .finished)
    #expect(run.journal == ["0.0", "0.1", "1.0", "1.1", "2.0", "2.1"])
    #expect(run.schedule == Schedule())
  }

  /// With enough preemptions each order of the steps that keeps each thread's own is there, and there are (2 * 3)! / (3! * 3!) of these.
  @Test func everyInterleavingIsWalked() {
    let (runs, walk) = all(100, Self.steppers(2, steps: 3))
    #expect(runs.allSatisfy { $0.end == .finished })
    #expect(Set(runs.map(\.journal)).count == 20)
    #expect(walk.choicesBeyondBound == 0)
    #expect(walk.schedules == runs.count)
    #expect(Set(runs.map(\.schedule)).count == runs.count)
  }

  /// A bound of b walks just those of all runs that have at most b preemptions.
  @Test func theBoundLeavesOutWhatPreemptsMoreOften() {
    let program = Self.steppers(3, steps: 2)
    let everything = all(100, program).runs
    for bound in 0...4 {
      let (bounded, walk) = all(bound, program)
      #expect(
        Set(bounded.map(\.schedule)) == Set(everything.filter { $0.preemptions <= bound }.map(\.schedule)))
      #expect((walk.choicesBeyondBound > 0) == (bounded.count < everything.count))
    }
  }

  /// What is not walked again from known states is nothing new: threads with two locks and a storage, their outcomes by every schedule
  /// within a bound, and by those that are left.
  @Test(arguments: 0...3)
  func knownStatesLeadNowhereElse(bound: Int) {
    let program: Program = { scheduler, journal in
      let locks = [scheduler.makeLock("one"), scheduler.makeLock("other")]
      let numbers = (0..<3).map { number in
        scheduler.start("\(number)") {
          for turn in 0..<2 {
            let lock = locks[(number + turn) % 2]
            scheduler.take(lock)
            scheduler.look(at: lock)
            if number == 2 && turn == 1 {
              scheduler.sleep(in: lock, hasChanged: true, for: 0, nanosecondsMax: 100)
            }
            if number == 1 { scheduler.wake(0, of: lock, all: true) }
            scheduler.changeStorage()
            journal.note("\(number).\(turn)")
            scheduler.release(lock, hasChanged: true)
          }
        }
      }
      for number in numbers { scheduler.join(number) }
    }
    let whole = all(bound, program)
    let (runs, walk) = all(bound, remembers: true, program)
    #expect(Set(runs.map(\.journal)) == Set(whole.runs.map(\.journal)))
    #expect(walk.joined > 0 && runs.count < whole.runs.count)
  }

  /// Who learns an answer only goes on in the same way whatever else there is: as many outcomes of fewer runs than where it learns all.
  @Test(arguments: 0...3)
  func answersAreAllThatIsLearned(bound: Int) {
    final class Value: Sendable {
      private let value = Mutex(0)
      var isEven: Bool { value.withLock { $0.isMultiple(of: 2) } }
      func add(_ number: Int) { value.withLock { $0 += number } }
    }
    func program(_ asks: Bool) -> Program {
      { scheduler, journal in
        let lock = scheduler.makeLock("lock")
        let value = Value()
        let numbers = (0..<3).map { number in
          scheduler.start("\(number)") {
            for turn in 0..<2 {
              scheduler.take(lock)
              if number == 0 {
                scheduler.look(at: lock)
                value.add(1 + turn)
                scheduler.release(lock, hasChanged: true)
                continue
              }
              let isEven = value.isEven
              if asks { scheduler.learn(isEven ? 1 : 0) } else { scheduler.look(at: lock) }
              scheduler.release(lock, hasChanged: false)
              scheduler.step()
              journal.note("\(number).\(turn) saw \(isEven)")
            }
          }
        }
        for number in numbers { scheduler.join(number) }
      }
    }
    let whole = all(bound, program(true))
    let (asking, walk) = all(bound, remembers: true, program(true))
    let looking = all(bound, remembers: true, program(false)).runs
    #expect(Set(asking.map(\.journal)) == Set(whole.runs.map(\.journal)))
    #expect(walk.joined > 0)
    #expect(asking.count < looking.count || bound == 0)
    #expect(looking.count <= whole.runs.count)
  }

  /// A decider that has seen what it wanted is asked no more, and the run comes to its end.
  @Test func aRunIsLetGo() {
    struct Once: Decider {
      mutating func choose(_ decision: Decision, state: () -> UInt64) -> Int? {
        decision.number < 2 ? decision.options.last : nil
      }
    }
    let scheduler = Scheduler(Once())
    let journal = Journal()
    let end = scheduler.run { Self.steppers(2, steps: 4)(scheduler, journal) }
    #expect(end == .finished)
    #expect(scheduler.isLetGo)
    #expect(scheduler.decisions == 3)
    #expect(journal.all.count == 8)
  }

  /// A run is repeated by its schedule, whoever decided it.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aScheduleRepeatsItsRun(seed: UInt64) {
    let random = SplitMix64(seed: seed)
    let deciders: [any Decider] = [
      RandomDecider(random, period: 1), RandomDecider(random, period: 4),
      PriorityDecider(random, depth: 3, decisions: 10),
    ]
    for decider in deciders {
      let (first, _) = run(decider, Self.steppers(3, steps: 4))
      let (second, _) = run(ScheduleFollower(first.schedule), Self.steppers(3, steps: 4))
      #expect(first.journal == second.journal)
      #expect(first.schedule == second.schedule)
    }
  }

  /// Where departures are left out, the rest is a schedule still.
  @Test func aScheduleCanBeMadeSmaller() {
    let (first, _) = run(RandomDecider(SplitMix64(seed: 3), period: 1), Self.steppers(3, steps: 4))
    #expect(first.schedule.departures.count > 3)
    for left in first.schedule.departures.indices {
      var smaller = first.schedule
      smaller.departures.remove(at: left)
      #expect(run(ScheduleFollower(smaller), Self.steppers(3, steps: 4)).0.end == .finished)
    }
  }

  /// Nobody is inside a lock with another one.
  @Test func locksExclude() {
    let (runs, _) = all(2) { scheduler, journal in
      let lock = scheduler.makeLock("lock")
      let numbers = (0..<2).map { number in
        scheduler.start("\(number)") {
          scheduler.take(lock)
          journal.note("in")
          scheduler.step()
          journal.note("out")
          scheduler.release(lock, hasChanged: true)
        }
      }
      for number in numbers { scheduler.join(number) }
    }
    #expect(runs.count > 3)
    for run in runs {
      #expect(run.end == .finished)
      #expect(run.journal == ["in", "out", "in", "out"])
    }
  }

  /// Two locks taken in two orders: some schedule stops, and says who waits for what.
  @Test func aDeadlockIsFoundAndNamed() {
    let program: Program = { scheduler, _ in
      let (one, other) = (scheduler.makeLock("one"), scheduler.makeLock("other"))
      let numbers = [(one, other), (other, one)].enumerated().map { number, locks in
        scheduler.start("thread \(number)") {
          scheduler.take(locks.0)
          scheduler.take(locks.1)
          scheduler.release(locks.1, hasChanged: true)
          scheduler.release(locks.0, hasChanged: true)
        }
      }
      for number in numbers { scheduler.join(number) }
    }
    #expect(all(0, program).runs.allSatisfy { $0.end == .finished })
    let stopped = all(1, program).runs.filter { $0.end != .finished }
    #expect(!stopped.isEmpty)
    let waiting = [
      WaitingThread(name: "main", waitsFor: "the end of thread thread 0"),
      WaitingThread(name: "thread 0", waitsFor: "lock 'other', which thread thread 1 holds"),
      WaitingThread(name: "thread 1", waitsFor: "lock 'one', which thread thread 0 holds"),
    ]
    for run in stopped {
      #expect(run.end == .deadlock(waiting))
      #expect(self.run(ScheduleFollower(run.schedule), program).0.end == run.end)
    }
  }

  /// A signal before its sleeper sleeps is lost; one that comes after is not.
  @Test func aLostWakeUpIsADeadlock() {
    func program(_ checksFirst: Bool) -> Program {
      { scheduler, journal in
        let lock = scheduler.makeLock("lock")
        let sleeper = scheduler.start("sleeper") {
          scheduler.take(lock)
          while !checksFirst || !journal.all.contains("signal") {
            scheduler.sleep(in: lock, hasChanged: true, for: 0, nanosecondsMax: nil)
            if !checksFirst { break }
          }
          scheduler.release(lock, hasChanged: true)
        }
        let waker = scheduler.start("waker") {
          scheduler.take(lock)
          journal.note("signal")
          scheduler.wake(0, of: lock, all: true)
          scheduler.release(lock, hasChanged: true)
        }
        scheduler.join(sleeper)
        scheduler.join(waker)
      }
    }
    #expect(all(3, program(true)).runs.allSatisfy { $0.end == .finished })
    #expect(all(0, program(false)).runs.contains { $0.end != .finished })
  }

  /// One signal wakes one thread, and which one is decided.
  @Test func aSignalWakesAnyOne() {
    let (runs, _) = all(0) { scheduler, journal in
      let lock = scheduler.makeLock("lock")
      let sleepers = (0..<2).map { number in
        scheduler.start("\(number)") {
          scheduler.take(lock)
          scheduler.sleep(in: lock, hasChanged: true, for: 7, nanosecondsMax: nil)
          journal.note("\(number)")
          scheduler.release(lock, hasChanged: true)
        }
      }
      let waker = scheduler.start("waker") {
        for _ in sleepers {
          scheduler.take(lock)
          scheduler.wake(7, of: lock, all: false)
          scheduler.release(lock, hasChanged: true)
        }
      }
      for number in sleepers + [waker] { scheduler.join(number) }
    }
    // Where a signal comes before its sleeper sleeps, it is lost, and the run stops.
    let journals = Set(runs.filter { $0.end == .finished }.map(\.journal))
    #expect(journals == [["0", "1"], ["1", "0"]])
  }

  /// A time comes where nothing else can go on, and may come earlier.
  @Test func timeComes() {
    let program: Program = { scheduler, journal in
      let lock = scheduler.makeLock("lock")
      let sleeper = scheduler.start("sleeper") {
        scheduler.take(lock)
        scheduler.sleep(in: lock, hasChanged: true, for: 0, nanosecondsMax: 500)
        journal.note("awake at \(scheduler.time())")
        scheduler.release(lock, hasChanged: true)
      }
      let other = scheduler.start("other") {
        scheduler.step()
        journal.note("step")
      }
      scheduler.join(sleeper)
      scheduler.join(other)
    }
    #expect(run(ScheduleFollower(Schedule()), program).0.journal == ["step", "awake at 500"])
    #expect(
      Set(all(2, program).runs.map(\.journal)) == [["step", "awake at 500"], ["awake at 500", "step"]])
  }

  @Test func whatNeverEndsIsALivelock() {
    let (run, _) = run(ScheduleFollower(Schedule()), stepsMax: 100) { scheduler, journal in
      let number = scheduler.start("spinner") {
        while journal.all.isEmpty { scheduler.step() }
      }
      scheduler.join(number)
    }
    guard case .livelock(100, let threads) = run.end else {
      Issue.record("\(run.end)")
      return
    }
    #expect(threads.map(\.name) == ["main", "spinner"])
    #expect(threads.map(\.waitsFor) == ["the end of thread spinner", nil])
  }

  /// A bug that needs one preemption at one place of many is found by priorities far sooner than by uniform draws.
  @Test func prioritiesFindWhatNeedsFewPreemptions() {
    // Thread 1 must run as a whole between two steps of thread 0.
    let program: Program = { scheduler, journal in
      let one = scheduler.start("one") {
        for step in 0..<40 {
          scheduler.step()
          journal.note("a\(step)")
        }
      }
      let other = scheduler.start("other") {
        for step in 0..<40 {
          scheduler.step()
          journal.note("b\(step)")
        }
      }
      scheduler.join(one)
      scheduler.join(other)
    }
    func isHit(_ journal: [String]) -> Bool {
      guard let first = journal.firstIndex(of: "b0"), let last = journal.firstIndex(of: "b39") else {
        return false
      }
      return last - first == 39 && first > 0 && first < 40
    }
    func hits(_ decider: (SplitMix64) -> any Decider) -> Int {
      (1...30 as ClosedRange<UInt64>).count { seed in
        isHit(run(decider(SplitMix64(seed: seed)), program).0.journal)
      }
    }
    let byPriority = hits { PriorityDecider($0, depth: 2, decisions: 100) }
    let byDraws = hits { RandomDecider($0, period: 1) }
    #expect(byPriority > 0)
    #expect(byDraws == 0)
  }
}
