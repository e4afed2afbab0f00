import FoundationEssentials
import Glibc
public import SystemPackage

/// A file or folder of ours that could not be read, written, created or removed.
public struct FileAccessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done, as a verb.
  public var action: String
  /// The file.
  public var path: String
  /// What went wrong.
  public var reason: String

  /// `error`, which came up when `path` was to be read, written, or whatever `action` says.
  public init(_ action: String, _ path: FilePath, _ error: any Error) {
    self.action = action
    self.path = path.string
    self.reason = Self.reason(error)
  }

  /// A file that cannot be used for the reason given.
  package init(_ action: String, _ path: FilePath, because reason: String) {
    self.action = action
    self.path = path.string
    self.reason = reason
  }

  public var description: String { "cannot \(action) '\(path)': \(reason)" }

  /// The operating system's own words where there are any.
  private static func reason(_ error: any Error) -> String {
    if let errno = error as? Errno { return "\(errno)" }
    if let cocoa = error as? CocoaError, let posix = cocoa.underlying as? POSIXError {
      return "\(Errno(rawValue: CInt(posix.code.rawValue)))"
    }
    return "\(error)"
  }
}
