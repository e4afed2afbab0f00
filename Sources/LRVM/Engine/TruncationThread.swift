import Glibc
import Threads

/// The thread that truncates in production, in parallel with the application's forward progress.
@safe final class TruncationThread: @unchecked Sendable {
  private var thread = pthread_t()
  /// The scheduler whose thread it is, with its number there.
  private var scheduled: (scheduler: any ThreadScheduler, number: Int)?

  /// Runs until the engine is terminated.
  init(_ engine: Engine) {
    if let scheduler = engine.scheduler {
      scheduled = (scheduler, scheduler.start("truncation") { engine.truncateUntilTerminated() })
      return
    }
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
    if let scheduled { return scheduled.scheduler.join(scheduled.number) }
    let result = pthread_join(thread, nil)
    invariant(result == 0, "pthread_join failed with \(result)")
  }
}

extension Engine {
  /// Truncates whenever the log is filled beyond the threshold or a flush waits for space.
  ///
  /// After a failure it waits until a flush needs space: that clears the error and meets the next one.
  fileprivate func truncateUntilTerminated() {
    var portions = 0
    var held = lock()
    while !held.examine({ $0.isTerminated }) {
      guard
        held.examine({ $0.wantsTruncation && $0.truncationError == nil && $0.commits.failure == nil })
      else {
        waitForWork(&held)
        continue
      }
      // An error is kept in `truncationError`, where `query` and the next flush that needs space find it.
      held.letGo { while (try? truncationStep()) == true { waitForCommits(&portions) } }
    }
  }

  /// How long nothing may be flushed until the log is vouched for.
  private static let quietNanoseconds = 100_000_000

  /// Waits until there may be something to truncate. A quiet moment is used to vouch for what was flushed: from then on damage of
  /// the log's end is known from a tail that a crash tore.
  private func waitForWork(_ held: inout Held<EngineState>) {
    let before = held.examine { $0.tail }
    let hasNothingToVouchFor = held.examine { state in
      state.vouchedEnd.map { $0.position >= state.tail.position } ?? true || state.commits.failure != nil
    }
    if hasNothingToVouchFor {
      held.change { $0.isThreadIdle = true }
      held.wait(for: .work)
      held.change { $0.isThreadIdle = false }
      return
    }
    held.wait(for: .work, nanosecondsMax: Self.quietNanoseconds)
    guard held.examine({ $0.tail == before && !$0.isTerminated && $0.commits.state == .idle }) else {
      return
    }
    held.letGo {
      maintenance.lock()
      defer { maintenance.unlock() }
      // A failure poisons the log, and is what the next call throws.
      do { try vouchForEnd() } catch { return }
    }
  }
}
