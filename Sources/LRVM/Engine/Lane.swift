/// Where some of the threads begin and end their transactions, without a lock that the others want.
///
/// Each thread has its lane, and shares it with few others or none. A lane has the transactions that were begun in it, wherever they
/// end, and the records that they spooled. A transaction that is not flushed, in an engine that need not look at memory, begins
/// and ends here alone. Everything else has the engine's `state` first, and then the lane.
final class Lane: @unchecked Sendable {
  private let state: Guarded<LaneState>
  private let tickets: CommitTickets
  private let process: OwnProcess
  private let batchBytesMax: Int
  /// Whether a transaction may end here: nothing but its memory and its record is concerned.
  private let endsTransactions: Bool
  /// Lives as long as a transaction of the lane is open, at least.
  let engine: Uncounted<Engine>
  private let padding = CacheLines()

  init(of engine: Engine, _ options: Options) {
    state = Guarded(LaneState(of: engine, options), by: Monitor("lane", engine.scheduler))
    tickets = engine.tickets
    process = engine.process
    batchBytesMax = engine.shape.batchBytesMax
    endsTransactions = !engine.looksAtMemory
    self.engine = Uncounted(engine)
  }

  @_lifetime(borrow self)
  @inline(__always)
  func lock() -> Held<LaneState> { unsafe _overrideLifetime(state.lockInStep(), borrowing: self) }

  /// For `Lanes`, which takes all.
  ///
  /// - Safety: as the same of `Guarded`.
  @unsafe func take() { unsafe state.take() }
  @unsafe func giveBack(hasChanged: Bool) { unsafe state.giveBack(hasChanged: hasChanged) }
  @unsafe func withTaken(_ body: (inout LaneState) -> Void) { unsafe state.withTaken(body) }
  @unsafe func examineTaken<Answer: Hashable>(_ question: (borrowing LaneState) -> Answer) -> Answer {
    unsafe state.examineTaken(question)
  }

  /// Nil where the engine's state decides.
  @inline(__always)
  func begin(_ mode: BeginMode) -> Uncounted<OpenTransaction>? {
    var held = lock()
    return held.value.isOpen ? held.value.begin(mode) : nil
  }

  /// The transaction's first range in a region keeps the region mapped until the transaction ends: who unmaps it has all lanes.
  func join(_ transaction: OpenTransaction, _ region: Region) throws(RVMError) -> Int {
    var held = lock()
    return try held.value.join(transaction, region)
  }

  /// Ends a transaction whose record, if it has one, is not flushed now.
  ///
  /// - Returns: false, and the transaction is as it was, where the engine has to do it.
  func commit(_ transaction: OpenTransaction, number: inout UInt64) throws(RVMError) -> Bool {
    guard endsTransactions, process.isThis else { return false }
    var held = lock()
    guard held.value.isOpen else { return false }
    let length: Int
    do throws(RVMError) {
      length = try held.value.measure(transaction, bytesMax: batchBytesMax)
    } catch {
      transaction.restore()
      held.value.end(transaction, .aborted)
      throw error
    }
    if held.value.coalesced.ranges.isEmpty {
      number = tickets.newest
    } else {
      guard let ticket = tickets.take(length, limit: held.value.options.spoolBytesMax) else { return false }
      number = ticket
      let saved = held.value.spoolRecord(of: transaction, length: length, ticket) { _ in }
      if saved > 0 { tickets.giveBack(saved) }
    }
    held.value.end(transaction, .committed(.noFlush))
    return true
  }

  /// - Returns: false, and the transaction is as it was, where the engine has to do it.
  func abort(_ transaction: OpenTransaction) -> Bool {
    guard endsTransactions else { return false }
    var held = lock()
    guard held.value.isOpen else { return false }
    transaction.restore()
    held.value.end(transaction, .aborted)
    return true
  }
}
