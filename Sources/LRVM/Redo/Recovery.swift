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
/// - The last two may be anything; or the last alone, where a later batch or a status block tells that its sync returned.
///   Before one byte of them reaches a segment, a copy is written to *another*
///   place (a torn write in the same place could destroy what was promised), synced, and then pointed to by a status
///   block. Until that block is durable the log ends before them or with them, as the disk has it, and either is
///   legal: nothing was built on it. From then on the copy is the log.
/// - Segments are written from the log, whatever they show, so the writes are new ones to the system.
///
/// Where two are longer than half of the ring, the last is copied alone. A batch that is so long by itself has no other
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
    let provenEnd =
      unproven.moved?.place.position ?? (unproven.isVouchedFor ? end : pass.scan.lastBatch.place).position
    try log.replaceStatus {
      $0.durableEnd = max($0.durableEnd, provenEnd)
      // For the copy: what lies after it in the ring must not be taken for the log.
      if unproven.moved != nil { $0.generationMax += 1 }
    }
    if let moved = unproven.moved {
      lastBatch = .moved
      recordCount = pass.scan.liveCount
      if moved.record > 0 {
        pass.select(0..<moved.record)
        try pass.applyAll()
      }
      end = try Self.move(pass.scan, from: moved, in: log)
      pass.select(moved.record..<pass.scan.liveCount)
      try pass.applyAll()
    } else if unproven.isVouchedFor {
      lastBatch = .proven
      recordCount = pass.scan.liveCount
      try pass.applyAll()
    } else {
      lastBatch = .leftOut
      recordCount = pass.scan.lastBatch.record
      end = pass.scan.lastBatch.place
      pass.select(0..<pass.scan.lastBatch.record)
      try pass.applyAll()
    }
    try log.replaceStatus {
      $0.head = end
      $0.durableEnd = end.position
      $0.beginGeneration()
    }
    bytesWritten = pass.bytesWritten
  }

  /// What of the log is not proven.
  private struct Unproven {
    /// Whether something tells that the sync of the last batch returned.
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
    _ scan: borrowing LogScan, from start: LogScan.BatchStart, in log: LogFile
  ) throws(RVMError) -> LogPlace {
    let end = scan.end
    let distance = end.position - start.place.position
    let moved = LogPlace(position: end.position + distance, sequence: end.sequence)
    if moved.position - log.status.headPosition > UInt64(log.shape.recordSectors) {
      // The copy needs the space of what is in the segments now.
      try log.replaceStatus { $0.head = start.place }
    }
    var packer = SectorPacker(shape: log.shape)
    let generation = log.status.generationMax
    do {
      if start != scan.lastBatch {
        packer.pack(scan, start.record..<scan.lastBatch.record, at: end.position, generation)
        try packer.write(to: log.file, position: end.position)
      }
      let place = scan.lastBatch.place.position + distance
      packer.pack(scan, scan.lastBatch.record..<scan.liveCount, at: place, generation)
      try packer.write(to: log.file, position: place)
    } catch {
      throw .storage(during: "moving the end of the log", error)
    }
    try log.sync(during: "moving the end of the log")
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
