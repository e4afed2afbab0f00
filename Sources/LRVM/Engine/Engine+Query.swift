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
    held.signalAll()
  }

  func query() -> Query { lock().value.query() }

  func latencies() -> Latencies { lock().value.latencies }
}

extension EngineState {
  fileprivate func query() -> Query {
    Query(
      regions: regions.mapped.map {
        .init(
          segment: $0.segment, offset: $0.offset, length: $0.length,
          openTransactions: regions[$0].openTransactions)
      }.sorted { ($0.segment, $0.offset) < ($1.segment, $1.offset) },
      openTransactions: open.count, logSectorsUsed: sectorsUsed, logSectors: shape.recordSectors,
      spooledBytes: spool.liveBytes, isPoisoned: commits.failure != nil, truncationError: truncationError,
      statistics: statistics)
  }
}
