import Glibc

/// A lock with a condition, in Hoare's sense: threads wait inside it for a state that others bring about.
@safe final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Where the truncation thread waits: otherwise each flush would wake it for nothing.
  private let background = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    check(unsafe pthread_mutex_init(mutex, nil), "pthread_mutex_init")
    check(unsafe pthread_cond_init(condition, nil), "pthread_cond_init")
    var attributes = pthread_condattr_t()
    check(unsafe pthread_condattr_init(&attributes), "pthread_condattr_init")
    check(unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), "pthread_condattr_setclock")
    check(unsafe pthread_cond_init(background, &attributes), "pthread_cond_init")
    check(unsafe pthread_condattr_destroy(&attributes), "pthread_condattr_destroy")
  }

  deinit {
    check(unsafe pthread_cond_destroy(condition), "pthread_cond_destroy")
    check(unsafe pthread_cond_destroy(background), "pthread_cond_destroy")
    check(unsafe pthread_mutex_destroy(mutex), "pthread_mutex_destroy")
    unsafe condition.deallocate()
    unsafe background.deallocate()
    unsafe mutex.deallocate()
  }

  func lock() { check(unsafe pthread_mutex_lock(mutex), "pthread_mutex_lock") }

  func unlock() { check(unsafe pthread_mutex_unlock(mutex), "pthread_mutex_unlock") }

  /// Lets the lock go until another thread calls `signalAll`, then takes it again. May also return without cause.
  func wait() { check(unsafe pthread_cond_wait(condition, mutex), "pthread_cond_wait") }

  /// The same in the background: `signalForeground` does not end it.
  func waitInBackground() { check(unsafe pthread_cond_wait(background, mutex), "pthread_cond_wait") }

  /// The same, and returns after so many nanoseconds in any case.
  func waitInBackground(nanosecondsMax: Int) {
    var time = timespec()
    check(unsafe clock_gettime(CLOCK_MONOTONIC, &time), "clock_gettime")
    let end = time.tv_nsec + nanosecondsMax
    time.tv_sec += end / 1_000_000_000
    time.tv_nsec = end % 1_000_000_000
    let result = unsafe pthread_cond_timedwait(background, mutex, &time)
    if result != ETIMEDOUT { check(result, "pthread_cond_timedwait") }
  }

  func signalAll() {
    signalForeground()
    check(unsafe pthread_cond_broadcast(background), "pthread_cond_broadcast")
  }

  func signalForeground() { check(unsafe pthread_cond_broadcast(condition), "pthread_cond_broadcast") }

  private func check(_ result: Int32, _ call: StaticString) {
    invariant(result == 0, "\(call) failed with \(result)")
  }
}
