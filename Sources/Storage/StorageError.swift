public import SystemPackage

/// A storage call that failed: what was being done, to which file, and why.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The calls of `Storage` and `StorageFile`.
  public enum Operation: String, Hashable, Sendable, CaseIterable {
    case open, read, write, map, size, truncate, allocate, sync, lock, close, rename, remove, list
    case syncDirectory = "sync the directory"
  }

  public enum Cause: Hashable, Sendable {
    /// The operating system refused.
    case errno(Errno)
    /// Another open file holds the exclusive lock.
    case locked
    /// The file was closed before the call.
    case closed
    /// The name is empty, absolute, or has an empty, `.` or `..` part or a zero byte.
    case invalidName
    /// An offset or a size is negative, or too large for a file.
    case invalidOffset
  }

  public var operation: Operation
  public var file: String
  public var cause: Cause

  public init(_ operation: Operation, _ file: String, _ cause: Cause) {
    self.operation = operation
    self.file = file
    self.cause = cause
  }

  public var description: String {
    "cannot \(operation.rawValue) '\(file)': \(reason)"
  }

  private var reason: String {
    switch cause {
    case .errno(let errno): "\(errno)"
    case .locked: "another process or another open file holds its lock; close that one first"
    case .closed: "the file is closed"
    case .invalidName: "a name must be a relative path without empty, '.' or '..' parts or zero bytes"
    case .invalidOffset: "the offset or size is negative or too large"
    }
  }
}
