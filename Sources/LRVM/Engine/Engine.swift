import Glibc
import Storage
import Threads

/// The state behind an `RVM`.
///
/// Locks, always taken in this order:
/// - `maintenance` covers what is rare and slow: the status block, the segment table, truncation, map and unmap.
///   It is held across their storage calls.
/// - `logSync` makes syncs of the log one at a time, so that a failed one is known before the next returns.
/// - `state` covers the rest: regions, open transactions, the spool, the log's tail. It is never held across a
///   storage call, so that commits go on while truncation runs.
///
/// Who flushes leads or sleeps, as `GroupCommit` says. A leader lets `state` go while it writes, and takes `maintenance` only
/// where the log is full.
final class Engine: @unchecked Sendable {
  // Fixed at opening.
  let storage: any Storage
  let shape: LogShape
  let truncationDriver: Options.TruncationDriver
  let tracksPages: Bool
  let isChecked: Bool
  /// Whether each write of the log is durable when it returns.
  var writesDurably: Bool { log.writesDurably }
  /// Decides which thread goes on; nil where the system does.
  let scheduler: (any ThreadScheduler)?
  let maintenance: Monitor
  let state: Monitor
  /// Held while the log is synced, or written durably. The system reports a failed write once: to the next sync, whoever calls it.
  private let logSync: Monitor

  // Under `maintenance`.
  let log: LogFile
  var segments: SegmentTable
  var truncation = Truncation.idle
  /// As the options have it when a truncation begins.
  var redoBytesMax = 0
  var pageBuffer = ByteBuffer()
  var writeBehind = WriteBehind()

  // Under `state`.
  var options: Options
  private let statisticsCell = Cell(Statistics())
  var regions: [Region] = []
  /// The first `openCount` are open; the others wait to be used again.
  private let transactionsCell = Cell(PlainList<Uncounted<OpenTransaction>>())
  private let openCountCell = Cell(0)
  let latencies = Cell(Latencies())
  private let coalescedCell = Cell(CoalescedRanges())
  private let spoolCell = Cell(Spool())
  /// The batch that is on its way to the log.
  var batch = Spool()
  private let commitsCell = Cell(GroupCommit())
  /// The commits with tickets up to this one are in the segments.
  var applied: UInt64 = 0
  /// The ticket of the newest commit that changed each segment.
  let lastCommitOfSegment = Cell(PlainList<UInt64>())
  /// Where live records begin and end.
  var head: LogPlace
  var tail: LogPlace
  var generation: UInt32 = 0
  var hasStartedLife = false
  var dirtyPages = DirtyPages()
  var isLogFull = false
  var isTruncating = false
  /// The truncation thread waits for commits, and looks for itself.
  var isPacing = false
  var isTerminated = false
  /// `terminate` waits for the open transactions; none begins.
  var isEnding = false
  /// Nil before this life has begun: then there is nothing to vouch for.
  var vouchedEnd: VouchedEnd?
  /// The truncation thread sleeps until there is something to do, and would not notice a flush.
  var isThreadIdle = false
  var truncationError: RVMError?

  // The flush leader's own.
  var packer: SectorPacker
  private var truncationThread: TruncationThread?
  private let forks = Forks.shared
  private let forkCount = Forks.shared.count

  var statistics: Statistics {
    _read { yield statisticsCell.value }
    _modify { yield &statisticsCell.value }
  }
  private var openCount: Int {
    get { openCountCell.value }
    set { openCountCell.value = newValue }
  }
  /// The ranges of the transaction that is being committed.
  var coalesced: CoalescedRanges {
    _read { yield coalescedCell.value }
    _modify { yield &coalescedCell.value }
  }
  var commits: GroupCommit {
    _read { yield commitsCell.value }
    _modify { yield &commitsCell.value }
  }
  /// Records that wait for the next flush.
  var spool: Spool {
    _read { yield spoolCell.value }
    _modify { yield &spoolCell.value }
  }

  /// Opens the log and recovers.
  init(
    log name: String, on storage: any Storage, _ options: Options, _ scheduler: (any ThreadScheduler)? = nil
  ) throws(RVMError) {
    if let problem = options.problem { throw .invalidArgument(problem) }
    self.storage = storage
    self.scheduler = scheduler
    maintenance = Monitor("maintenance", scheduler)
    state = Monitor("state", scheduler)
    logSync = Monitor("log sync", scheduler)
    self.options = options
    truncationDriver = options.truncationDriver
    tracksPages = options.truncationMethod == .incremental
    isChecked = options.isChecked
    log = try LogFile(opening: name, on: storage)
    shape = log.shape
    segments = SegmentTable(log.status.segments)
    packer = SectorPacker(shape: shape)
    head = log.status.head
    tail = head
    statistics.statusBlocksFoundDamaged = log.statusBlocksFoundDamaged
    do {
      try recover()
    } catch {
      log.file.close()
      throw error
    }
    log.choose(options.logWrites)
  }

