import Storage

/// Recovery: applies what the log holds, syncs the segments, and only then frees the log's space.
///
/// Cut off at any point it can begin again. Where the log holds nothing, nothing is written.
///
/// **What was read may not be on the disk.** After a sync that failed, a system may take what it could not write for
/// written: the cache shows it, a later sync succeeds and writes nothing, and the next power loss takes it away. So
/// what a reader finds is proven only if something was done that was done after a sync which succeeded:
///
/// - Each batch but the last was synced before the next one was written. Those are applied as they are.
/// - The last batch may be anything. Before one byte of it reaches a segment, a copy of it is written to *another*
///   place (a torn write in the same place could destroy what was promised), synced, and then pointed to by a status
///   block. Until that block is durable the log ends before the batch or with it, as the disk has it, and either is
///   legal: nothing was built on it. From then on the copy is the log.
/// - The same is true of the status block itself, so one is written to a slot of its own first. Nothing is written to the
///   ring before a block of this recovery is durable. An older block would lead to the same place: what it has besides is
///   still in the ring, and applying it again changes nothing.
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
    let sectors = Int(pass.scan.end.position - last.position)
    var end = pass.scan.end
    if pass.scan.foundLaterSector || log.status.durableEnd >= end.position {
      lastBatch = .proven
      recordCount = pass.scan.liveCount
      // Only a block may know that this batch is durable, and that block may be in the cache alone.
      try log.replaceStatus { $0.durableEnd = end.position }
      try pass.applyAll()
    } else {
      let provenRecords = 0..<pass.scan.lastBatchRecord
      if !provenRecords.isEmpty {
        pass.select(provenRecords)
        try pass.applyAll()
      }
      if log.shape.isMovable(sectors: sectors) {
        lastBatch = .moved
        recordCount = pass.scan.liveCount
        end = try Self.move(pass.scan, sectors, of: log)
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
  private static func move(
    _ scan: borrowing LogScan, _ sectors: Int, of log: LogFile
  ) throws(RVMError) -> LogPlace {
    // The copy has a generation that nothing in the ring has: what follows it cannot be taken for the log.
    var generation: UInt32 = 0
    let (last, end) = (scan.lastBatch, scan.end)
    try log.replaceStatus {
      $0.head = last
      $0.durableEnd = last.position
      $0.generationMax += 1
      generation = $0.generationMax
    }
    var packer = SectorPacker(shape: log.shape)
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
    let moved = LogPlace(position: end.position + UInt64(sectors), sequence: end.sequence)
    try log.replaceStatus {
      $0.head = LogPlace(position: end.position, sequence: last.sequence)
      $0.durableEnd = moved.position
      $0.generation = generation
    }
    return moved
  }
}
