public import Storage
package import Threads

/// A recoverable virtual memory: regions of segments mapped into memory, changed in transactions, kept by a redo log.
///
/// After M. Satyanarayanan et al., Lightweight Recoverable Virtual Memory, SOSP '93. It gives atomicity, and
/// durability as far as a commit asks for it; serializability is the application's business.
///
/// Letting the last reference go without `terminate` loses the commits that were never flushed, as a crash would,
/// and nothing else.
///
/// Threading: every method may be called from any thread.
public final class RVM: Sendable {
  /// Regions begin and end on multiples of this, in bytes.
  public static let pageLength = 4096

  let engine: Engine
  var storage: any Storage { engine.storage }

  /// Opens a log and recovers: committed changes that the segments lack are applied to them (`initialize`).
  ///
  /// - Throws: `.logInUse`, `.notALog`, `.unsupportedVersion`, `.logDamaged`, `.logTruncated`, `.segmentUnusable`,
  ///   `.invalidArgument`, `.storage`. The log is left as it was, and another attempt may succeed.
  public init(log: String, on storage: any Storage, options: Options = Options()) throws(RVMError) {
    engine = try Engine(log: log, on: storage, options)
    engine.startTruncationThread()
  }

  /// Opens as `init(log:on:options:)` does, with a scheduler that decides which of the threads that use it goes on, its own among them.
  /// Called by one of them.
  package init(
    log: String, on storage: any Storage, options: Options, scheduler: any ThreadScheduler
  ) throws(RVMError) {
    engine = try Engine(log: log, on: storage, options, scheduler)
    engine.startTruncationThread()
  }

  deinit {
    engine.stop()
    engine.letGo()
  }

  /// Recovers and closes again: afterwards the segments' files hold every committed change, and the log is empty.
  ///
  /// For tools that look at segments without mapping them.
  /// - Parameter redoBytesMax: as `Options.redoBytesMax`.
  /// - Throws: as `init`.
  @discardableResult
  public static func recover(
    log: String, on storage: any Storage, redoBytesMax: Int = Options.redoBytesMaxDefault
  ) throws(RVMError) -> RecoverySummary {
    let opened = try LogFile(opening: log, on: storage)
    var segments = SegmentTable(opened.status.segments)
    defer {
      opened.file.close()
      segments.closeAll()
    }
    var summary = RecoverySummary()
    summary.statusBlocksFoundDamaged = opened.statusBlocksFoundDamaged
    guard let recovery = try Recovery(opened, &segments, bytesMax: redoBytesMax, on: storage) else {
      return summary
    }
    summary.recordsRecovered = recovery.recordCount
    summary.hasMovedLastBatch = recovery.lastBatch == .moved
    summary.hasLeftOutLastBatch = recovery.lastBatch == .leftOut
    return summary
  }

  /// Reads and verifies a log as recovery does, and applies nothing; how many records it found. For measurements.
  @_spi(Measurement)
  public static func scan(log: String, on storage: any Storage) throws(RVMError) -> Int {
    let opened = try LogFile(opening: log, on: storage)
    defer { opened.file.close() }
    var scan = LogScan(opened)
    try scan.run()
    return scan.recordCount
  }

  /// Creates an empty log, complete and durable, or not at all (`create_log`).
  ///
  /// - Parameter shape: nil for 8 MiB of records in the disk's sectors.
  /// - Throws: `.invalidArgument` for a shape that cannot be used; `.storage`, also where the name exists.
  public static func createLog(
    _ name: String, shape: LogShape? = nil, on storage: any Storage
  ) throws(RVMError) {
    try LogFile.create(name, shape ?? LogShape(for: storage), on: storage)
  }

  /// Creates a segment of zeros, complete and durable, or not at all.
  ///
  /// Any file whose length is a multiple of the page length can serve as a segment; this is a convenience.
  /// - Parameter length: in bytes, a multiple of `pageLength`, not 0.
  /// - Throws: `.invalidArgument`; `.storage`, also where the name exists.
  public static func createSegment(
    _ name: String, length: Int, on storage: any Storage
  ) throws(RVMError) {
    guard length > 0, length % pageLength == 0 else {
      throw .invalidArgument(
        "cannot create segment '\(name)': its length is a multiple of \(pageLength) bytes, not \(length)")
    }
    try NewFile.create(name, on: storage, during: "creating the segment") { (file) throws(StorageError) in
      try file.allocate(length)
    }
  }