  /// Nothing else has this engine yet, so no lock is needed.
  private func recover() throws(RVMError) {
    guard let recovery = try Recovery(log, &segments, bytesMax: options.redoBytesMax, on: storage) else {
      return
    }
    statistics.recordsRecovered = recovery.recordCount
    statistics.segmentBytesWritten += recovery.bytesWritten
    switch recovery.lastBatch {
    case .proven: break
    case .moved: statistics.batchesMovedByRecovery = 1
    case .leftOut: statistics.batchesLeftOutByRecovery = 1
    }
    segments.closeAll()
    head = log.status.head
    tail = head
    vouchedEnd = log.vouchedEnd
    generation = log.status.generation
    hasStartedLife = true
  }

  /// Throws where the RVM can take no further work. Under `state`.
  func checkUsable() throws(RVMError) {
    if isTerminated { throw .terminated }
    if let failure = commits.failure { throw failure }
  }

  /// A forked child has copies of the regions and of what is committed, and shares the files: two would write one log.
  func checkProcess() throws(RVMError) {
    guard isOwnProcess else { throw .forked(log: log.name) }
  }

  private var isOwnProcess: Bool { forks.count == forkCount }

  func checkUsableLocking() throws(RVMError) {
    state.lock()
    defer { state.unlock() }
    try checkUsable()
  }

