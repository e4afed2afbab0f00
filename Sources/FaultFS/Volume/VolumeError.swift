internal import Storage
public import SystemPackage

/// A call of a `FaultVolume` that failed: what was being done, to which object, and why, as POSIX has it.
public struct VolumeError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Operation: String, Hashable, Sendable, CaseIterable {
    case lookUp = "look up"
    case create, open, read, write, truncate, link, rename, remove
    case makeDirectory = "make the directory"
    case makeSymbolicLink = "make the symbolic link"
    case removeDirectory = "remove the directory"
    case readDirectory = "read the directory"
    case readSymbolicLink = "read the symbolic link"
    case attributes = "look at the attributes of"
    case setAttributes = "set the attributes of"
    case allocate = "allocate space for"
    case synchronize = "sync"
    case synchronizeDirectory = "sync the directory"
  }

  public var operation: Operation
  /// The path at which the object is or would be; of an object without a name, its number.
  public var path: String
  public var errno: Errno

  public init(_ operation: Operation, _ path: String, _ errno: Errno) {
    self.operation = operation
    self.path = path
    self.errno = errno
  }

  /// The same cause, of a call of the file's `Storage`.
  init(_ operation: Operation, _ error: StorageError) {
    let errno: Errno =
      switch error.cause {
      case .errno(let errno): errno
      case .closed: .badFileDescriptor
      case .locked: .wouldBlock
      case .invalidName, .invalidOffset: .invalidArgument
      }
    self.init(operation, error.file, errno)
  }

  public var description: String {
    "cannot \(operation.rawValue) '\(path)': \(errno)"
  }
}
