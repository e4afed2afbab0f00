/// What an object of a `FaultVolume` is. It never changes.
public enum FileKind: UInt8, Hashable, Sendable, BitwiseCopyable {
  case regular
  case directory
  case symbolicLink
  case namedPipe
  case socket
  case characterDevice
  case blockDevice
}

/// A point in time since 1970, in UTC.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var seconds: Int
  /// In `0..<1_000_000_000`.
  public var nanoseconds: Int

  public init(seconds: Int, nanoseconds: Int = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// What is kept of an object besides its bytes, its size and its names.
///
/// A crash loses none of it (see `FaultVolume`).
public struct FileAttributes: Hashable, Sendable {
  public let kind: FileKind
  /// The permissions with the set-user-ID, set-group-ID and sticky bits: the low twelve bits of a mode.
  public var permissions: UInt16
  public var owner: UInt32
  public var group: UInt32
  /// The number of a character or block device; else 0.
  public let device: UInt64
  public var accessed: Timestamp
  public var modified: Timestamp
  public var changed: Timestamp
  /// By their names.
  public internal(set) var extended: [FileName: [UInt8]] = [:]
  /// The text of a symbolic link; else empty.
  let linkText: [UInt8]

  init(
    _ kind: FileKind, permissions: UInt16, owner: UInt32, group: UInt32, device: UInt64 = 0, time: Timestamp,
    linkText: [UInt8] = []
  ) {
    self.kind = kind
    self.permissions = permissions & 0o7777
    self.owner = owner
    self.group = group
    self.device = device
    self.linkText = linkText
    accessed = time
    modified = time
    changed = time
  }
}
