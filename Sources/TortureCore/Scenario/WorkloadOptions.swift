/// Which transactions a case runs, and what happens between them.
public struct WorkloadOptions: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Random bytes at random ranges.
    case bytes
    /// Transfers between accounts.
    case bank
    /// The metadata of a small file system.
    case inodes
    /// Persistent rings.
    case queue
    /// Linked lists with offsets for pointers.
    case list
  }

  public var kind: Kind
  /// How many transactions begin, those that set the workload up not counted.
  public var transactions: Int
  /// How many clients run interleaved, each with at most one transaction open.
  public var clients: Int
  /// How many accounts, inodes, slots or nodes there are at most.
  public var objects: Int
  /// How many ranges a transaction of the bytes workload declares at most.
  public var rangesMax: Int
  /// How long such a range is at most, in bytes.
  public var rangeLengthMax: Int
  public var mix: EndingWeights
  public var between: BetweenWeights
  /// The share of the transactions that will commit which begin in no-restore mode.
  public var noRestore: Double

  enum CodingKeys: String, CodingKey {
    case kind, transactions, clients, objects
    case rangesMax = "ranges_max"
    case rangeLengthMax = "range_length_max"
    case mix, between
    case noRestore = "no_restore"
  }
}

/// How often a transaction ends in which way, relative to one another.
public struct EndingWeights: Hashable, Sendable, Codable {
  public var commitFlush: Int
  public var commitNoFlush: Int
  public var abort: Int
  public var drop: Int

  enum CodingKeys: String, CodingKey {
    case commitFlush = "commit_flush"
    case commitNoFlush = "commit_no_flush"
    case abort, drop
  }
}

/// How often which operation follows the end of a transaction, relative to one another.
public struct BetweenWeights: Hashable, Sendable, Codable {
  public var flush: Int
  public var truncate: Int
  public var truncateStep: Int
  public var remap: Int
  public var reopen: Int
  public var none: Int

  enum CodingKeys: String, CodingKey {
    case flush, truncate
    case truncateStep = "truncate_step"
    case remap, reopen, none
  }
}