  /// Maps a region of a segment; its memory shows the committed image (`map`).
  ///
  /// - Parameters:
  ///   - segment: the segment's file.
  ///   - offset: where the region begins, in bytes, a multiple of `pageLength`.
  ///   - length: in bytes, a multiple of `pageLength`; to the segment's end where it is nil.
  ///   - mapping: whether its bytes are copied now, or read when they are first touched; nil copies a region of up to a quarter
  ///     of the machine's memory, and reads a larger one on demand.
  /// - Throws: `.regionOverlaps`, `.invalidArgument`, `.segmentUnusable`, `.segmentTableFull`, `.noMemory`, `.storage`,
  ///   `.poisoned`, `.terminated`.
  public func map(
    _ segment: String, offset: Int = 0, length: Int? = nil, mapping: Mapping? = nil
  ) throws(RVMError) -> Region {
    try unsafe engine.map(segment, offset, length, memory: nil, mapping)
  }

  /// Maps a region at a place of the caller's choice; otherwise as `map(_:offset:length:)`.
  ///
  /// - Parameter memory: where to map it, page-aligned, at least `length` bytes, not used otherwise until the region is
  ///   unmapped.
  /// - Safety: `memory` must stay valid until the region is unmapped.
  @unsafe public func map(
    _ segment: String, offset: Int = 0, length: Int? = nil, at memory: UnsafeMutableRawBufferPointer
  ) throws(RVMError) -> Region {
    try unsafe engine.map(segment, offset, length, memory: memory, .copying)
  }

  /// Ends a mapping. What was committed stays; a later `map` shows it (`unmap`).
  ///
  /// - Throws: `.regionInUse` while a transaction that uses the region is open; `.regionNotMapped`.
  public func unmap(_ region: Region) throws(RVMError) { try engine.unmap(region) }

  /// Begins a transaction (`begin_transaction`).
  ///
  /// - Throws: `.poisoned`, `.terminated`; `.storage` where the first transaction since opening cannot give the log
  ///   its new generation.
  public func begin(_ mode: BeginMode = .restore) throws(RVMError) -> Transaction {
    let (transaction, lane) = try engine.begin(mode)
    return unsafe Transaction(transaction, in: lane)
  }

  /// Returns once every commit so far is durable (`flush`).
  ///
  /// - Throws: `.storage`, `.poisoned`, `.terminated`.
  public func flush() throws(RVMError) { try engine.flush() }

  /// Flushes, applies the log to the segments, and frees its space (`truncate`).
  ///
  /// - Throws: `.storage`, `.poisoned`, `.terminated`. The log keeps what the segments lack.
  public func truncate() throws(RVMError) { try engine.truncate() }

  /// Advances truncation by one step, if the log is filled beyond the threshold or a truncation is under way.
  ///
  /// For callers that drive truncation themselves (`Options.TruncationDriver.stepped`).
  /// - Returns: whether truncation goes on: false where there was nothing to do, and after its last step.
  /// - Throws: as `truncate`.
  @discardableResult
  public func truncationStep() throws(RVMError) -> Bool { try engine.truncationStep() }

  /// What is mapped, open, and in the log, with the statistics since opening (`query`).
  public func query() -> Query { engine.query() }

  /// How long durable commits took since the log was opened.
  public func latencies() -> Latencies { engine.latencies() }

  /// Changes options (`set_options`).
  ///
  /// - Throws: `.invalidArgument` for values that cannot be used, and for another truncation driver, truncation
  ///   method or checked mode than the `RVM` was opened with; `.terminated`.
  public func setOptions(_ options: Options) throws(RVMError) { try engine.setOptions(options) }

  /// Flushes and closes (`terminate`). Later calls throw `.terminated`.
  ///
  /// - Throws: `.transactionsOpen`: nothing is done. `.storage`, `.poisoned`: it is closed, and what was not yet
  ///   durable is known only once the log is opened again.
  public func terminate() throws(RVMError) { try engine.terminate() }
}
