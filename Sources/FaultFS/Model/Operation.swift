/// One call that changed the disk or made something durable. Calls that failed, reads, and opens of existing
/// files are not operations: no crash can tell that they took place. What a fault changed on the disk is one (`fault`).
public struct Operation: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// An open that made a new file, with a name or without one.
    case create
    case write
    case truncate
    case allocate
    /// `sync(.data)`
    case syncData
    /// `sync(.full)`
    case syncFull
    case syncDirectory
    case rename
    case remove
    case makeDirectory
    case makeSymbolicLink
    /// One more name for a file; the first one for a file that was made without.
    case link
    case removeDirectory
    /// A rename that puts each of two objects in the other's place.
    case exchange
    /// A hole punched, or a range zeroed: a write of zeros that may be longer than memory.
    case zero
    /// Permissions, owner, times or extended attributes.
    case setAttributes
    /// A store to mapped memory, within one line.
    case store
    /// Of lines of mapped memory: notes the versions that the file's next fence makes durable.
    case flush
    case fence
  }

  /// The operation's place in the timeline, from 0.
  public var index: Int
  public var kind: Kind
  /// The number of the file in its disk; nil for the directory sync of a disk whose directories are parts of names.
  public var file: Int?
  /// The name of the file as the caller knew it, or of the directory.
  public var name: String
  /// The second name of a rename or an exchange.
  public var newName: String?
  /// Where a write, a store or a flush began, in bytes; else 0.
  public var offset: Int
  /// How many bytes were written or flushed; for truncate and allocate the size asked for; else 0.
  public var length: Int
  /// How many operations there were when the call began; its own index where no other one came between. A sync covers only what
  /// had returned before it began.
  public var begun: Int
  /// Whether a write's sectors were durable when it returned, by itself: forced unit access.
  public var isForced: Bool
  /// The fault that made or changed the operation. A sync that failed is an operation, for what it leaves behind; so is
  /// the part of a failed write that went in, and a write that only a fault made.
  public var fault: Fault.Kind?
  /// What `FaultDisk.witness` returned when the operation took place.
  public var witness: Int?
}

/// One version of one cell.
public struct VersionID: Hashable, Sendable {
  public var cell: Cell.ID
  /// The version's number in the chain of its cell, from 0.
  public var version: Int

  public init(cell: Cell.ID, version: Int) {
    self.cell = cell
    self.version = version
  }
}
