/// Options and statistics.
extension Engine {
  func setOptions(_ new: Options) throws(RVMError) {
    try checkProcess()
    if let problem = new.problem { throw .invalidArgument(problem) }
    var held = lock()
    if held.value.isTerminated { throw .terminated }
    let old = held.value.options
    guard new.truncationDriver == old.truncationDriver, new.truncationMethod == old.truncationMethod,
      new.isChecked == old.isChecked, new.logWrites == old.logWrites
    else {
      throw .invalidArgument(
        "the truncation driver, the truncation method, the way of writing the log and checked mode are chosen when "
          + "the log is opened")
    }
    held.value.options = new
    lanes.holdAll { _, lane in lane.options = new }
    held.signalAll()
  }

  func query() -> Query {
    let held = lock()
    var query = held.value.query(spooledBytes: tickets.spooledBytes)
    lanes.holdAll { _, lane in
      query.openTransactions += lane.open.count
      for index in query.regions.indices {
        query.regions[index].openTransactions += lane.openTransactions(in: held.value.regions.mapped[index])
      }
      lane.counts.add(to: &query.statistics)
    }
    query.regions.sort { ($0.segment, $0.offset) < ($1.segment, $1.offset) }
    return query
  }

  func latencies() -> Latencies { lock().value.tally.latencies }
}

extension EngineState {
  /// But for what the lanes know.
  fileprivate func query(spooledBytes: Int) -> Query {
    Query(
      regions: regions.mapped.map {
        .init(segment: $0.segment, offset: $0.offset, length: $0.length, openTransactions: 0)
      },
      openTransactions: 0, logSectorsUsed: sectorsUsed, logSectors: shape.recordSectors,
      spooledBytes: spooledBytes, isPoisoned: commits.failure != nil, truncationError: truncationError,
      statistics: tally.statistics)
  }
}
