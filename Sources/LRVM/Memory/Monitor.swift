import Glibc
import Threads

/// A lock with conditions, in Hoare's sense: threads wait inside it for a state that others bring about.
///
/// Under a `ThreadScheduler` the same calls ask it, and none of the system's are made.
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

  private let mutex = Mutex()
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
    for event in Event.allCases { condition(event).free() }
  }

  /// Takes the lock, and looks at all that it guards.
  func lock() {
    take()
    look()
  }

  /// Takes the lock. Where this returns true a scheduler is to be told what the thread sees (`look`, `learn`).
  ///
  /// - Parameter isInStep: whether it is taken behind another lock (`ThreadScheduler.takeInStep`).
  @discardableResult
  @inline(__always)
  func take(isInStep: Bool = false) -> Bool {
    guard let scheduled else {
      mutex.lock()
      return false
    }
    if isInStep {
      scheduled.scheduler.takeInStep(scheduled.lock)
    } else {
      scheduled.scheduler.take(scheduled.lock)
    }
    return true
  }

  /// The thread, which has the lock, looks at all that it guards.
  func look() {
    if let scheduled { scheduled.scheduler.look(at: scheduled.lock) }
  }

  /// The thread, which has the lock, learns this of what it guards.
  func learn(_ answer: some Hashable) {
    if let scheduled { scheduled.scheduler.learn(answer.hashValue) }
  }

  /// - Parameter hasChanged: whether what the lock guards may have changed (`ThreadScheduler.release`).
  @inline(__always)
  func unlock(hasChanged: Bool = true) {
    if let scheduled { return scheduled.scheduler.release(scheduled.lock, hasChanged: hasChanged) }
    mutex.unlock()
  }

  /// Lets the lock go until another thread signals the event, then takes it again. May also return without cause.
  ///
  /// - Parameters:
  ///   - hasChanged: as for `unlock`.
  ///   - nanosecondsMax: how long to wait at most.
  func wait(for event: Event, hasChanged: Bool = true, nanosecondsMax: Int? = nil) {
    if let scheduled {
      return scheduled.scheduler.sleep(
        in: scheduled.lock, hasChanged: hasChanged, for: event.rawValue, nanosecondsMax: nanosecondsMax)
    }
    if let nanosecondsMax {
      condition(event).sleep(mutex, nanosecondsMax: nanosecondsMax)
    } else {
      condition(event).sleep(mutex)
    }
  }

  /// Wakes all who wait for the event.
  func signal(_ event: Event) {
    if let scheduled {
      return scheduled.scheduler.wake(event.rawValue, of: scheduled.lock, all: true)
    }
    condition(event).wakeAll()
  }

  /// Wakes one of those who wait for the event.
  func signalOne(_ event: Event) {
    if let scheduled {
      return scheduled.scheduler.wake(event.rawValue, of: scheduled.lock, all: false)
    }
    condition(event).wakeOne()
  }

  /// Wakes all, whatever they wait for.
  func signalAll() {
    for event in Event.allCases { signal(event) }
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
    fileprivate let place: UnsafeMutablePointer<pthread_mutex_t>

    init() {
      unsafe place = CacheLines.allocate(for: pthread_mutex_t.self)
      check(unsafe pthread_mutex_init(place, nil), "pthread_mutex_init")
    }

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
