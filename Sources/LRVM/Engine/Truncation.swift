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
  /// Whether the log is filled beyond the threshold, or a flush waits. Under `state`.
  ///
  /// Not where it is empty: a flush that waited has its space then, and only needs to run.
  var wantsTruncation: Bool {
    sectorsUsed > 0
      && (isLogFull || Double(sectorsUsed) >= options.truncationThreshold * Double(shape.recordSectors))
  }

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
    let end = ends().tail
    while ends().head.position < end.position {
      while try advance(begins: true) {}
    }
  }

  @discardableResult
  func truncationStep() throws(RVMError) -> Bool {
    try checkProcess()
    maintenance.lock()
    defer { maintenance.unlock() }
    state.lock()
    let wants = wantsTruncation && !isTerminated
    state.unlock()
    return try advance(begins: wants)
  }

  /// How much a step of an epoch truncation writes, in bytes: one stretch where a scheduler drives it; otherwise a few, so
  /// that few pages go to the disk at a time (`WriteBehind`), and many where a flush waits for their space.
  private var epochStepBytes: Int {
    if truncationDriver == .stepped { return 1 }
    state.lock()
    defer { state.unlock() }
    return isLogFull ? RedoPass.portionBytes : 256
  }

  private func ends() -> (head: LogPlace, tail: LogPlace) {
    state.lock()
    defer { state.unlock() }
    return (head, tail)
  }

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
          state.lock()
          statistics.segmentBytesWritten += pass.bytesWritten
          state.unlock()
          truncation = .releasing(goal)
        }
      case .writingPages(var pass):
        truncation = try writeNextPage(&pass)
      case .releasing(let goal):
        try checkUsableLocking()
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
      state.lock()
      isTruncating = false
      statistics.truncationsFailed += 1
      truncationError = error
      // What was written from memory may be lost with it: the log has it all.
      dirtyPages.needEpoch(until: tail.position)
      state.signalAll()
      state.unlock()
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
  private func startWriting(_ bytes: Range<Int>, of file: any StorageFile) throws(RVMError) {
    do { try writeBehind.wrote(bytes, to: file) } catch {
      throw .storage(during: "writing to a segment", error)
    }
  }

  private func beginTruncation() throws(RVMError) {
    writeBehind.reset()
    state.lock()
    let goal = Truncation.Goal(place: tail, applied: commits.durable, isEpoch: true)
    let isIncremental = tracksPages && !dirtyPages.needsEpoch(from: head)
    let isUsable = Result { () throws(RVMError) in try checkUsable() }
    truncationError = nil
    isTruncating = true
    redoBytesMax = options.redoBytesMax
    state.unlock()
    try isUsable.get()
    if isIncremental {
      _ = try vouch()
      truncation = .writingPages(
        .init(goal: Truncation.Goal(place: goal.place, applied: goal.applied, isEpoch: false)))
    } else {
      truncation = try beginEpoch(goal)
    }
  }

  private func beginEpoch(_ goal: Truncation.Goal) throws(RVMError) -> Truncation {
    let pass = RedoPass(
      log, to: goal.place.position, within: try vouch(), bytesMax: redoBytesMax, on: storage)
    return .applying(pass, goal)
  }

  /// Writes the page with the oldest change, or syncs a segment when all are written.
  private func writeNextPage(_ pass: inout Truncation.PagePass) throws(RVMError) -> Truncation {
    let next = pass.isWritten ? NextPage.none : takeOldestPage(&pass)
    switch next {
    case .unvouched:
      _ = try vouch()
      return .writingPages(pass)
    case .page(let segment, let offset, let ranges):
      let file = try segments.file(
        segment, on: storage, isToBeChecked: !pass.unsynced.contains(segment))
      do {
        for range in ranges { try pageBuffer.write(range, to: file, at: offset + range.lowerBound) }
      } catch {
        throw .storage(during: "writing a page to its segment", error)
      }
      try startWriting(offset..<offset + RVM.pageLength, of: file)
      if !pass.unsynced.contains(segment) { pass.unsynced.append(segment) }
      return .writingPages(pass)
    case .none:
      break
    }
    pass.isWritten = true
    if let segment = pass.unsynced.popLast() {
      let file = try segments.file(segment, on: storage)
      do { try file.sync(.data) } catch { throw .storage(during: "syncing a segment", error) }
      return .writingPages(pass)
    }
    state.lock()
    let isDone = pass.goal.place.position > head.position && !dirtyPages.needsEpoch(from: head)
    if !isDone { statistics.epochFallbacks += 1 }
    let whole = Truncation.Goal(place: tail, applied: commits.durable, isEpoch: true)
    state.unlock()
    if isDone { return .releasing(pass.goal) }
    return try beginEpoch(whole)
  }

  private enum NextPage {
    /// A copy is in `pageBuffer`: write these ranges of it.
    case page(segment: Int, offset: Int, ranges: [Range<Int>])
    /// The page has a change that is not vouched for yet.
    case unvouched
    /// None before the goal is left.
    case none
  }

  /// Copies the page with the oldest change, which is clean from then on.
  ///
  /// Where that page is pinned, the goal moves back to it.
  private func takeOldestPage(_ pass: inout Truncation.PagePass) -> NextPage {
    state.lock()
    defer { state.unlock() }
    guard let oldest = dirtyPages.oldest(), oldest.since.position < pass.goal.place.position else {
      return .none
    }
    let region = oldest.region
    guard let page = region.pages?[oldest.page], page.pins == 0 else {
      pass.goal = Truncation.Goal(place: oldest.since, applied: applied, isEpoch: false)
      return .none
    }
    guard let vouched = log.vouchedEnd, let ranges = page.dirtyRanges(within: vouched) else {
      return .unvouched
    }
    pageBuffer.removeAll()
    pageBuffer.append(region.span(oldest.page * RVM.pageLength, RVM.pageLength))
    region.pages?.markClean(oldest.page)
    statistics.segmentBytesWritten += ranges.reduce(0) { $0 + $1.count }
    return .page(
      segment: region.segmentIndex, offset: region.offset + oldest.page * RVM.pageLength, ranges: ranges)
  }

  /// The new status block is durable: the space before the goal is free.
  private func finishTruncation(_ goal: Truncation.Goal) {
    truncation = .idle
    state.lock()
    isTruncating = false
    let ring = UInt64(shape.recordSectors)
    if head.position / ring != goal.place.position / ring { statistics.truncationsAcrossWrap += 1 }
    head = goal.place
    applied = max(applied, goal.applied)
    if goal.isEpoch { dirtyPages.appliedBefore(goal.place, regions) }
    statistics.truncationsFinished += 1
    state.signalAll()
    state.unlock()
    closeUnneededSegments()
  }
}
