// The rows of a timeline's tables, small and trivial, so that recording an operation allocates nothing.

struct CellRecord: BitwiseCopyable {
  var kind: Cell.Kind
  /// The file of a sector, size or attributes; the name of an entry.
  var subject: Int32
  /// The sector's number in its file; 0 for others.
  var sector: Int32
  /// The name known for the cell: see `Cell.name`.
  var name: Int32
  /// How many versions operations have made.
  var versionCount: Int32
  /// Version 0: the arena offset of a sector's bytes (-1: zeros), a size, an entry's file (-1: none), or the number of
  /// attributes in their store.
  var base: Int
}

struct VersionRecord: BitwiseCopyable {
  var operation: Int32
  var cell: Int32
  /// The version's number in its cell's chain, from 1.
  var version: Int32
  /// The bytes of the sector that the operation wrote.
  var writtenStart: UInt16
  var writtenEnd: UInt16
  /// What `CellRecord.base` is for version 0.
  var value: Int
}

/// That an entry stood for a file.
struct Naming: BitwiseCopyable {
  var file: Int32
  var name: Int32
}

/// What an operation does to the floors.
enum OperationEffect: UInt8, BitwiseCopyable {
  /// A sync covers its cells; anything else gives no floor by itself.
  case usual
  /// A sync that covers nothing.
  case nothing
  /// A sync that covers nothing, from whose beginning on the file's sectors (of a directory sync: the entries) count as
  /// clean: no later sync covers these versions. Where a call is one atom, its size goes with its sectors.
  case cleanNotWritten
  /// The operation's own versions take the place of all that the disk held of their cells, as soon as it has returned.
  /// They are no part of the profile's order.
  case replaced
  /// From its beginning on, the sectors that the operation wrote count as clean: no sync covers these versions.
  case neverWritten
}

/// What a fault made of an operation.
struct OperationMark: BitwiseCopyable {
  var effect = OperationEffect.usual
  var fault: Fault.Kind?
}

struct OperationRecord: BitwiseCopyable {
  var kind: Operation.Kind
  /// The file, or -1.
  var file: Int32
  /// The name as the caller knew it.
  var name: Int32
  /// The second name of a rename or an exchange, or -1.
  var newName: Int32
  /// The directory that a directory sync covers, by its number in the table of names; -1 for others.
  var directory: Int32 = -1
  var offset: Int
  var length: Int
  var firstVersion: Int32
  var versionCount: Int32
  /// `Int.min` where there was none.
  var witness: Int
  var mark = OperationMark()
  /// Whether it is a write whose sectors are durable when it returns, by itself.
  var isForced = false
  /// How many operations there were when the call began: a sync covers nothing of later ones.
  var begun: Int32

  var versions: Range<Int> { Int(firstVersion)..<Int(firstVersion + versionCount) }
}
