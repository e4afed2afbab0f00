import Storage

/// Recovery: applies what the log holds, syncs the segments, and only then frees the log's space.
///
/// Cut off at any point it can begin again: until the new status block holds, the log is as it was. Where the log
/// holds nothing, nothing is written.
///
/// It needs nothing of an engine, so that a tool, or a test that recovers very often, pays for recovery alone.
struct Recovery {
  let recordCount: Int
  /// Written to segments.
  let bytesWritten: Int

  /// Recovers; nil where the log holds nothing. Afterwards the log has a generation of this life.
  init?(_ log: LogFile, _ segments: inout SegmentTable, on storage: any Storage) throws(RVMError) {
    guard let pass = try RedoPass(log, &segments, limit: nil, on: storage) else { return nil }
    // A process that died may have written the batch without a sync, so that the next power loss could still take it.
    try log.sync(during: "syncing the log that was found")
    while try pass.applyNext() {}
    while try pass.syncNext() {}
    let end = pass.end
    let next = try log.writeStatus { $0.head = end }
    try log.sync(during: "syncing the status block")
    log.adopt(next)
    recordCount = pass.recordCount
    bytesWritten = pass.bytesWritten
  }
}
