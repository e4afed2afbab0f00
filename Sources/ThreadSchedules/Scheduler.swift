import Threads

/// Runs a program's threads one at a time, and decides at each call of theirs who goes on.
///
/// The threads are the system's, and all but one wait for their baton. The one that runs gives its baton on where a decision
/// says so, or where it has to wait. So everything between two calls is one step, which no other thread comes into: a program
/// whose threads share nothing but what its locks guard behaves like one whose steps really overlap (Lipton, CACM '75), and one
/// that shares more is tried in the orders of its steps only.
///
/// Time is the scheduler's: that of a thread that waits for a time may come at any decision, but no second time before another thread has
/// made a step: time passes for all. Where no thread can go on otherwise, the next one's comes.
///
/// A run that cannot go on leaves its threads where they are, until the process ends: nothing can end a thread that waits for a lock.
///
/// Threading: `run` from one thread at a time; the rest by the threads that it schedules.
package final class Scheduler: ThreadScheduler, @unchecked Sendable {
  private struct Lock {
    var name: String
    var owner: Int?
    /// Whether the owner has looked at what it guards.
    var isSeen = false
    /// What it guards.
    var trace = Trace()
  }

  /// A run that takes more steps than this is livelocked.
  private let stepsMax: Int
  private var decider: any Decider
  private var threads: [ScheduledThread] = []
  private var locks: [Lock] = []
  private var running = 0
  /// Whether the thread that runs has done more in its present step than take locks.
  private var hasDoneMore = false
  private let crew: ThreadCrew
  private let isOver = Baton()
  private var end = ScheduleEnd.finished
  private var departures: [Schedule.Departure] = []
  /// Whether nothing that follows matters: nobody decides any more, and the program may end as soon as it can.
  package private(set) var isLetGo = false

  /// How many decisions there were: places at which more than one thread could go on.
  package private(set) var decisions = 0
  /// How many calls were made at which threads can change.
  package private(set) var steps = 0
  /// How often a thread was put off that could go on, or a time came early.
  package private(set) var preemptions = 0
  private var nanoseconds = 0
  private var storageTrace = StorageTrace()

  /// Called by a thread before another one goes on; a caller may capture a call stack here and return its number.
  package var witness: (() -> Int)?

  /// - Parameter crew: whose threads run; not those of another run at the same time.
  package init(_ decider: any Decider, crew: ThreadCrew = ThreadCrew(), stepsMax: Int = 1_000_000) {
    self.decider = decider
    self.crew = crew
    self.stepsMax = stepsMax
  }

  /// What would repeat the run.
  package var schedule: Schedule { Schedule(departures) }

  /// The number of the thread that runs, from 0, which is the one of `run`; threads are numbered in the order in which they start.
  package var currentThread: Int { running }

  package func name(of thread: Int) -> String { threads[thread].name }

  /// The decider, with what it knows after the run.
  package func takeDecider() -> any Decider { decider }

  /// Runs `body` as the first thread, and what it starts; returns once `body` has returned, or nothing can go on.
  ///
  /// What `body` starts must have ended when it returns; traps otherwise.
  package func run(_ body: @escaping @Sendable () -> Void) -> ScheduleEnd {
    precondition(threads.isEmpty, "a scheduler runs once")
    crew.beginRun()
    _ = start("main", body)
    threads[0].member.baton.give()
    isOver.waitForIt()
    return end
  }

  // MARK: ThreadScheduler

  package func makeLock(_ name: StaticString) -> Int {
    locks.append(Lock(name: "\(name)"))
    return locks.count - 1
  }

  package func take(_ lock: Int) {
    pass(toTake: lock)
    takeNow(lock)
  }

  package func takeInStep(_ lock: Int) {
    if hasDoneMore || locks[lock].owner != nil { return take(lock) }
    takeNow(lock)
  }

  package func look(at lock: Int) {
    if locks[lock].isSeen { return }
    locks[lock].isSeen = true
    threads[running].trace.add(locks[lock].trace.hash)
  }

  package func learn(_ answer: Int) { threads[running].trace.add(UInt64(bitPattern: Int64(answer))) }

  package func access(_ value: Int, content: Int, learning answer: Int) {
    hasDoneMore = true
    locks[value].trace = Trace()
    locks[value].trace.add(UInt64(bitPattern: Int64(content)))
    learn(answer)
  }

  package func release(_ lock: Int, hasChanged: Bool) {
    precondition(
      locks[lock].owner == running,
      "thread \(threads[running].name) let lock '\(locks[lock].name)' go, which it does not hold")
    if hasChanged { locks[lock].trace.add(threads[running].trace.hash) }
    locks[lock].owner = nil
    hasDoneMore = true
  }

  package func sleep(in lock: Int, hasChanged: Bool, for event: Int, nanosecondsMax: Int?) {
    release(lock, hasChanged: hasChanged)
    // What it does once it is awake is another step than this one.
    threads[running].trace.add(2)
    wait(for: .event(event, of: lock, until: nanosecondsMax.map { nanoseconds + $0 }))
    takeNow(lock)
  }

  package func wake(_ event: Int, of lock: Int, all: Bool) {
    let sleeping = threads.indices.filter { threads[$0].isAsleep(for: event, of: lock) }
    if sleeping.isEmpty { return }
    // The system may wake any one.
    let isChoice = !all && sleeping.count > 1
    let woken = isChoice ? [decide(sleeping, readyCount: sleeping.count, running: nil)] : sleeping
    for thread in woken { threads[thread].wait = .lock(lock) }
    pass()
  }

  package func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int {
    let number = threads.count
    let thread = ScheduledThread(name, crew.take())
    if !threads.isEmpty {
      threads[running].trace.add(UInt64(number))
      thread.trace = threads[running].trace
    }
    threads.append(thread)
    thread.member.prepare(body) { [self] in finish(number) }
    return number
  }

  package func join(_ thread: Int) {
    while threads[thread].wait != .forEver { wait(for: .end(of: thread)) }
  }

  package func time() -> Int {
    learn(nanoseconds)
    return nanoseconds
  }

  /// A place at which another thread may go on, before a call that changes the storage.
  package func step() {
    pass()
    changeStorage()
  }

  /// The thread that runs changes the storage in its present step, and learns nothing from that.
  package func changeStorage() {
    hasDoneMore = true
    storageTrace.change(by: threads[running].trace)
  }

  /// It matters between which changes of the storage the thread that runs has come here.
  package func markStorage() {
    hasDoneMore = true
    storageTrace.mark(by: threads[running].trace)
  }

  /// The thread that runs looks at the storage in its present step.
  package func lookAtStorage() {
    hasDoneMore = true
    threads[running].trace.add(storageTrace.hash)
  }

  /// A place at which another thread may go on.
  ///
  /// - Parameter lock: what the thread that runs takes next: it can go on while that is free.
  private func pass(toTake lock: Int? = nil) {
    // So that no state comes twice on the way to the same step.
    threads[running].trace.add(1)
    hasDoneMore = false
    if let lock {
      precondition(
        locks[lock].owner != running,
        "thread \(threads[running].name) takes lock '\(locks[lock].name)', which it holds")
      threads[running].wait = .lock(lock)
      if !canGoOn(running) { return waitUntilChosen() }
    }
    countStep()
    let (options, readyCount) = options
    if options.count == 1 { return }
    let next = decide(options, readyCount: readyCount, running: running)
    if next != running { threads[running].witness = witness?() }
    go(to: next)
  }

  private func countStep() {
    steps += 1
    if steps > stepsMax { stop(.livelock(steps: stepsMax, waitingThreads)) }
  }

  // MARK: Who goes on

  private func takeNow(_ lock: Int) {
    // A time that came may have found the lock held.
    while locks[lock].owner != nil { wait(for: .lock(lock)) }
    threads[running].wait = .nothing
    locks[lock].owner = running
    locks[lock].isSeen = false
  }

  /// Lets others go on until this thread can and is chosen.
  private func wait(for cause: ScheduledThread.Wait) {
    threads[running].wait = cause
    waitUntilChosen()
  }

  private func waitUntilChosen() {
    threads[running].witness = witness?()
    go(to: nextThread())
  }

  /// Who goes on where the thread that runs cannot.
  private func nextThread() -> Int {
    countStep()
    let (options, readyCount) = options
    if readyCount == 0 {
      let next = options.min { (threads[$0].wait.time ?? .max, $0) < (threads[$1].wait.time ?? .max, $1) }
      guard let next else { stop(.deadlock(waitingThreads)) }
      return next
    }
    return options.count == 1 ? options[0] : decide(options, readyCount: readyCount, running: nil)
  }

  /// Where a thread's next step is one that it cannot make, there is nothing to decide about it: so one that would find a lock held is
  /// not tried.
  private func canGoOn(_ thread: Int) -> Bool {
    switch threads[thread].wait {
    case .nothing: true
    case .lock(let lock): locks[lock].owner == nil
    case .event, .end, .forEver: false
    }
  }

  /// The threads that can go on, and after them those that wait for a time.
  private var options: (threads: [Int], readyCount: Int) {
    var options: [Int] = []
    options.reserveCapacity(threads.count)
    for thread in threads.indices where canGoOn(thread) { options.append(thread) }
    let readyCount = options.count
    for thread in threads.indices
    where threads[thread].wait.time != nil && (readyCount == 0 || !threads[thread].hadItsTime) {
      options.append(thread)
    }
    return (options, readyCount)
  }

  private func decide(_ options: [Int], readyCount: Int, running: Int?) -> Int {
    if isLetGo { return running ?? options[0] }
    let decision = Decision(number: decisions, options: options, readyCount: readyCount, running: running)
    decisions += 1
    guard let choice = decider.choose(decision, state: { state(before: decision) }) else {
      isLetGo = true
      return decision.usual
    }
    precondition(options.contains(choice), "decision \(decision.number): \(choice) is none of \(options)")
    if choice != decision.usual {
      departures.append(Schedule.Departure(decision: decision.number, thread: choice))
    }
    if decision.preempts(choice) { preemptions += 1 }
    return choice
  }

  /// A hash of what each thread knows and waits for, and of what they share: where it is the same, the program's state is, and so is the
  /// decision.
  private func state(before decision: Decision) -> UInt64 {
    var state = Trace()
    for option in decision.options { state.add(UInt64(option)) }
    state.add(UInt64(decision.running ?? threads.count))
    for thread in threads {
      state.add(thread.trace.hash)
      state.add(UInt64(truncatingIfNeeded: thread.wait.hash))
      state.add(thread.hadItsTime ? 1 : 0)
    }
    for lock in locks { state.add(lock.trace.hash) }
    state.add(storageTrace.hash)
    state.add(UInt64(nanoseconds))
    return state.hash
  }

  private func go(to next: Int) {
    let present = running
    wake(next)
    hasDoneMore = false
    if next == present { return }
    // Looked up now: once the other thread has its baton, all of this is its own.
    let member = threads[present].member
    makeRunning(next)
    member.baton.waitForIt()
  }

  private func makeRunning(_ next: Int) {
    for (number, thread) in threads.enumerated() where number != next { thread.hadItsTime = false }
    running = next
    hasDoneMore = false
    threads[next].member.baton.give()
  }

  /// Where the thread waits for a time, that has come.
  private func wake(_ thread: Int) {
    guard case .event(_, let lock, let time?) = threads[thread].wait else { return }
    nanoseconds = max(nanoseconds, time)
    threads[thread].wait = .lock(lock)
    threads[thread].hadItsTime = true
  }

  private func finish(_ number: Int) {
    threads[number].wait = .forEver
    for thread in threads where thread.wait == .end(of: number) { thread.wait = .nothing }
    if number == 0 {
      precondition(
        threads.allSatisfy { $0.wait == .forEver }, "the first thread returned before those that it started")
      crew.giveBack(threads[number].member)
      isOver.give()
      return
    }
    // This thread ends without waiting for its baton again.
    let next = nextThread()
    // Only now: where the run stops, this thread goes no further, and is of no use to another run.
    crew.giveBack(threads[number].member)
    wake(next)
    makeRunning(next)
  }

  /// Ends the run where it is. The calling thread goes no further, nor does any other.
  private func stop(_ end: ScheduleEnd) -> Never {
    self.end = end
    let present = threads[running]
    isOver.give()
    while true { present.member.baton.waitForIt() }
  }

  private var waitingThreads: [WaitingThread] {
    threads.indices.filter { threads[$0].wait != .forEver }.map { number in
      let thread = threads[number]
      return WaitingThread(
        name: thread.name, waitsFor: canGoOn(number) ? nil : describe(thread.wait),
        witness: canGoOn(number) ? nil : thread.witness)
    }
  }

  private func describe(_ wait: ScheduledThread.Wait) -> String? {
    switch wait {
    case .nothing, .forEver: nil
    case .lock(let lock):
      "lock '\(locks[lock].name)'"
        + (locks[lock].owner.map { ", which thread \(threads[$0].name) holds" } ?? "")
    case .event(_, let lock, _): "a signal in lock '\(locks[lock].name)'"
    case .end(let thread): "the end of thread \(threads[thread].name)"
    }
  }
}

extension ScheduledThread {
  func isAsleep(for event: Int, of lock: Int) -> Bool {
    if case .event(event, lock, _) = wait { true } else { false }
  }
}
