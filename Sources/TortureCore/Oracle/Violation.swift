/// What the oracle says of a recovered state.
public enum Verdict: Hashable, Sendable {
  /// The state is the one after the first `prefix` commits, which is legal.
  case consistent(prefix: Int)
  case violation(Violation)
}

/// A promise that the system under test broke.
public struct Violation: Error, Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A commit that was promised durable, or that comes before one that is there, is missing.
    case lostCommit = "lost-commit"
    /// A part of a transaction is there and a part is not.
    case tornTransaction = "torn-transaction"
    /// Data of a transaction that did not commit is there.
    case resurrected
    /// The state is none that any set of the transactions explains.
    case unexplained
    /// The workload's own invariant does not hold.
    case invariantBroken = "invariant-broken"
    /// Opening the log, recovering or mapping a segment failed.
    case recoveryFailed = "recovery-failed"
    /// Recovering the recovered disk again changed it.
    case notAFixpoint = "not-a-fixpoint"
    /// While running, without a crash, a mapped region showed something else than was stored in it.
    case memoryDiverged = "memory-diverged"
    /// While running, without a crash and without a fault of the disk, an operation failed.
    case operationFailed = "operation-failed"
    /// While running, every thread waited for another one.
    case deadlock
    /// While running, the threads did not end.
    case livelock
  }

  public var kind: Kind
  /// Sentences that say what is wrong, and where.
  public var message: String
  /// The number of the transaction at fault, counted from 1 in the order in which they begin.
  public var transaction: Int?
  /// The first difference: an index into the scenario's segments, and a byte of it.
  public var segment: Int?
  public var offset: Int?
  /// Up to 16 bytes from the first difference on, in hexadecimal digits.
  public var expected: String?
  public var found: String?

  public init(
    _ kind: Kind, _ message: String, transaction: Int? = nil, segment: Int? = nil, offset: Int? = nil,
    expected: String? = nil, found: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.transaction = transaction
    self.segment = segment
    self.offset = offset
    self.expected = expected
    self.found = found
  }
}
