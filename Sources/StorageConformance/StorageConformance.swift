public import Storage

/// What every `Storage` promises, as named checks: one suite for the real disk and for the one that can lie.
///
/// A check is given an empty storage of its own and throws a `ConformanceFailure` where a promise is broken. With
/// Swift Testing:
///
///     @Test(arguments: StorageConformance.checks)
///     func conforms(_ check: StorageConformance.Check) throws {
///       try check.run(on: makeEmptyStorage())
///     }
public enum StorageConformance {
  /// One promise.
  public struct Check: Sendable, CustomStringConvertible {
    /// The promise in a few words.
    public let name: String
    private let body: @Sendable (any Storage) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (any Storage) throws -> Void) {
      self.name = name
      self.body = body
    }

    /// Runs the check.
    ///
    /// - Parameter storage: an empty storage, which the check leaves with files in it.
    /// - Throws: `ConformanceFailure` for a broken promise, `StorageError` where a call failed that should not have.
    public func run(on storage: any Storage) throws {
      try body(storage)
    }

    public var description: String { name }
  }

  /// The checks that need nothing but the root directory.
  public static let checks: [Check] =
    openingChecks + readingChecks + writingChecks + sizeChecks + nameChecks + closingChecks

  /// The checks of names with `/`: they need the storage to have an empty directory `subdirectory`.
  public static let subdirectoryChecks: [Check] = namesInDirectoriesChecks

  /// The directory that `subdirectoryChecks` use.
  public static let subdirectory = "sub"
}
