/// One store of a transaction to a range that it declared.
public struct WorkloadWrite: Hashable, Sendable {
  /// An index into the scenario's segments.
  public var segment: Int
  /// In bytes from the segment's start.
  public var offset: Int
  public var bytes: [UInt8]

  public init(segment: Int, offset: Int, bytes: [UInt8]) {
    self.segment = segment
    self.offset = offset
    self.bytes = bytes
  }

  /// The bytes of the segment that are written.
  public var range: Range<Int> { offset..<(offset + bytes.count) }
}

/// A transaction of a workload, from its begin to its end.
public struct WorkloadTransaction: Hashable, Sendable {
  public enum Ending: Hashable, Sendable {
    case commit(flush: Bool)
    case abort
    case drop
    /// The workload ends while the transaction is open.
    case none
  }

  /// Transactions are numbered from 1 in the order in which they begin.
  public var number: Int
  public var client: Int
  public var restore: Bool
  /// In the order of the stores: where two overlap, the later one counts.
  public var writes: [WorkloadWrite]
  public var ending: Ending
}

/// The transactions of a list of operations: those that commit, in commit order (the order of the commit calls,
/// flushed or not), and those that don't.
public struct TransactionLedger: Hashable, Sendable {
  /// Commit k of the commit order, counted from 1, is `commits[k - 1]`.
  public private(set) var commits: [WorkloadTransaction] = []
  /// Aborted, dropped, or still open at the end; in the order in which they begin.
  public private(set) var uncommitted: [WorkloadTransaction] = []

  init(commits: [WorkloadTransaction], uncommitted: [WorkloadTransaction]) {
    self.commits = commits
    self.uncommitted = uncommitted
  }

  /// - Precondition: the operations are legal: `Workload.problem` finds none.
  public init(_ operations: [Operation]) {
    var open: [Int: WorkloadTransaction] = [:]
    var begun = 0
    func end(_ client: Int, _ ending: WorkloadTransaction.Ending) -> WorkloadTransaction {
      guard var transaction = open.removeValue(forKey: client) else {
        fatalError("client \(client) ends a transaction that it never began")
      }
      transaction.ending = ending
      return transaction
    }
    for operation in operations {
      switch operation {
      case .begin(let client, let restore):
        begun += 1
        open[client] = WorkloadTransaction(
          number: begun, client: client, restore: restore, writes: [], ending: .none)
      case .write(let client, let segment, let offset, let bytes):
        guard open[client] != nil else { fatalError("client \(client) writes outside a transaction") }
        open[client]?.writes.append(WorkloadWrite(segment: segment, offset: offset, bytes: bytes))
      case .commit(let client, let flush): commits.append(end(client, .commit(flush: flush)))
      case .abort(let client): uncommitted.append(end(client, .abort))
      case .drop(let client): uncommitted.append(end(client, .drop))
      case .flush, .truncate, .truncateStep, .remap, .reopen: break
      }
    }
    uncommitted += open.values
    uncommitted.sort { $0.number < $1.number }
  }
}
