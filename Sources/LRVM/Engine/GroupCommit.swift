/// Group commit: commits that wait for the disk at the same time share one write and one sync of the log.
///
/// A commit that changed something has a *ticket* (`CommitTickets`). One that changed nothing has none, and waits for the newest
/// ticket there is. Tickets become durable in order:
///
///     0 ········ durable ········ batchEnd ········ newest
///       on disk           in the batch       in the spools
///
/// This decides, under the engine's lock, who writes and who sleeps; the engine does both. It holds numbers only, so that a
/// test can go through every interleaving of some threads.
///
/// **States.** `idle`: nobody writes. `writing`: one thread, the leader, has the batch, and lets the lock go while it writes.
/// `failed`: what the log holds is unknown since a write or a sync of it failed, or damage was found in it; that never ends.
///
/// **The rule for waiting.** A thread that needs a ticket to be durable asks for its `turn` until it is. It sleeps only while
/// another one writes: until the end of the batch that is being written where its ticket is in that, otherwise until the end of
/// the next batch. The end of a batch wakes all who sleep for it, and one of those who sleep for the next: that one leads it.
/// Where a batch was not written, all are woken, whatever they sleep for.
///
/// Why nobody sleeps for ever: who is woken for the next batch has a ticket that is not durable, so there is something to write.
/// It leads, with the tickets of all who sleep beside it; or another thread was faster and leads them.
struct GroupCommit: Hashable {
  enum State: Hashable {
    case idle, writing
    case failed(RVMError)
  }

  /// What a thread does that needs a ticket to be durable.
  enum Turn: Hashable {
    /// It takes what is in the spools as the batch, and calls `takeBatch`; or `hasBatch`, from a leader that could not write it. It writes
    /// the batch, and calls `endBatch` or `leaveBatch`.
    case lead(hasBatch: Bool)
    case sleep(Monitor.Event)
  }

  private(set) var state = State.idle
  /// The tickets up to this one are durable.
  private(set) var durable: UInt64 = 0
  /// The tickets up to this one are durable, or in the batch.
  private(set) var batchEnd: UInt64 = 0
  private var isBatchOdd = false
  private var hasSleepersForNext = false

  /// The error that every later call throws.
  var failure: RVMError? {
    if case .failed(let error) = state { error } else { nil }
  }

  /// What a thread sleeps for whose ticket is not durable, and who changes nothing by that; nil where it has to ask for its turn.
  func sleep(for ticket: UInt64) -> Monitor.Event? {
    guard state == .writing else { return nil }
    if ticket <= batchEnd { return endOfBatch }
    return hasSleepersForNext ? endOfNextBatch : nil
  }

  /// For a thread whose ticket is not durable.
  mutating func turn(of ticket: UInt64) throws(RVMError) -> Turn {
    switch state {
    case .failed(let error):
      throw error
    case .writing:
      if let event = sleep(for: ticket) { return .sleep(event) }
      hasSleepersForNext = true
      return .sleep(endOfNextBatch)
    case .idle:
      state = .writing
      // A batch that found no space, since truncation failed, stays and goes first.
      return .lead(hasBatch: batchEnd > durable)
    }
  }

  /// The leader took what is in the spools as the batch.
  ///
  /// - Parameter newest: the newest ticket, whose record is in it.
  mutating func takeBatch(upTo newest: UInt64) {
    batchEnd = newest
    isBatchOdd.toggle()
    hasSleepersForNext = false
  }

  /// The batch is durable. Who sleeps for `done` is to be woken, and one who sleeps for `next`.
  mutating func endBatch() -> (done: Monitor.Event, next: Monitor.Event?) {
    durable = batchEnd
    // The log may have failed meanwhile, in another thread's hands.
    if state == .writing { state = .idle }
    return (endOfBatch, hasSleepersForNext ? endOfNextBatch : nil)
  }

  /// The batch was not written: the leader gives it back. All who sleep are to be woken.
  mutating func leaveBatch() {
    if state == .writing { state = .idle }
  }

  /// All who sleep are to be woken.
  mutating func fail(with error: RVMError) { state = .failed(error) }

  /// While one batch is on its way the next one gathers: two events, in turn, tell their ends apart.
  private var endOfBatch: Monitor.Event { isBatchOdd ? .oddBatch : .evenBatch }
  private var endOfNextBatch: Monitor.Event { isBatchOdd ? .evenBatch : .oddBatch }
}
