public import Storage
import SystemPackage

/// What most programs do with an RVM, in one call each.
extension RVM {
  /// Opens a log, and creates it first where there is none.
  ///
  /// - Parameter shape: of a log that is created; one that exists keeps its own.
  /// - Throws: as `init(log:on:options:)` and `createLog`.
  public convenience init(
    log: String, creating shape: LogShape, on storage: any Storage, options: Options = Options()
  ) throws(RVMError) {
    try Self.unlessThere { () throws(RVMError) in try Self.createLog(log, shape: shape, on: storage) }
    try self.init(log: log, on: storage, options: options)
  }

  /// Maps a whole segment, and creates it first where there is none.
  ///
  /// - Parameters:
  ///   - length: of a segment that is created, in bytes, a multiple of `pageLength`; one that exists keeps its own.
  ///   - mapping: as `map(_:offset:length:mapping:)`.
  /// - Throws: as that one and `createSegment`.
  public func map(
    _ segment: String, creatingLength length: Int, mapping: Mapping? = nil
  ) throws(RVMError) -> Region {
    try Self.unlessThere { () throws(RVMError) in
      try Self.createSegment(segment, length: length, on: storage)
    }
    return try map(segment, mapping: mapping)
  }

  /// A file that is there was created whole.
  private static func unlessThere(_ create: () throws(RVMError) -> Void) throws(RVMError) {
    do { try create() } catch {
      guard case .storage(_, let cause) = error, cause.cause == .errno(.fileExists) else { throw error }
    }
  }

  /// Runs `body` in a transaction, which is committed when it returns and aborted when it throws.
  ///
  /// - Parameters:
  ///   - commit: when the commit returns.
  ///   - mode: whether an abort brings memory back. With `.noRestore`, one that throws leaves memory as it was written.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws, and an `RVMError` where beginning or committing fails, as `begin` and
  ///   `Transaction.commit` do.
  public func transaction<Result>(
    _ commit: CommitMode = .flush, _ mode: BeginMode = .restore,
    _ body: (borrowing Transaction) throws -> Result
  ) throws -> Result {
    let transaction = try begin(mode)
    let result: Result
    do {
      result = try body(transaction)
    } catch {
      transaction.abort()
      throw error
    }
    try transaction.commit(commit)
    return result
  }

  /// Copies all that is committed to another storage: each segment that the log names, and an empty log of the same name and
  /// shape, to be opened there.
  ///
  /// The copy is the state after the commits that were made before the call, and no later ones. Commits go on meanwhile until the
  /// log is full; then they wait for the copy to end. A copy of the files by other means, while they are in use, has parts of
  /// different times.
  /// - Parameter storage: where none of these files exists.
  /// - Throws: `.storage` also where one of them does: what was copied before then stays.
  public func backUp(to storage: any Storage) throws(RVMError) { try engine.backUp(to: storage) }
}
