public import Storage

/// Why a call failed.
public enum VistaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A call to the storage or to the memory failed.
  case storage(during: String, StorageError)
  /// Another process, or another `Vista` of this one, uses the log.
  case logInUse(log: String)
  /// The file is no log.
  case notALog(file: String)
  /// The log was written by another version of the format.
  case unsupportedVersion(log: String, found: UInt64, supported: UInt64)
  /// The log holds bytes that no crash explains; log and segments are left as they are.
  case logDamaged(log: String, reason: String)
  /// The log's file has another length than its header says.
  case logCut(log: String, length: Int, expected: Int)
  /// A segment is missing, has another length than it had, or cannot be read.
  case segmentUnusable(segment: String, reason: String)
  /// More segments are mapped at once than the log can name.
  case segmentTableFull(log: String, segmentsMax: Int)
  /// A length, an offset or a name cannot be used.
  case invalidArgument(String)
  /// The range overlaps a region that is mapped.
  case regionOverlaps(segment: String, offset: Int, length: Int)
  /// The region was unmapped, or belongs to another `Vista`.
  case regionNotMapped(segment: String, offset: Int)
  /// Open transactions use the region's segment: end them first.
  case regionInUse(segment: String, offset: Int)
  /// The range lies outside its region.
  case rangeOutsideRegion(segment: String, offset: Int, length: Int, regionLength: Int)
  /// As many transactions are open as the log has slots for.
  case tooManyTransactions(max: Int)
  /// The undo area has no room for the old bytes; the transaction is still open.
  case logFull(log: String, bytes: Int)
  /// Checked mode: memory changed outside every declared range; it was put back, and the transaction was aborted.
  case undeclaredStore(segment: String, offset: Int, length: Int)
  /// Transactions are open: end them first.
  case transactionsOpen(Int)
  /// Pages could not be written to the disk, and what it holds is unknown until the log is opened again.
  case poisoned(cause: StorageError)
  /// The `Vista` was terminated.
  case terminated

  public var description: String {
    switch self {
    case .storage(let during, let error): "\(during): \(error)"
    case .logInUse(let log):
      "cannot open log '\(log)': another process or another Vista of this one uses it; terminate that one first"
    case .notALog(let file): "'\(file)' is not a Vista log; create one with Vista.createLog"
    case .unsupportedVersion(let log, let found, let supported):
      "log '\(log)' has format version \(found); this library reads version \(supported)"
    case .logDamaged(let log, let reason):
      "log '\(log)' is damaged, and it and its segments were left as they are: \(reason); restore them from a backup"
    case .logCut(let log, let length, let expected):
      "log '\(log)' is \(length) bytes long, but its header says \(expected); restore it from a backup"
    case .segmentUnusable(let segment, let reason): "segment '\(segment)' cannot be used: \(reason)"
    case .segmentTableFull(let log, let segmentsMax):
      "log '\(log)' names \(segmentsMax) mapped segments already; unmap one first"
    case .invalidArgument(let reason): reason
    case .regionOverlaps(let segment, let offset, let length):
      "cannot map bytes \(offset)..<\(offset + length) of segment '\(segment)': they overlap a mapped region"
    case .regionNotMapped(let segment, let offset):
      "the region at byte \(offset) of segment '\(segment)' is not mapped by this Vista"
    case .regionInUse(let segment, let offset):
      "cannot unmap the region at byte \(offset) of segment '\(segment)': an open transaction uses the segment"
    case .rangeOutsideRegion(let segment, let offset, let length, let regionLength):
      "a range of \(length) bytes at byte \(offset) lies outside the region of segment '\(segment)', which has "
        + "\(regionLength) bytes"
    case .tooManyTransactions(let max):
      "\(max) transactions are open, and the log has slots for no more: end one first"
    case .logFull(let log, let bytes):
      "the undo area of log '\(log)' has no room for \(bytes) bytes: abort, and create a larger log"
    case .undeclaredStore(let segment, let offset, let length):
      "bytes \(offset)..<\(offset + length) of segment '\(segment)' changed outside every declared range: they were "
        + "put back, and the transaction was aborted; call setRange before the store"
    case .transactionsOpen(let count):
      "\(count == 1 ? "1 transaction is" : "\(count) transactions are") open: commit or abort every transaction first"
    case .poisoned(let cause):
      "memory could not be made permanent, and what the disk holds is unknown: open the log again (\(cause))"
    case .terminated: "the Vista was terminated"
    }
  }
}
