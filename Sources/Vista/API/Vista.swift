public import PersistentMemory
internal import Storage

/// Recoverable memory without a redo log: regions of segments, changed in transactions, kept by an undo log in memory
/// that survives.
///
/// After D. E. Lowell and P. M. Chen, Free Transactions with Rio Vista, SOSP '97. A transaction costs one copy of the old
/// bytes; it makes no system call and no I/O, and is durable when `commit` returns. It gives atomicity and durability;
/// serializability is the application's business.
///
/// The shape is that of the LRVM library, with this difference: every commit is durable, so there is no flush and no
/// truncation.
///
/// Threading: every method may be called from any thread. While a region is unmapped no other thread may declare ranges in
/// it.
public final class Vista: Sendable {
  /// Regions begin and end on multiples of this, in bytes.
  public static let pageLength = 4096
  /// How many transactions may be open at once.
  public static let openTransactionsMax = LogLayout.slotCount

  let engine: Engine

  /// What was found unfinished when the log was opened, and done about it.
  public let recovery: RecoverySummary

  /// Opens a log and recovers: transactions that were open are undone in their segments, and committed ones finished
  /// (`vista_init`).
  ///
  /// - Throws: `.logInUse`, `.notALog`, `.unsupportedVersion`, `.logDamaged`, `.logCut`, `.segmentUnusable`, `.storage`.
  ///   Log and segments are left as they were, or partly recovered, and another attempt may succeed.
  public init(
    log: String, on storage: any PersistentStorage, options: Options = Options()
  ) throws(VistaError) {
    (engine, recovery) = try Engine.open(log, on: storage, options)
  }

  deinit { engine.outlive() }

  /// Recovers as `init` does, and lets the log go again.
  ///
  /// - Throws: as `init`.
  public static func recover(
    log: String, on storage: any PersistentStorage
  ) throws(VistaError) -> RecoverySummary {
    try Engine.recover(log, on: storage)
  }

  /// Creates an empty log, complete and durable, or not at all.
  ///
  /// - Parameter length: in bytes, a multiple of `pageLength` of at least 148 KiB. What is left of it after 20 KiB holds
  ///   the old bytes of all open transactions.
  /// - Throws: `.invalidArgument`; `.storage`, also where the name exists.
  public static func createLog(
    _ name: String, length: Int = 4 << 20, on storage: any PersistentStorage
  ) throws(VistaError) {
    guard length % pageLength == 0, length >= LogLayout.lengthMin, length <= LogLayout.lengthMax else {
      throw .invalidArgument(
        "cannot create log '\(name)': its length is a multiple of \(pageLength) bytes from \(LogLayout.lengthMin) to "
          + "\(LogLayout.lengthMax), not \(length)")
    }
    try NewFile.create(
      name, on: storage, during: "creating the log", length: length, LogLayout.header(length: length))
  }

  /// Creates a segment of zeros, complete and durable, or not at all.
  ///
  /// Any file whose length is a multiple of the page length can serve as a segment; this is a convenience.
  /// - Parameter length: in bytes, a multiple of `pageLength`, not 0.
  /// - Throws: `.invalidArgument`; `.storage`, also where the name exists.
  public static func createSegment(
    _ name: String, length: Int, on storage: any PersistentStorage
  ) throws(VistaError) {
    guard length > 0, length % pageLength == 0 else {
      throw .invalidArgument(
        "cannot create segment '\(name)': its length is a multiple of \(pageLength) bytes, not \(length)")
    }
    try NewFile.create(name, on: storage, during: "creating the segment", length: length, [])
  }

  /// Maps a region of a segment (`vista_map`).
  ///
  /// - Parameters:
  ///   - segment: the segment's file, of a name of at most 240 bytes.
  ///   - offset: where the region begins, in bytes, a multiple of `pageLength`.
  ///   - length: in bytes, a multiple of `pageLength`; to the segment's end where it is nil.
  /// - Throws: `.regionOverlaps`, `.invalidArgument`, `.segmentUnusable`, `.segmentTableFull`, `.storage`, `.poisoned`,
  ///   `.terminated`.
  public func map(_ segment: String, offset: Int = 0, length: Int? = nil) throws(VistaError) -> Region {
    try engine.map(segment, offset, length)
  }

  /// Unmaps a region (`vista_unmap`). Its memory stays readable while the region is referenced.
  ///
  /// - Throws: `.regionInUse` where an open transaction declared a range in its segment; `.regionNotMapped`, `.storage`.
  public func unmap(_ region: Region) throws(VistaError) { try engine.unmap(region) }

  /// Begins a transaction (`vista_begin_transaction`).
  ///
  /// - Throws: `.tooManyTransactions`, `.poisoned`, `.terminated`.
  @inline(__always)
  public func begin() throws(VistaError) -> Transaction {
    Transaction(try engine.begin(), of: engine)
  }

  /// How many transactions are open.
  public var openTransactions: Int { engine.openCount }

  /// Unmaps all regions and lets the log go.
  ///
  /// - Throws: `.transactionsOpen`; `.storage`, with all let go.
  public func terminate() throws(VistaError) { try engine.terminate() }
}

/// How a `Vista` runs.
public struct Options: Hashable, Sendable {
  /// At each commit, looks for stores outside every declared range. Costs a copy of all mapped memory, and at each
  /// commit a comparison with it.
  public var isChecked: Bool

  public init(isChecked: Bool = false) {
    self.isChecked = isChecked
  }
}

/// What a recovery found and did.
public struct RecoverySummary: Hashable, Sendable {
  /// Transactions that were open, and are undone.
  public var transactionsUndone = 0
  /// Transactions that had committed, and whose frees are done now.
  public var transactionsFinished = 0
  /// Ranges that were put back.
  public var rangesRestored = 0
}
