/// All of a lane that its lock guards.
struct LaneState: ~Copyable {
  /// Whether transactions may begin and end here without a look at the engine's state, since nothing has failed or is ending. Changed
  /// with all lanes held.
  var isOpen = true
  /// As the engine has them. Changed with all lanes held.
  var options: Options
  var open = OpenTransactions()
  /// The ranges of the transaction that is being committed.
  private(set) var coalesced = CoalescedRanges()
  /// Records that wait for the next flush.
  var spool = Spool()
  private(set) var counts = CommitCounts()
  /// The ticket of the newest commit that changed each segment, by index; a segment that none has changed may be missing.
  private var newestOfSegment = PlainList<UInt64>()
  /// Keeps the engine, until it is let go and no transaction is open.
  private var engine: Engine?
  private var isLetGo = false

  init(of engine: Engine, _ options: Options) {
    self.engine = engine
    self.options = options
  }

  /// The ticket of the newest commit that changed a segment; 0 where there is none.
  func newestCommit(of segment: Int) -> UInt64 {
    segment < newestOfSegment.count ? newestOfSegment[segment] : 0
  }

  /// How many open transactions declared a range of a region.
  func openTransactions(in region: Region) -> Int {
    var count = 0
    open.forEach { if $0.index(of: region) != nil { count += 1 } }
    return count
  }

  /// One that is open from now on.
  mutating func begin(_ mode: BeginMode) -> Uncounted<OpenTransaction> {
    let transaction = open.add()
    unsafe transaction.with { $0.begin(mode) }
    counts.transactionsBegun += 1
    return transaction
  }

  /// The index of a region among those of a transaction that had no range in it before.
  mutating func join(_ transaction: OpenTransaction, _ region: Region) throws(RVMError) -> Int {
    guard region.owner == engine.map(ObjectIdentifier.init), region.isMapped else {
      throw .regionNotMapped(segment: region.segment, offset: region.offset)
    }
    return transaction.add(region)
  }

  /// Puts what the transaction changed into `coalesced`; the length of its record.
  mutating func measure(_ transaction: OpenTransaction, bytesMax: Int) throws(RVMError) -> Int {
    transaction.collect(into: &coalesced)
    if options.intraTransactionOptimization { coalesced.coalesce() }
    let length = coalesced.recordLength
    guard length <= min(bytesMax, Int(UInt32.max)) else {
      throw .transactionTooLarge(bytes: length, bytesMax: bytesMax)
    }
    return length
  }

  /// Appends the record of the transaction that was measured.
  ///
  /// - Parameter dropped: is called with each range of a record that is left out.
  /// - Returns: the length of the records that are left out.
  mutating func spoolRecord(
    of transaction: OpenTransaction, length: Int, _ ticket: UInt64, dropped: (Record.Range) -> Void
  ) -> Int {
    var saved = 0
    if options.interTransactionOptimization {
      saved = spool.dropCovered(by: coalesced, dropped: dropped)
      counts.bytesSavedInterTransaction += saved
    }
    let declaredBytes = transaction.declaredBytes
    counts.bytesDeclared += declaredBytes
    counts.bytesSavedIntraTransaction += declaredBytes - coalesced.valueBytes
    spool.append(length: length, coalesced, of: transaction, ticket: ticket)
    for index in coalesced.ranges.indices {
      let segment = coalesced.ranges[index].segment
      while newestOfSegment.count <= segment { newestOfSegment.append(0) }
      newestOfSegment[segment] = ticket
    }
    return saved
  }

  /// Takes the transaction off the books.
  mutating func end(_ transaction: OpenTransaction, _ outcome: Outcome) {
    counts.add(outcome)
    transaction.reset()
    open.remove(transaction)
    if isLetGo, open.isEmpty { engine = nil }
  }

  /// The engine is kept no longer than transactions are open.
  mutating func letGoOfEngine() {
    isLetGo = true
    if open.isEmpty { engine = nil }
  }
}

/// How a transaction ended.
enum Outcome {
  case committed(CommitMode), aborted
}

/// What a lane counts (`Statistics`).
struct CommitCounts {
  fileprivate(set) var transactionsBegun = 0
  private var commitsFlushed = 0
  private var commitsUnflushed = 0
  private var aborts = 0
  fileprivate(set) var bytesDeclared = 0
  fileprivate(set) var bytesSavedIntraTransaction = 0
  fileprivate(set) var bytesSavedInterTransaction = 0

  fileprivate mutating func add(_ outcome: Outcome) {
    switch outcome {
    case .committed(.flush): commitsFlushed += 1
    case .committed(.noFlush): commitsUnflushed += 1
    case .aborted: aborts += 1
    }
  }

  func add(to statistics: inout Statistics) {
    statistics.transactionsBegun += transactionsBegun
    statistics.commitsFlushed += commitsFlushed
    statistics.commitsUnflushed += commitsUnflushed
    statistics.aborts += aborts
    statistics.bytesDeclared += bytesDeclared
    statistics.bytesSavedIntraTransaction += bytesSavedIntraTransaction
    statistics.bytesSavedInterTransaction += bytesSavedInterTransaction
  }
}
