internal import Glibc
internal import SystemPackage

/// What the system allows this process, held against what a campaign needs, before anything begins: a library that
/// starts processes cannot tell its callers that it got no thread.
package enum SystemLimits {
  /// A worker takes three pipes while it starts, its standard error, and what waits for its end.
  private static let descriptorsPerJob = 14
  /// The report, the event queue, the standard streams, and some to spare.
  private static let descriptorsBase = 32
  /// A worker, and the thread that waits for it.
  private static let threadsPerJob = 3
  private static let threadsBase = 8

  /// Makes room for `jobs` workers where the system allows it.
  ///
  /// - Throws: where it does not.
  package static func check(jobs: Int) throws(SystemLimitError) {
    try checkDescriptors(jobs)
    let started = startThreads(threadsBase + threadsPerJob * jobs)
    guard let error = started.error else { return }
    throw SystemLimitError(
      description:
        "\(jobs) \(jobs == 1 ? "job needs" : "jobs need") \(threadsBase + threadsPerJob * jobs) threads and "
        + "processes, and the system starts only \(started.count) (\(error)): use fewer --jobs, or raise the limit "
        + "(ulimit -u)")
  }

  /// What any asynchronous code needs, which waits forever where it gets no thread at all.
  package static func checkStart() throws(SystemLimitError) {
    let started = startThreads(threadsBase)
    guard let error = started.error else { return }
    throw SystemLimitError(
      description:
        "\(threadsBase) threads and processes are needed at the start, and the system starts only "
        + "\(started.count) (\(error)): raise the limit (ulimit -u)")
  }

  /// The soft limit is raised as far as needed; a hard one that is too low cannot be.
  private static func checkDescriptors(_ jobs: Int) throws(SystemLimitError) {
    let needed = rlim_t(descriptorsBase + descriptorsPerJob * jobs)
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < needed
    else { return }
    if limit.rlim_max >= needed {
      limit.rlim_cur = needed
      if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { return }
    }
    let possible = (Int(limit.rlim_max) - descriptorsBase) / descriptorsPerJob
    throw SystemLimitError(
      description:
        "\(jobs) \(jobs == 1 ? "job needs" : "jobs need") \(needed) file descriptors, and the limit is "
        + "\(limit.rlim_max): "
        + (possible >= 1 ? "use --jobs \(possible), or raise it (ulimit -n)" : "raise it (ulimit -n)"))
  }

  /// Starts as many threads as will be needed, at once, and lets them go.
  private static func startThreads(_ needed: Int) -> (count: Int, error: Errno?) {
    let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    defer { unsafe gate.deallocate() }
    unsafe pthread_mutex_init(gate, nil)
    defer { unsafe pthread_mutex_destroy(gate) }
    unsafe pthread_mutex_lock(gate)
    var threads: [pthread_t] = []
    var error: Int32 = 0
    while threads.count < needed && error == 0 {
      var thread = pthread_t()
      error = unsafe pthread_create(
        &thread, nil,
        { gate in
          let gate = unsafe gate?.assumingMemoryBound(to: pthread_mutex_t.self)
          guard let gate = unsafe gate else { return nil }
          unsafe pthread_mutex_lock(gate)
          unsafe pthread_mutex_unlock(gate)
          return nil
        }, gate)
      if error == 0 { threads.append(thread) }
    }
    unsafe pthread_mutex_unlock(gate)
    for thread in threads { pthread_join(thread, nil) }
    return (threads.count, error == 0 ? nil : Errno(rawValue: error))
  }
}

/// The system allows less than a campaign needs: wrong use, exit code 64.
package struct SystemLimitError: Error, Hashable, CustomStringConvertible {
  package var description: String
}
