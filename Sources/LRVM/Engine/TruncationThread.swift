import Glibc

/// The thread that truncates in production, in parallel with the application's forward progress.
@safe final class TruncationThread: @unchecked Sendable {
  private var thread = pthread_t()

  /// Runs until the engine is terminated.
  init(_ engine: Engine) {
    let argument = unsafe Unmanaged.passRetained(engine)
    let result = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { fatalError("a thread without its argument") }
        let engine = unsafe Unmanaged<Engine>.fromOpaque(argument).takeRetainedValue()
        engine.truncateUntilTerminated()
        return nil
      }, argument.toOpaque())
    invariant(result == 0, "pthread_create failed with \(result)")
  }

  func join() {
    let result = pthread_join(thread, nil)
    invariant(result == 0, "pthread_join failed with \(result)")
  }
}

extension Engine {
  /// Truncates whenever the log is filled beyond the threshold or a flush waits for space.
  ///
  /// After a failure it waits until a flush needs space: that clears the error and is told of the next one.
  fileprivate func truncateUntilTerminated() {
    var portions = 0
    state.lock()
    while !isTerminated {
      guard wantsTruncation, truncationError == nil, failure == nil else {
        state.wait(for: .work)
        continue
      }
      state.unlock()
      // An error is kept in `truncationError`, where `query` and the next flush that needs space find it.
      while (try? truncationStep()) == true { waitForCommits(&portions) }
      state.lock()
    }
    state.unlock()
  }
}
