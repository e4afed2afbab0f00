public import FaultFS

/// What another process can ask of the one that serves a mount.
public enum MountRequest: Hashable, Sendable, Codable {
  /// Cut power: what is not durable may be gone, and everything that is open is dead.
  case cutPower(Kept)
  /// What a crash now could take away.
  case unsynced
  /// Faults that strike the calls from here on; they replace those injected before.
  case inject([Fault])
  /// The calls that changed something, since power was last cut or the mount began.
  case history
  /// End the mount.
  case unmount

  /// What a power cut keeps of what is not durable.
  public enum Kept: Hashable, Sendable, Codable {
    case everything
    case nothing
    /// For each cell one of the versions that the model allows, drawn from the seed.
    case drawn(seed: UInt64)
  }
}

/// What the process that serves a mount answers, once what was asked for is done.
public enum MountAnswer: Hashable, Sendable, Codable {
  case done
  /// How many cells were open when power was cut, and how many of them did not keep their newest version.
  case powerCut(openCells: Int, lostCells: Int)
  case unsynced([UnsyncedPart])
  case history([RecordedCall])
  /// What was asked for cannot be done, and why.
  case refused(String)
}

/// One call that changed the disk or made something durable, as another process sees it.
public struct RecordedCall: Hashable, Sendable, Codable {
  /// Its number since power was last cut, from 0.
  public var index: Int
  public var kind: String
  public var path: String
  /// The second path of a rename or an exchange.
  public var newPath: String?
  /// In bytes; both 0 for calls that have none.
  public var offset: Int
  public var length: Int
  /// The fault that struck it, if one did.
  public var fault: String?

  init(_ operation: Operation) {
    index = operation.index
    kind = "\(operation.kind)"
    path = operation.name
    newPath = operation.newName
    offset = operation.offset
    length = operation.length
    fault = operation.fault?.rawValue
  }
}

/// A part of a file system that is not durable: bytes of a file, a file's size, or an entry of a directory.
public struct UnsyncedPart: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    case bytes, size, entry
  }

  public var kind: Kind
  public var path: String
  /// The bytes of the file: whole sectors.
  public var bytes: Range<Int>?
  /// The calls whose work a crash could take away, in order.
  public var calls: [RecordedCall]
}
