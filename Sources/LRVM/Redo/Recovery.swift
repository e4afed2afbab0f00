import Storage

/// Recovery: applies what the log holds, syncs the segments, and only then frees the log's space.
///
/// Cut off at any point it can begin again. Where the log holds nothing, nothing is written.
///
/// **What was read may not be on the disk.** After a sync that failed, a system may take what it could not write for
/// written: the cache shows it, a later sync succeeds and writes nothing, and the next power loss takes it away. So
/// what a reader finds is proven only by something that was done after a sync which succeeded:
///
/// - A status block is written and synced before anything else: whichever block the disk had, it now has this one.
/// - A batch was synced before the next one was written. Those before the last two are applied as they are: even where
///   a failed sync is reported by the next one only (ext4 with its data in the journal), two have succeeded since.
/// - The last two may be anything; or the last alone, where a later batch or a status block shows that its sync returned.
///   Before one byte of them reaches a segment, a copy is written to *another*
///   place (a torn write in the same place could destroy what was promised), synced, and then pointed to by a status
///   block. Until that block is durable the log ends before them or with them, as the disk has it, and either is
///   legal: nothing was built on it. From then on the copy is the log.
/// - Segments are written from the log, whatever they show, so the writes are new ones to the system.
///
/// Where two are longer than half of the ring, the last is copied alone. A batch that is so long by itself has no other
/// place. Its commit is acknowledged only once a status block
/// that shows it is durable (`Engine.lead`). Where none does, it was never acknowledged, and is left out.
///
/// It needs nothing of an engine, so that a tool, or a test that recovers very often, pays for recovery alone.
struct Recovery {
  let recordCount: Int
  /// Written to segments.
  let bytesWritten: Int
  let lastBatch: LastBatch

  /// What became of the newest batch in the log.
  enum LastBatch {
    /// It was known to be durable.
    case proven
    /// It was copied to another place before it was applied.
    case moved
    /// It was never acknowledged, and too long to be copied.
    case leftOut
  }

  /// Recovers; nil where the log holds nothing. Afterwards the log has a generation of this life.
  ///
  /// - Parameter bytesMax: how much memory may hold what is read of the log, in bytes.
  init?(
    _ log: LogFile, _ segments: inout SegmentTable, bytesMax: Int, on storage: any Storage
  ) throws(RVMError) {
    var scan = LogScan(log, bytesMax: bytesMax)
    try scan.run()
    guard scan.recordCount > 0 else { return nil }
    // A segment that cannot be used is found before anything is written.
    for index in scan.isNamed.indices where scan.isNamed[index] {
      _ = try segments.file(index, on: storage)
    }
    let (start, end, lastBatch) = (scan.start, scan.end, scan.lastBatch)
    let unproven = Unproven(scan, log)
    let provenEnd = unproven.moved ?? (unproven.isVouchedFor ? end : lastBatch)
    var vouched = try log.replaceStatus {
      $0.durableEnd = max($0.durableEnd, provenEnd.place.position)
      // For the copy: what lies after it in the ring must not be taken for the log.
      if unproven.moved != nil { $0.generationMax += 1 }
    }
    var logEnd = end.place
    let count = scan.recordCount
    let pass = RedoPass(scan, of: log, on: storage)
    if let moved = unproven.moved {
      self.lastBatch = .moved
      recordCount = count
      if moved != start {
        pass.select(start, moved, within: vouched)
        try pass.applyAll(&segments)
      }
      (logEnd, vouched) = try Self.move(moved.place, end.place, in: log)
      pass.select(moved, end, within: vouched)
    } else if unproven.isVouchedFor {
      self.lastBatch = .proven
      recordCount = count
      pass.select(start, end, within: vouched)
    } else {
      self.lastBatch = .leftOut
      recordCount = Int(lastBatch.place.sequence - start.place.sequence)
      logEnd = lastBatch.place
      pass.select(start, lastBatch, within: vouched)
    }
    try pass.applyAll(&segments)
    try log.replaceStatus {
      $0.head = logEnd
      $0.durableEnd = logEnd.position
      $0.beginGeneration()
    }
    bytesWritten = pass.bytesWritten
  }

  /// What of the log is not proven.
  private struct Unproven {
    /// Whether something shows that the sync of the last batch returned.
    let isVouchedFor: Bool
    /// From here on the log is to be copied; nil where it cannot be.
    let moved: LogScan.Bound?

    init(_ scan: borrowing LogScan, _ log: LogFile) {
      let end = scan.end.place.position
      isVouchedFor = scan.foundLaterSector || log.status.durableEnd >= end
      let starts = isVouchedFor ? [scan.lastBatch] : [scan.batchBefore, scan.lastBatch].compactMap { $0 }
      moved = starts.first { log.shape.isMovable(sectors: Int(end - $0.place.position)) }
    }
  }

  /// Copies the batches from `start` to `end` to the place after them, all before them being in the segments.
  ///
  /// - Returns: where the copy ends, and what vouches for it: for what was copied, that lies before it, as well.
  private static func move(
    _ start: LogPlace, _ end: LogPlace, in log: LogFile
  ) throws(RVMError) -> (end: LogPlace, VouchedEnd) {
    let distance = end.position - start.position
    let moved = LogPlace(position: end.position + distance, sequence: end.sequence)
    if moved.position - log.status.headPosition > UInt64(log.shape.recordSectors) {
      // The copy needs the space of what is in the segments now.
      try log.replaceStatus { $0.head = start }
    }
    let generation = log.status.generationMax
    try log.copySectors(start.position..<end.position, by: distance, generation: generation)
    try log.sync(during: "moving the end of the log")
    let vouched = try log.replaceStatus {
      $0.head = LogPlace(position: end.position, sequence: start.sequence)
      $0.durableEnd = moved.position
      $0.generation = generation
    }
    return (moved, vouched)
  }
}
