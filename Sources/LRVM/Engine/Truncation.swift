import Storage

/// Truncation as a state machine: it moves committed changes from the log to the segments and frees the log's space.
///
///     idle -> applying -> releasing -> committing -> idle          by epoch
///     idle -> writing pages -> syncing -> releasing -> …           incremental
///
/// Each step makes one storage call or so. A background thread drives it in production; a scheduler may drive it
/// step by step and stop between any two. Until the status block of the last step is durable the log is as it was, so
/// that a truncation that is cut off, or that fails, may begin again.
///
/// Nothing reaches a segment before a durable status block vouches for the batch that it comes from: an epoch's pass and the
/// pages' ranges are to be had for a `VouchedEnd` only.
enum Truncation {
  case idle
  case applying(RedoPass, Goal)
  case writingPages(PagePass)
  case releasing(Goal)
  case committing(WrittenStatus, Goal)

  /// Up to where the log is freed, and which commits the segments then have.
  struct Goal {
    var place: LogPlace
    var applied: UInt64
    var isEpoch: Bool
  }

  /// The state of an incremental truncation.
  struct PagePass {
    var goal: Goal
    /// Segments that were written and not yet synced.
    var unsynced: [Int] = []
    /// No page is left to write, or one cannot be written.
    var isWritten = false
  }
}

extension Engine {
  /// Ends a truncation that wrote its status block and has not made it durable yet: another one must not be
  /// written over it. Under `maintenance`.
  func finishStatusInFlight() throws(RVMError) {
    if case .committing = truncation { _ = try advance(begins: false) }
  }

  func truncate() throws(RVMError) {
    try checkProcess()
    try flush()
    maintenance.lock()
    defer { maintenance.unlock() }
    try truncateWhole()
  }

  /// Applies all that is in the log now. Under `maintenance`.
  func truncateWhole() throws(RVMError) {
    while try advance(begins: false) {}
    let end = tail
    while head.position < end.position {
      while try advance(begins: true) {}
    }
  }

  @discardableResult
  func truncationStep() throws(RVMError) -> Bool {
    try checkProcess()
    maintenance.lock()
    defer { maintenance.unlock() }
    return try advance(begins: wantsToBegin)
  }

  private var wantsToBegin: Bool {
    lock().examine { $0.wantsTruncation && !$0.isTerminated }
  }

  /// How much a step of an epoch truncation writes, in bytes: one stretch where a scheduler drives it; otherwise a few, so
  /// that few pages go to the disk at a time (`WriteBehind`), and many where a flush waits for their space.
  private var epochStepBytes: Int {
    if truncationDriver == .stepped { return 1 }
    return lock().examine { $0.isLogFull } ? RedoPass.portionBytes : 256
  }

  private var head: LogPlace { lock().examine { $0.head } }
  private var tail: LogPlace { lock().examine { $0.tail } }

  /// One step; false where truncation is idle and does not begin. Under `maintenance`.
  private func advance(begins: Bool) throws(RVMError) -> Bool {
    do {
      switch truncation {
      case .idle:
        guard begins else { return false }
        try beginTruncation()
        return true
      case .applying(let pass, let goal):
        if try applyNext(of: pass) {
          if let file = pass.lastFile {
            for placement in pass.placements { try startWriting(placement.offset..<placement.end, of: file) }
          }
        } else if try !pass.syncNext(&segments) {
          countWritten(pass.bytesWritten)
          truncation = .releasing(goal)
        }
      case .writingPages(var pass):
        truncation = try writeNextPage(&pass)
      case .releasing(let goal):
        try checkUsable()
        truncation = .committing(try writeStatus { $0.head = goal.place }, goal)
      case .committing(let next, let goal):
        // Durable before the freed space is written over: a log that starts at what is gone cannot be recovered.
        try commitStatus(next)
        finishTruncation(goal)
        return false
      }
      return true
    } catch {
      truncation = .idle
      var held = lock()
      held.value.noteFailedTruncation(error)
      held.signalAll()
      throw error
    }
  }

  /// Damage that is found poisons: what is committed after it could not be recovered.
  private func applyNext(of pass: RedoPass) throws(RVMError) -> Bool {
    do { return try pass.applyNext(&segments, bytesMin: epochStepBytes) } catch .logDamaged(
      let log, let reason)
    {
      throw poisoned(by: .logDamaged(log: log, reason: reason))
    }
  }

  /// What was written is to be on its way to the disk before it is synced.
  func startWriting(_ bytes: Range<Int>, of file: any StorageFile) throws(RVMError) {
    do { try writeBehind.wrote(bytes, to: file) } catch {
      throw .storage(during: "writing to a segment", error)
    }
  }

  private func countWritten(_ bytes: Int) {
    lock().tally { $0.statistics.segmentBytesWritten += bytes }
  }

  private func beginTruncation() throws(RVMError) {
    writeBehind.reset()
    let goal = try takeGoal()
    if goal.isEpoch {
      truncation = try beginEpoch(goal)
    } else {
      _ = try vouch()
      truncation = .writingPages(.init(goal: goal))
    }
  }

  /// All that is durable now.
  private func takeGoal() throws(RVMError) -> Truncation.Goal {
    var held = lock()
    held.value.truncationError = nil
    held.value.isTruncating = true
    redoBytesMax = held.value.options.redoBytesMax
    try held.value.checkUsable()
    let isIncremental = tracksPages && !held.value.needsEpoch
    return held.value.goal(isEpoch: !isIncremental)
  }

  func beginEpoch(_ goal: Truncation.Goal) throws(RVMError) -> Truncation {
    let pass = RedoPass(
      log, to: goal.place.position, within: try vouch(), bytesMax: redoBytesMax, on: storage)
    return .applying(pass, goal)
  }

  /// The new status block is durable: the space before the goal is free.
  private func finishTruncation(_ goal: Truncation.Goal) {
    truncation = .idle
    release(goal)
    closeUnneededSegments()
  }

  private func release(_ goal: Truncation.Goal) {
    var held = lock()
    held.value.release(goal)
    held.signalAll()
  }
}

extension EngineState {
  /// To free the log up to where it ends now.
  func goal(isEpoch: Bool) -> Truncation.Goal {
    Truncation.Goal(place: tail, applied: commits.durable, isEpoch: isEpoch)
  }

  /// Whether the log holds changes that memory does not have any more.
  var needsEpoch: Bool { dirtyPages.needsEpoch(from: head) }

  fileprivate mutating func noteFailedTruncation(_ error: RVMError) {
    isTruncating = false
    tally.statistics.truncationsFailed += 1
    truncationError = error
    // What was written from memory may be lost with it: the log has it all.
    dirtyPages.needEpoch(until: tail.position)
  }

  fileprivate mutating func release(_ goal: Truncation.Goal) {
    isTruncating = false
    let ring = UInt64(shape.recordSectors)
    if head.position / ring != goal.place.position / ring { tally.statistics.truncationsAcrossWrap += 1 }
    head = goal.place
    applied = max(applied, goal.applied)
    if goal.isEpoch { dirtyPages.appliedBefore(goal.place, &regions) }
    tally.statistics.truncationsFinished += 1
  }
}
