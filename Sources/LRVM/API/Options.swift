/// How an `RVM` runs; may be changed while it does (`RVM.setOptions`).
public struct Options: Hashable, Sendable {
  /// Who drives truncation, which moves committed changes from the log to the segments.
  public enum TruncationDriver: Hashable, Sendable {
    /// A thread of the RVM, in parallel with the application's forward progress.
    case background
    /// The caller, by `RVM.truncationStep()`. A commit that finds the log full drives it itself.
    case stepped
  }

  /// How truncation finds what to write (SOSP '93, section 5.1.2).
  public enum TruncationMethod: String, Hashable, Sendable {
    /// Reads an epoch of the log back and writes the newest value of each byte.
    case epoch
    /// Writes dirty pages straight from memory, oldest first; falls back to an epoch where a page cannot be written.
    case incremental
  }

  /// How the log is written.
  public enum LogWrites: String, Hashable, Sendable {
    /// Past the system's cache, each write durable when it returns; as `buffered` where the file system has no such
    /// writes, or only with longer sectors than the log's.
    case direct
    /// Each write durable when it returns, directly where that is possible, by a write and a sync where not.
    case durable
    /// Through the system's cache, followed by a sync.
    case buffered
  }

  public var truncationDriver: TruncationDriver
  public var truncationMethod: TruncationMethod
  public var logWrites: LogWrites
  /// Truncation begins when this share of the record area is in use; from 0 to 1.
  public var truncationThreshold: Double
  /// Records of no-flush commits kept in memory before they are flushed by themselves, in bytes.
  public var spoolBytesMax: Int
  /// How much memory may hold what recovery and epoch truncation read of the log, in bytes. A log that holds more is applied in
  /// several passes; a single record takes what it takes.
  public var redoBytesMax: Int
  /// At each commit, looks for stores outside every declared range. Costs a comparison of all mapped memory.
  public var isChecked: Bool
  /// Logs overlapping, duplicate and adjacent ranges of a transaction once (SOSP '93, section 5.2).
  public var intraTransactionOptimization: Bool
  /// Leaves out a spooled record that a later one of the same batch covers (SOSP '93, section 5.2).
  public var interTransactionOptimization: Bool

  /// 64 MiB.
  public static let redoBytesMaxDefault = 1 << 26

  public init(
    truncationDriver: TruncationDriver = .background,
    truncationMethod: TruncationMethod = .epoch,
    logWrites: LogWrites = .direct,
    truncationThreshold: Double = 0.5,
    spoolBytesMax: Int = 1 << 20,
    redoBytesMax: Int = redoBytesMaxDefault,
    isChecked: Bool = false,
    intraTransactionOptimization: Bool = true,
    interTransactionOptimization: Bool = true
  ) {
    self.truncationDriver = truncationDriver
    self.truncationMethod = truncationMethod
    self.logWrites = logWrites
    self.truncationThreshold = truncationThreshold
    self.spoolBytesMax = spoolBytesMax
    self.redoBytesMax = redoBytesMax
    self.isChecked = isChecked
    self.intraTransactionOptimization = intraTransactionOptimization
    self.interTransactionOptimization = interTransactionOptimization
  }

  /// Why the options cannot be used; nil where they can.
  var problem: String? {
    if !(0...1).contains(truncationThreshold) {
      return "the truncation threshold is a share from 0 to 1, not \(truncationThreshold)"
    }
    if redoBytesMax < 0 { return "the memory for redo is a number of bytes, not \(redoBytesMax)" }
    if spoolBytesMax < 0 { return "the spool's limit is a number of bytes, not \(spoolBytesMax)" }
    return nil
  }
}