  /// Writes the next status block. Under `maintenance`. A failure poisons: the log cannot be trusted any more.
  func writeStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) -> WrittenStatus {
    state.lock()
    let isFirst = !hasStartedLife
    let durableEnd = tail.position
    state.unlock()
    if writesDurably { logSync.lock() }
    defer { if writesDurably { logSync.unlock() } }
    do {
      try log.checkName(on: storage)
      return try log.writeStatus {
        // No record of this life is written before this block is durable.
        if isFirst { $0.beginGeneration() }
        // Not less than before: a long batch is vouched for before it is counted.
        $0.durableEnd = max($0.durableEnd, durableEnd)
        change(&$0)
      }
    } catch {
      throw poisoned(by: error)
    }
  }

  /// Syncs the log; a failure poisons, also one that another thread's sync met meanwhile.
  func syncLog(during: String) throws(RVMError) {
    try whileNoneSyncs(during: during) { () throws(StorageError) in try log.file.sync(.data) }
  }

  /// Makes writes durable one at a time; a failure poisons, also an earlier one, of whichever thread.
  func whileNoneSyncs(
    during: String, _ body: () throws(StorageError) -> Void
  ) throws(RVMError) {
    logSync.lock()
    defer { logSync.unlock() }
    state.lock()
    let earlier = commits.failure
    state.unlock()
    if let earlier { throw earlier }
    do { try body() } catch { throw poisoned(by: .storage(during: during, error)) }
  }

  /// Makes it durable. Under `maintenance`. From then on the log has a generation of this life.
  @discardableResult
  func commitStatus(_ written: WrittenStatus) throws(RVMError) -> VouchedEnd {
    let vouched = try log.makeDurable(written) { () throws(RVMError) in
      try syncLog(during: "syncing the status block")
    }
    state.lock()
    vouchedEnd = vouched
    generation = log.status.generation
    hasStartedLife = true
    state.unlock()
    return vouched
  }

  /// Makes a status block durable that vouches for all that the log holds, unless one does. Under `maintenance`.
  func vouch() throws(RVMError) -> VouchedEnd {
    state.lock()
    let end = tail.position
    state.unlock()
    if let vouched = log.vouchedEnd, vouched.position >= end { return vouched }
    return try commitStatus(try writeStatus { _ in })
  }

  /// Keeps a failure for all later calls, where it leaves unknown what the log holds; returns it.
  ///
  /// A failed write or sync does, and so does damage that was found in the log: what is committed after it could not be
  /// recovered.
  func poisoned(by error: RVMError) -> RVMError {
    state.lock()
    switch error {
    case .storage(_, let cause): commits.fail(with: .poisoned(cause: cause))
    case .logDamaged, .logReplaced: commits.fail(with: error)
    default: break
    }
    state.signalAll()
    state.unlock()
    return error
  }

  func startTruncationThread() {
    if truncationDriver == .background { truncationThread = TruncationThread(self) }
  }

  deinit {
    for index in transactionsCell.value.indices { transactionsCell.value[index].release() }
  }

  func forEachOpenTransaction(_ body: (OpenTransaction) -> Void) {
    for index in 0..<openCount { transactionsCell.value[index].with(body) }
  }

  func addOpenTransaction() -> Uncounted<OpenTransaction> {
    let index = openCount
    if index == transactionsCell.value.count {
      transactionsCell.value.append(Uncounted(retaining: OpenTransaction()))
    }
    let transaction = transactionsCell.value[index]
    transaction.with { $0.index = index }
    openCount = index + 1
    return transaction
  }

  func removeOpenTransaction(_ transaction: OpenTransaction) {
    let last = openCount - 1
    let index = transaction.index
    if index < last {
      let other = transactionsCell.value[last]
      transactionsCell.value[last] = Uncounted(transaction)
      transactionsCell.value[index] = other
      other.with { $0.index = index }
    }
    openCount = last
    transaction.reset()
    if isEnding, last == 0 { state.signal(.change) }
  }

  func setOptions(_ new: Options) throws(RVMError) {
    try checkProcess()
    if let problem = new.problem { throw .invalidArgument(problem) }
    state.lock()
    defer { state.unlock() }
    if isTerminated { throw .terminated }
    guard new.truncationDriver == options.truncationDriver, new.truncationMethod == options.truncationMethod,
      new.isChecked == options.isChecked, new.logWrites == options.logWrites
    else {
      throw .invalidArgument(
        "the truncation driver, the truncation method, the way of writing the log and checked mode are chosen when "
          + "the log is opened")
    }
    options = new
    state.signalAll()
  }

  func query() -> Query {
    state.lock()
    defer { state.unlock() }
    return Query(
      regions: regions.map {
        .init(
          segment: $0.segment, offset: $0.offset, length: $0.length, openTransactions: $0.openTransactions)
      }.sorted { ($0.segment, $0.offset) < ($1.segment, $1.offset) },
      openTransactions: openCount, logSectorsUsed: sectorsUsed, logSectors: shape.recordSectors,
      spooledBytes: spool.liveBytes, isPoisoned: commits.failure != nil, truncationError: truncationError,
      statistics: statistics)
  }

  func copyOfLatencies() -> Latencies {
    state.lock()
    defer { state.unlock() }
    return latencies.value
  }

  func terminate() throws(RVMError) {
    try checkProcess()
    state.lock()
    if isTerminated || isEnding {
      state.unlock()
      throw .terminated
    }
    do throws(RVMError) {
      try waitForOpenTransactions()
      if let failure = commits.failure { throw failure }
      try flushLocked(upTo: commits.taken)
    } catch .transactionsOpen(let count) {
      state.unlock()
      throw .transactionsOpen(count)
    } catch {
      state.unlock()
      stop()
      throw error
    }
    isTerminated = true
    state.signalAll()
    state.unlock()
    try close(isClean: true)
  }

  /// From now on none begins; those that other threads have open are waited for. Under `state`.
  private func waitForOpenTransactions() throws(RVMError) {
    isEnding = true
    let start = nanoseconds
    while openCount > 0 {
      var isOwn = false
      forEachOpenTransaction { if $0.thread == pthread_self() { isOwn = true } }
      let left = Self.terminateWaitNanoseconds - (nanoseconds - start)
      guard !isOwn, left > 0 else {
        isEnding = false
        throw .transactionsOpen(openCount)
      }
      state.wait(for: .change, nanosecondsMax: left)
    }
  }

  /// The time by which waiting is decided.
  private var nanoseconds: Int { scheduler?.time() ?? Stopwatch.now() }

  private static let terminateWaitNanoseconds = 10_000_000_000

  /// Closes without flushing.
  func stop() {
    // A forked child has neither the thread nor the right to write.
    guard isOwnProcess else { return }
    state.lock()
    let wasTerminated = isTerminated
    isTerminated = true
    state.signalAll()
    state.unlock()
    if !wasTerminated { try? close(isClean: false) }
  }

  /// The thread ends, the files and the log's lock go.
  ///
  /// - Parameter isClean: leaves a status block that knows that all is durable: damage of the log's end is then never taken for
  ///   a tail that a crash tore.
  private func close(isClean: Bool) throws(RVMError) {
    truncationThread?.join()
    maintenance.lock()
    defer {
      closeFiles()
      maintenance.unlock()
    }
    guard isClean else { return }
    try vouchForEnd()
  }

  /// Makes a status block durable that vouches for all that the log holds, if anything was written to it in this life. Under
  /// `maintenance`.
  func vouchForEnd() throws(RVMError) {
    try finishStatusInFlight()
    if log.vouchedEnd != nil { _ = try vouch() }
  }

  private func closeFiles() {
    log.voidStatusInFlight()
    log.file.close()
    segments.closeAll()
    state.lock()
    for region in regions { region.isMapped = false }
    // Transactions that are still open may abort to them.
    if openCount == 0 { regions.removeAll() }
    state.unlock()
  }
}

extension StatusBlock {
  var head: LogPlace {
    get { LogPlace(position: headPosition, sequence: headSequence) }
    set { (headPosition, headSequence) = (newValue.position, newValue.sequence) }
  }
}
