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
/// - Each batch but the last was synced before the next one was written. Those are applied as they are.
/// - The last batch may be anything. Before one byte of it reaches a segment, a copy of it is written to *another*
///   place (a torn write in the same place could destroy what was promised), synced, and then pointed to by a status
///   block. Until that block is durable the log ends before the batch or with it, as the disk has it, and either is
///   legal: nothing was built on it. From then on the copy is the log.
/// - Segments are written from the log, whatever they show, so the writes are new ones to the system.
///
/// A batch that is longer than half of the ring has no other place. Its commit is acknowledged only once a status block
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
    let last = pass.scan.lastBatch
    var end = pass.scan.end
    let isProven = pass.scan.foundLaterSector || log.status.durableEnd >= end.position
    let isMovable = log.shape.isMovable(sectors: Int(end.position - last.position))
    try log.replaceStatus {
      $0.durableEnd = max($0.durableEnd, isProven ? end.position : last.position)
      // For the copy: what lies after it in the ring must not be taken for the log.
      if !isProven && isMovable { $0.generationMax += 1 }
    }
    if isProven {
      lastBatch = .proven
      recordCount = pass.scan.liveCount
      try pass.applyAll()
    } else {
      let provenRecords = 0..<pass.scan.lastBatchRecord
      if !provenRecords.isEmpty {
        pass.select(provenRecords)
        try pass.applyAll()
      }
      if isMovable {
        lastBatch = .moved
        recordCount = pass.scan.liveCount
        end = try Self.moveLastBatch(of: pass.scan, in: log)
        pass.select(provenRecords.upperBound..<pass.scan.liveCount)
        try pass.applyAll()
      } else {
        lastBatch = .leftOut
        recordCount = provenRecords.count
        end = last
      }
    }
    try log.replaceStatus {
      $0.head = end
      $0.durableEnd = end.position
      $0.beginGeneration()
    }
    bytesWritten = pass.bytesWritten
  }

  /// Copies the last batch to the place after it, all before it being in the segments; returns where the copy ends.
  private static func moveLastBatch(
    of scan: borrowing LogScan, in log: LogFile
  ) throws(RVMError) -> LogPlace {
    let (last, end) = (scan.lastBatch, scan.end)
    let moved = LogPlace(position: 2 * end.position - last.position, sequence: end.sequence)
    if moved.position - log.status.headPosition > UInt64(log.shape.recordSectors) {
      // The copy needs the space of what is in the segments now.
      try log.replaceStatus { $0.head = last }
    }
    var packer = SectorPacker(shape: log.shape)
    let generation = log.status.generationMax
    let records = scan.records[scan.lastBatchRecord..<scan.liveCount]
    packer.pack(
      scan.stream, records.lazy.map { $0.start..<$0.start + $0.length },
      length: records.reduce(0) { $0 + $1.length }, position: end.position, generation: generation)
    do {
      try packer.write(to: log.file, position: end.position)
    } catch {
      throw .storage(during: "moving the last batch of the log", error)
    }
    try log.sync(during: "moving the last batch of the log")
    try log.replaceStatus {
      $0.head = LogPlace(position: end.position, sequence: last.sequence)
      $0.durableEnd = moved.position
      $0.generation = generation
    }
    return moved
  }
}
