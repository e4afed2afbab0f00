import Storage

/// Recovery: applies what the log holds, syncs the segments, and only then frees the log's space.
///
/// Cut off at any point it can begin again. Where the log holds nothing, nothing is written.
///
/// **What was read may not be on the disk.** After a sync that failed, a system may take what it could not write for
/// written: the cache shows it, a later sync succeeds and writes nothing, and the next power loss takes it away. So
/// what a reader finds is proven only if something was done that was done after a sync which succeeded:
///
/// - A batch was synced before the next one was written. Those before the last two are applied as they are: even where
///   a failed sync is reported by the next one only (ext4 with its data in the journal), two have succeeded since.
/// - The last two may be anything; only the last, where a later batch or a status block tells that its sync returned.
///   Before one byte of them reaches a segment, a copy is written to *another*
///   place (a torn write in the same place could destroy what was promised), synced, and then pointed to by a status
///   block. Until that block is durable the log ends before them or with them, as the disk has it, and either is
///   legal: nothing was built on it. From then on the copy is the log.
/// - The same is true of the status block itself, so one is written to a slot of its own first. Nothing is written to
///   the ring or to a segment before a block of this recovery is durable. An older block would lead to the same place:
///   what it has besides is still in the ring, and applying it again changes nothing.
/// - Segments are written from the log, whatever they show, so the writes are new ones to the system.
///
/// Where two are longer than half of the ring, the last one is copied alone. A batch that is so long by itself has no other
/// place. Its commit is acknowledged only once a status block
/// that tells of it is durable (`Engine.lead`). Where none tells of it, it was never acknowledged, and is left out.
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
  init?(_ log: LogFile, _ segments: inout SegmentTable, on storage: any Storage) throws(RVMError) {
    guard let pass = try RedoPass(log, &segments, limit: nil, on: storage) else { return nil }
    let unproven = Unproven(pass.scan, log)
    var end = pass.scan.end
    var applied = pass.scan.liveCount
    if let moved = unproven.moved {
      lastBatch = .moved
      if moved.record > 0 {
        try log.replaceStatus { $0.durableEnd = max($0.durableEnd, moved.place.position) }
        pass.select(0..<moved.record)
        try pass.applyAll()
      }
      end = try Self.move(pass.scan, from: moved, of: log)
      pass.select(moved.record..<applied)
    } else if unproven.isVouchedFor {
      lastBatch = .proven
      try log.replaceStatus { $0.durableEnd = end.position }
    } else {
      lastBatch = .leftOut
      end = pass.scan.lastBatch.place
      applied = pass.scan.lastBatch.record
      try log.replaceStatus { $0.durableEnd = max($0.durableEnd, end.position) }
      pass.select(0..<applied)
    }
    try pass.applyAll()
    recordCount = applied
    try log.replaceStatus {
      $0.head = end
      $0.durableEnd = end.position
      $0.beginGeneration()
    }
    bytesWritten = pass.bytesWritten
  }

  /// What of the log is not proven.
  private struct Unproven {
    /// Whether somebody was told that the last batch is durable.
    let isVouchedFor: Bool
    /// From here on the log is to be copied; nil where it cannot be.
    let moved: LogScan.BatchStart?

    init(_ scan: borrowing LogScan, _ log: LogFile) {
      let end = scan.end.position
      isVouchedFor = scan.foundLaterSector || log.status.durableEnd >= end
      let starts = isVouchedFor ? [scan.lastBatch] : [scan.batchBefore, scan.lastBatch].compactMap { $0 }
      moved = starts.first { log.shape.isMovable(sectors: Int(end - $0.place.position)) }
    }
  }

  /// Copies the batches from `start` on to the place after them, all before them being in the segments.
  ///
  /// - Returns: where the copy ends.
  private static func move(
    _ scan: borrowing LogScan, from start: LogScan.BatchStart, of log: LogFile
  ) throws(RVMError) -> LogPlace {
    // The copy has a generation that nothing in the ring has: what follows it cannot be taken for the log.
    var generation: UInt32 = 0
    let end = scan.end
    try log.replaceStatus {
      $0.head = start.place
      $0.durableEnd = start.place.position
      $0.generationMax += 1
      generation = $0.generationMax
    }
    var packer = SectorPacker(shape: log.shape)
    let distance = end.position - start.place.position
    let isOne = start == scan.lastBatch
    do {
      if !isOne {
        packer.pack(scan, start.record..<scan.lastBatch.record, at: start.place.position + distance, generation)
        try packer.write(to: log.file, position: start.place.position + distance)
      }
      let place = scan.lastBatch.place.position + distance
      packer.pack(scan, scan.lastBatch.record..<scan.liveCount, at: place, generation)
      try packer.write(to: log.file, position: place)
    } catch {
      throw .storage(during: "moving the end of the log", error)
    }
    try log.sync(during: "moving the end of the log")
    let moved = LogPlace(position: end.position + distance, sequence: end.sequence)
    try log.replaceStatus {
      $0.head = LogPlace(position: end.position, sequence: start.place.sequence)
      $0.durableEnd = moved.position
      $0.generation = generation
    }
    return moved
  }
}

extension SectorPacker {
  /// Packs the records of a batch that a scan has found.
  fileprivate mutating func pack(
    _ scan: borrowing LogScan, _ records: Range<Int>, at position: UInt64, _ generation: UInt32
  ) {
    let found = scan.records[records]
    pack(
      scan.stream, found.lazy.map { $0.start..<$0.start + $0.length },
      length: found.reduce(0) { $0 + $1.length }, position: position, generation: generation)
  }
}
