import CProcessor
import Glibc
import Synchronization
import Threads

/// A lock with conditions, in Hoare's sense: threads wait inside it for a state that others bring about.
///
/// Taking a free lock and letting it go is one atomic instruction each. A thread that finds it held looks again for a
/// moment, since it is held for a moment only; then it sleeps.
///
/// Under a `ThreadScheduler` the same calls ask it, and neither the lock's word nor the system's conditions are used.
final class Monitor: Sendable {
  /// What threads wait for inside the lock. Who waits for one thing is not woken for another.
  enum Event: Int, CaseIterable {
    /// Space in the log, or the end of whatever else is under way.
    case change
    /// The end of a batch with an even number, and of one with an odd number: one is on its way while the next one gathers.
    case evenBatch
    case oddBatch
    /// Something to do for the truncation thread.
    case work
  }

  private static let free: UInt32 = 0
  private static let held: UInt32 = 1
  /// Held, and threads may sleep until it is free.
  private static let awaited: UInt32 = 2
  /// How often a thread looks again before it sleeps: about as long as a commit holds the lock.
  private static let looksMax = 100

  private let word = Atomic<UInt32>(free)
  /// Held while a thread goes to sleep, until it sleeps, and while others are woken: so none is missed.
  private let bed = Mutex()
  /// Where threads sleep that want the lock.
  private let entry = Condition()
  private let change = Condition()
  private let evenBatch = Condition()
  private let oddBatch = Condition()
  private let work = Condition()
  private let scheduled: Scheduled?

  /// A lock that a scheduler knows by its number.
  private struct Scheduled {
    let scheduler: any ThreadScheduler
    let lock: Int
  }

  /// - Parameters:
  ///   - name: for whoever looks at a schedule.
  ///   - scheduler: decides who goes on; nil where the system does.
  init(_ name: StaticString, _ scheduler: (any ThreadScheduler)?) {
    scheduled = scheduler.map { Scheduled(scheduler: $0, lock: $0.makeLock(name)) }
  }

  deinit {
    entry.free()
    for event in Event.allCases { condition(event).free() }
  }

  /// Takes the lock behind another one (`ThreadScheduler.takeInStep`).
  @inline(__always)
  func lockInStep() {
    if let scheduled { return scheduled.scheduler.takeInStep(scheduled.lock) }
    lock()
  }

  @inline(__always)
  func lock() {
    if let scheduled { return scheduled.scheduler.take(scheduled.lock) }
    if !word.compareExchange(expected: Self.free, desired: Self.held, ordering: .acquiring).exchanged {
      lockHeld()
    }
  }

  @inline(__always)
  func unlock() {
    if let scheduled { return scheduled.scheduler.release(scheduled.lock) }
    if word.exchange(Self.free, ordering: .releasing) == Self.awaited { wakeOne() }
  }

  @inline(never)
  private func lockHeld() {
    for _ in 0..<Self.looksMax {
      if word.load(ordering: .relaxed) == Self.free,
        word.compareExchange(expected: Self.free, desired: Self.held, ordering: .acquiring).exchanged
      {
        return
      }
      cprocessor_pause()
    }
    bed.lock()
    // Who gets the lock here cannot know whether others sleep: when it lets go, it wakes one for nothing at worst.
    while word.exchange(Self.awaited, ordering: .acquiring) != Self.free { entry.sleep(bed) }
    bed.unlock()
  }

  @inline(never)
  private func wakeOne() {
    letSleepersFallAsleep()
    entry.wakeOne()
  }

  /// Lets the lock go until another thread signals the event, then takes it again. May also return without cause.
  ///
  /// - Parameter nanosecondsMax: how long to wait at most.
  func wait(for event: Event, nanosecondsMax: Int? = nil) {
    if let scheduled {
      return scheduled.scheduler.sleep(
        in: scheduled.lock, for: event.rawValue, nanosecondsMax: nanosecondsMax)
    }
    bed.lock()
    if word.exchange(Self.free, ordering: .releasing) == Self.awaited { entry.wakeOne() }
    if let nanosecondsMax {
      condition(event).sleep(bed, nanosecondsMax: nanosecondsMax)
    } else {
      condition(event).sleep(bed)
    }
    bed.unlock()
    lock()
  }

  /// Wakes all who wait for the event.
  func signal(_ event: Event) {
    if let scheduled {
      return scheduled.scheduler.wake(event.rawValue, of: scheduled.lock, all: true)
    }
    letSleepersFallAsleep()
    condition(event).wakeAll()
  }

  /// Wakes one of those who wait for the event.
  func signalOne(_ event: Event) {
    if let scheduled {
      return scheduled.scheduler.wake(event.rawValue, of: scheduled.lock, all: false)
    }
    letSleepersFallAsleep()
    condition(event).wakeOne()
  }

  /// Wakes all, whatever they wait for.
  func signalAll() {
    for event in Event.allCases { signal(event) }
  }

  /// Who let the lock go to sleep sleeps from then on, and can be woken. It is woken without `bed`, which it needs at once.
  private func letSleepersFallAsleep() {
    bed.lock()
    bed.unlock()
  }

  private func condition(_ event: Event) -> Condition {
    switch event {
    case .change: change
    case .evenBatch: evenBatch
    case .oddBatch: oddBatch
    case .work: work
    }
  }

  /// The system's lock.
  @safe private struct Mutex: ~Copyable, @unchecked Sendable {
    fileprivate let place = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { check(unsafe pthread_mutex_init(place, nil), "pthread_mutex_init") }

    deinit {
      check(unsafe pthread_mutex_destroy(place), "pthread_mutex_destroy")
      unsafe place.deallocate()
    }

    func lock() { check(unsafe pthread_mutex_lock(place), "pthread_mutex_lock") }
    func unlock() { check(unsafe pthread_mutex_unlock(place), "pthread_mutex_unlock") }
  }

  /// The system's condition; whoever has made it frees it.
  @safe private struct Condition: @unchecked Sendable {
    private let place = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
      var attributes = pthread_condattr_t()
      check(unsafe pthread_condattr_init(&attributes), "pthread_condattr_init")
      check(unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), "pthread_condattr_setclock")
      check(unsafe pthread_cond_init(place, &attributes), "pthread_cond_init")
      check(unsafe pthread_condattr_destroy(&attributes), "pthread_condattr_destroy")
    }

    func free() {
      check(unsafe pthread_cond_destroy(place), "pthread_cond_destroy")
      unsafe place.deallocate()
    }

    func sleep(_ mutex: borrowing Mutex) {
      check(unsafe pthread_cond_wait(place, mutex.place), "pthread_cond_wait")
    }

    func sleep(_ mutex: borrowing Mutex, nanosecondsMax: Int) {
      var time = timespec()
      check(unsafe clock_gettime(CLOCK_MONOTONIC, &time), "clock_gettime")
      let end = time.tv_nsec + nanosecondsMax
      time.tv_sec += end / 1_000_000_000
      time.tv_nsec = end % 1_000_000_000
      let result = unsafe pthread_cond_timedwait(place, mutex.place, &time)
      if result != ETIMEDOUT { check(result, "pthread_cond_timedwait") }
    }

    func wakeOne() { check(unsafe pthread_cond_signal(place), "pthread_cond_signal") }
    func wakeAll() { check(unsafe pthread_cond_broadcast(place), "pthread_cond_broadcast") }
  }
}

private func check(_ result: Int32, _ call: StaticString) {
  invariant(result == 0, "\(call) failed with \(result)")
}
