/// What `RVM.query` answers.
public struct Query: Hashable, Sendable {
  /// A mapped region.
  public struct MappedRegion: Hashable, Sendable {
    public var segment: String
    public var offset: Int
    public var length: Int
    /// Transactions that are open and declared a range in it.
    public var openTransactions: Int
  }

  /// By segment and offset.
  public var regions: [MappedRegion]
  public var openTransactions: Int
  /// Sectors of the record area that hold live records.
  public var logSectorsUsed: Int
  public var logSectors: Int
  /// Records of no-flush commits that wait in memory.
  public var spooledBytes: Int
  /// Whether a write or sync of the log failed since opening, or damage was found in it.
  public var isPoisoned: Bool
  /// The error that the last attempt to truncate ended with.
  public var truncationError: RVMError?
  public var statistics: Statistics
}

/// Counts since the log was opened.
public struct Statistics: Hashable, Sendable {
  public var transactionsBegun = 0
  public var commitsFlushed = 0
  public var commitsUnflushed = 0
  public var aborts = 0
  /// Bytes that transactions declared, repeats included.
  public var bytesDeclared = 0
  /// Declared bytes that were not logged since another range of the same transaction has them.
  public var bytesSavedIntraTransaction = 0
  /// Bytes of spooled records that were left out since a later record covers them.
  public var bytesSavedInterTransaction = 0
  /// Bytes of records written to the log, without stamps and padding.
  public var recordBytesWritten = 0
  /// Bytes written to the log in all.
  public var logBytesWritten = 0
  public var recordsWritten = 0
  /// Batches written, each with one sync.
  public var logFlushes = 0
  /// Those of them with records that waited in spools of several threads.
  public var batchesJoined = 0
  /// No-flush commits that flushed since the spool was full.
  public var spoolOverflows = 0
  /// Times that the ring wrapped to its beginning.
  public var logWraps = 0
  /// Wraps that cut a record in two.
  public var logWrapsInRecord = 0
  /// Wraps that cut the header of a record in two.
  public var logWrapsInRecordHeader = 0
  /// Flushes that had to wait for truncation to free space.
  public var logFullWaits = 0
  /// Those of them that found a truncation under way.
  public var logFullWaitsWhileTruncating = 0
  /// Batches longer than half the log, which a status block had to vouch for before they were acknowledged.
  public var batchesVouchedFor = 0
  public var truncationsFinished = 0
  /// Those of them that freed space on both sides of the ring's end.
  public var truncationsAcrossWrap = 0
  /// Attempts to truncate that ended with an error.
  public var truncationsFailed = 0
  /// Incremental truncations that went on as an epoch.
  public var epochFallbacks = 0
  public var segmentBytesWritten = 0
  /// Records that recovery applied at opening.
  public var recordsRecovered = 0
  /// 1 where opening copied the last batch to another place before it applied it, since nothing proved that it
  /// was on the disk.
  public var batchesMovedByRecovery = 0
  /// 1 where opening left out a whole batch that was never acknowledged.
  public var batchesLeftOutByRecovery = 0
  /// Status blocks that were found torn or damaged at opening.
  public var statusBlocksFoundDamaged = 0
}

/// What a recovery found and did (`RVM.recover`).
public struct RecoverySummary: Hashable, Sendable {
  /// Records that were applied.
  public var recordsRecovered = 0
  /// Whether the end of the log was copied to another place before it was applied, since nothing proved that it was on
  /// the disk.
  public var hasMovedLastBatch = false
  /// Whether a whole batch that was never acknowledged was left out.
  public var hasLeftOutLastBatch = false
  /// Status blocks that were found torn or damaged.
  public var statusBlocksFoundDamaged = 0
}
