import Storage

/// What an engine counts and measures, but for what its lanes count. Nothing that it does depends on this.
struct Tally {
  var statistics = Statistics()
  var latencies = Latencies()
}

/// All of an engine that its `state` lock guards. What changes it here does so in one go: nothing of it waits.
struct EngineState: ~Copyable, Tallied {
  // Fixed at opening.
  let shape: LogShape
  let tracksPages: Bool
  let isChecked: Bool

  var options: Options
  var tally = Tally()
  var regions = RegionTable()
  var commits = GroupCommit()
  /// Nil while a flush leader has it.
  var writer: BatchWriter?
  /// The commits with tickets up to this one are in the segments.
  var applied: UInt64 = 0
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
  /// The truncation thread sleeps until there is something to do, and would not notice a flush.
  var isThreadIdle = false
  var isTerminated = false
  /// `terminate` waits for the open transactions; none begins.
  var isEnding = false
  /// Nil before this life has begun: then there is nothing to vouch for.
  var vouchedEnd: VouchedEnd?
  var truncationError: RVMError?

  init(_ log: LogFile, _ options: Options) {
    shape = log.shape
    tracksPages = options.truncationMethod == .incremental
    isChecked = options.isChecked
    self.options = options
    writer = BatchWriter(shape)
    head = log.status.head
    tail = head
    tally.statistics.statusBlocksFoundDamaged = log.statusBlocksFoundDamaged
  }

  /// The log was recovered: it is empty, and its life has begun.
  mutating func note(_ recovery: Recovery, of log: LogFile) {
    tally.statistics.recordsRecovered = recovery.recordCount
    tally.statistics.segmentBytesWritten += recovery.bytesWritten
    switch recovery.lastBatch {
    case .proven: break
    case .moved: tally.statistics.batchesMovedByRecovery = 1
    case .leftOut: tally.statistics.batchesLeftOutByRecovery = 1
    }
    head = log.status.head
    tail = head
    noteStatus(of: log)
  }

  /// A status block of this life is durable.
  mutating func noteStatus(of log: LogFile) {
    vouchedEnd = log.vouchedEnd
    generation = log.status.generation
    hasStartedLife = true
  }

  var sectorsUsed: Int { Int(tail.position - head.position) }

  /// Whether the log is filled beyond the threshold, or a flush waits.
  ///
  /// Not where it is empty: a flush that waited has its space then, and only needs to run.
  var wantsTruncation: Bool {
    sectorsUsed > 0
      && (isLogFull || Double(sectorsUsed) >= options.truncationThreshold * Double(shape.recordSectors))
  }

  /// Whether transactions may begin and end without a look at this.
  var isOpen: Bool { !isEnding && refusal == nil }

  /// Why the RVM can take no further work; nil where it can.
  var refusal: RVMError? { isTerminated ? .terminated : commits.failure }

  func checkUsable() throws(RVMError) {
    if let refusal { throw refusal }
  }
}

extension StatusBlock {
  var head: LogPlace {
    get { LogPlace(position: headPosition, sequence: headSequence) }
    set { (headPosition, headSequence) = (newValue.position, newValue.sequence) }
  }
}
