import Storage
import Threads

/// What is behind an `RVM`: the files, the locks, and what these guard.
///
/// Locks, always taken in this order:
/// - `maintenance` covers what is rare and slow: the status block, the segment table, truncation, map and unmap.
///   It is held across their storage calls.
/// - `logSync` makes syncs of the log one at a time, so that a failed one is known before the next returns.
/// - `state` owns the rest (`EngineState`): regions, the log's tail, who flushes. It is never held across a storage call, so that
///   commits go on while truncation runs.
/// - Each lane has one (`Lane`): open transactions, and the records that they spooled. Who has it waits for nothing.
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
  /// Whether others look at what open transactions declared, and at what memory holds.
  var looksAtMemory: Bool { isChecked || tracksPages }
  /// Whether each write of the log is durable when it returns.
  var writesDurably: Bool { log.writesDurably }
  /// Decides which thread goes on; nil where the system does.
  let scheduler: (any ThreadScheduler)?
  let maintenance: Monitor
  /// Held while the log is synced, or written durably. The system reports a failed write once: to the next sync, whoever calls it.
  let logSync: Monitor
  let state: Guarded<EngineState>
  let tickets: CommitTickets
  let lanes = Lanes()

  // Under `maintenance`.
  let log: LogFile
  var segments: SegmentTable
  var truncation = Truncation.idle
  /// As the options have it when a truncation begins.
  var redoBytesMax = 0
  var pageBuffer = ByteBuffer()
  var writeBehind = WriteBehind()

  private(set) var truncationThread: TruncationThread?
  let process = OwnProcess()

  /// Opens the log and recovers.
  init(
    log name: String, on storage: any Storage, _ options: Options, _ scheduler: (any ThreadScheduler)? = nil
  ) throws(RVMError) {
    if let problem = options.problem { throw .invalidArgument(problem) }
    self.storage = storage
    self.scheduler = scheduler
    maintenance = Monitor("maintenance", scheduler)
    let monitor = Monitor("state", scheduler)
    logSync = Monitor("log sync", scheduler)
    truncationDriver = options.truncationDriver
    tracksPages = options.truncationMethod == .incremental
    isChecked = options.isChecked
    log = try LogFile(opening: name, on: storage)
    shape = log.shape
    tickets = CommitTickets(batchBytesMax: log.shape.batchBytesMax, scheduler)
    var opened = EngineState(log, options)
    var segments = SegmentTable(log.status.segments)
    do throws(RVMError) {
      if let recovery = try Recovery(log, &segments, bytesMax: options.redoBytesMax, on: storage) {
        segments.closeAll()
        opened.note(recovery, of: log)
      }
    } catch {
      log.file.close()
      throw error
    }
    self.segments = segments
    state = Guarded(opened, by: monitor)
    log.choose(options.logWrites)
  }

  /// Takes the `state` lock.
  @_lifetime(borrow self)
  @inline(__always)
  func lock() -> Held<EngineState> { unsafe _overrideLifetime(state.lock(), borrowing: self) }

  /// A forked child has copies of the regions and of what is committed, and shares the files: two would write one log.
  func checkProcess() throws(RVMError) {
    guard isOwnProcess else { throw .forked(log: log.name) }
  }

  var isOwnProcess: Bool { process.isThis }

  /// Throws where the RVM can take no further work.
  func checkUsable() throws(RVMError) { try checkUsable(lock()) }

  func checkUsable(_ held: borrowing Held<EngineState>) throws(RVMError) {
    if let refusal = held.examine({ $0.refusal }) { throw refusal }
  }

  func startTruncationThread() {
    if truncationDriver == .background { truncationThread = TruncationThread(self) }
  }
}
