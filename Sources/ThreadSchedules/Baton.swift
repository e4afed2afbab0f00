import Glibc

/// What one thread gives another that waits for it: the right to run.
///
/// Giving it before the other one waits is not lost. What the giver wrote before, the taker sees.
@safe struct Baton: ~Copyable, @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() {
    let result = unsafe sem_init(semaphore, 0, 0)
    precondition(result == 0, "sem_init failed with \(errno)")
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  func give() {
    let result = unsafe sem_post(semaphore)
    precondition(result == 0, "sem_post failed with \(errno)")
  }

  func waitForIt() {
    while unsafe sem_wait(semaphore) != 0 {
      precondition(errno == EINTR, "sem_wait failed with \(errno)")
    }
  }
}
