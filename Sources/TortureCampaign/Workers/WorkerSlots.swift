/// The slots of a run, each of which serves one worker process after the other, side by side.
struct WorkerSlots: Sendable {
  /// How many run at the same time.
  let count: Int
  /// Whether the user wants the run to end.
  let isInterrupted: @Sendable () -> Bool
  /// Keeps the display alive.
  let tick: @Sendable () -> Void

  private enum Ended {
    case slot, interrupted, watch
  }

  /// Runs all slots until each has nothing left to do, or the user ends the run.
  ///
  /// - Parameters:
  ///   - serve: does the work of one slot; cancelled when the run is ended.
  ///   - interrupt: called once when the user ends the run, before the slots are cancelled.
  /// - Returns: whether the user ended it.
  func run(
    serve: @escaping @Sendable (_ slot: Int) async throws -> Void, interrupt: @Sendable () async -> Void
  ) async throws -> Bool {
    try await withThrowingTaskGroup(of: Ended.self) { group in
      group.addTask { await watch() }
      for slot in 0..<count {
        group.addTask {
          do {
            try await serve(slot)
          } catch is CancellationError {}
          return .slot
        }
      }
      var slotsLeft = count
      var wasInterrupted = false
      while slotsLeft > 0, let ended = try await group.next() {
        switch ended {
        case .slot: slotsLeft -= 1
        case .watch: break
        case .interrupted:
          wasInterrupted = true
          await interrupt()
          group.cancelAll()
        }
      }
      group.cancelAll()
      return wasInterrupted
    }
  }

  /// Keeps the display alive and listens for the user, until the run is over.
  private func watch() async -> Ended {
    let clock = ContinuousClock()
    while !Task.isCancelled {
      if isInterrupted() { return .interrupted }
      tick()
      try? await clock.sleep(for: .milliseconds(100))
    }
    return .watch
  }
}
