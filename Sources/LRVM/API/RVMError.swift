public import Storage

/// Why a call on a recoverable virtual memory failed. Nothing that was committed is lost by any of these.
public enum RVMError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A storage call failed; what was being done, and the call's own error.
  case storage(during: String, StorageError)
  /// The log's exclusive lock is held: another process, or another `RVM` of this one, uses it.
  case logInUse(log: String)
  /// The file is not a log: it has no header and no status block of one.
  case notALog(file: String)
  /// The log was written by another version of the format.
  case unsupportedVersion(log: String, found: UInt32, supported: UInt32)
  /// The log holds bytes that no crash explains; it is left as it is.
  case logDamaged(log: String, reason: String)
  /// The log's name leads to another file than the one that was opened, or to none.
  case logReplaced(log: String)
  /// The process is a fork of the one that opened the log.
  case forked(log: String)
  /// The log's file is shorter than its header says.
  case logTruncated(log: String, length: Int, expected: Int)
  /// A segment that the log names is missing, or shorter than it was.
  case segmentUnusable(segment: String, reason: String)
  /// A shape, an option, a length or an offset cannot be used.
  case invalidArgument(String)
  /// The status block has no room for another segment's name.
  case segmentTableFull(log: String, segments: Int)
  /// The system has no memory for a region.
  case noMemory(segment: String, bytes: Int)
  /// The range overlaps a region that is mapped, in the segment or in memory.
  case regionOverlaps(segment: String, offset: Int, length: Int)
  /// The region was unmapped, or belongs to another `RVM`.
  case regionNotMapped(segment: String, offset: Int)
  /// The region has open transactions: end them first.
  case regionInUse(segment: String, offset: Int, transactions: Int)
  /// The range lies outside its region.
  case rangeOutsideRegion(segment: String, offset: Int, length: Int, regionLength: Int)
  /// The transaction's record does not fit the log at all; it was aborted.
  case transactionTooLarge(bytes: Int, bytesMax: Int)
  /// Checked mode: memory changed outside every declared range; the transaction was aborted.
  case undeclaredStore(segment: String, offset: Int, length: Int)
  /// Transactions are open: end them first.
  case transactionsOpen(Int)
  /// An earlier write or sync of the log failed. What it held is unknown until the log is opened again.
  case poisoned(cause: StorageError)
  /// The `RVM` was terminated.
  case terminated

  public var description: String {
    switch self {
    case .storage(let during, let error):
      "\(during): \(error)"
    case .logInUse(let log):
      "cannot open log '\(log)': another process or another RVM of this one uses it; terminate that one first"
    case .notALog(let file):
      "'\(file)' is not an LRVM log: it has no header and no status block of one; name the log, or create one with RVM.createLog"
    case .unsupportedVersion(let log, let found, let supported):
      "log '\(log)' has format version \(found); this library reads version \(supported)"
    case .logDamaged(let log, let reason):
      "log '\(log)' is damaged and was left as it is: \(reason); restore the log and its segments from a backup"
    case .logReplaced(let log):
      "the file of log '\(log)' was removed or replaced while it was open: later commits are in a file without a name"
        + "; stop what replaces it, and restore the log and its segments from a backup"
    case .forked(let log):
      "log '\(log)' was opened by the parent of this process, which alone may use it: let this process "
        + "open a log of its own"
    case .logTruncated(let log, let length, let expected):
      "log '\(log)' is \(length) bytes long, but its header says \(expected): it was cut; restore the log and its segments from a backup"
    case .segmentUnusable(let segment, let reason):
      "segment '\(segment)' cannot be used: \(reason)"
    case .invalidArgument(let reason):
      reason
    case .segmentTableFull(let log, let segments):
      "log '\(log)' has no room to name another segment: \(segments) are mapped or have commits to flush; unmap some, or create it with a larger statusLength"
    case .noMemory(let segment, let bytes):
      "the system has no memory for a region of \(bytes) bytes of segment '\(segment)': map it on demand, or map a part of it"
    case .regionOverlaps(let segment, let offset, let length):
      "cannot map bytes \(offset)..<\(offset + length) of segment '\(segment)': they overlap a mapped region"
    case .regionNotMapped(let segment, let offset):
      "the region at byte \(offset) of segment '\(segment)' is not mapped by this RVM"
    case .regionInUse(let segment, let offset, let transactions):
      "cannot unmap the region at byte \(offset) of segment '\(segment)': \(transactions == 1 ? "1 open transaction uses" : "\(transactions) open transactions use") it"
    case .rangeOutsideRegion(let segment, let offset, let length, let regionLength):
      "a range of \(length) bytes at byte \(offset) lies outside the region of segment '\(segment)', which has \(regionLength) bytes"
    case .transactionTooLarge(let bytes, let bytesMax):
      "the transaction was aborted: its record has \(bytes) bytes, and the log holds \(bytesMax); create a larger log"
    case .undeclaredStore(let segment, let offset, let length):
      "bytes \(offset)..<\(offset + length) of segment '\(segment)' changed outside every declared range, and the transaction was aborted; call setRange before the store"
    case .transactionsOpen(let count):
      "\(count == 1 ? "1 transaction is" : "\(count) transactions are") open: commit or abort every transaction first"
    case .poisoned(let cause):
      "an earlier write or sync of the log failed, and what it held is unknown: open the log again (\(cause))"
    case .terminated:
      "the RVM was terminated"
    }
  }
}
