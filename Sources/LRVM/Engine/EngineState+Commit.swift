/// From a transaction's ranges to a record in the spool, and the transaction's end.
extension EngineState {
  /// Puts what the transaction changed into `coalesced`; the length of its record.
  mutating func measure(_ transaction: OpenTransaction) throws(RVMError) -> Int {
    transaction.collect(into: &coalesced)
    if options.intraTransactionOptimization { coalesced.coalesce() }
    let length = coalesced.recordLength
    guard length <= min(shape.batchBytesMax, Int(UInt32.max)) else {
      throw .transactionTooLarge(bytes: length, bytesMax: shape.batchBytesMax)
    }
    return length
  }

  /// Whether a record fits in one batch with those that are spooled.
  func fits(_ length: Int) -> Bool { spool.liveBytes + length <= shape.batchBytesMax }

  /// Appends the record of the transaction that was measured to the spool, and takes its ticket.
  mutating func spoolRecord(of transaction: OpenTransaction, length: Int) {
    if options.interTransactionOptimization {
      statistics.bytesSavedInterTransaction += Self.dropCovered(by: coalesced, from: &spool, &regions)
    }
    let declaredBytes = transaction.declaredBytes
    statistics.bytesDeclared += declaredBytes
    statistics.bytesSavedIntraTransaction += declaredBytes - coalesced.valueBytes
    spool.append(length: length, coalesced, of: transaction)
    let ticket = commits.takeTicket()
    for index in coalesced.ranges.indices {
      lastCommitOfSegment[coalesced.ranges[index].segment] = ticket
    }
    if tracksPages {
      for index in coalesced.ranges.indices {
        let range = coalesced.ranges[index]
        let region = transaction.region(range.region)
        regions[region].pages?.pin(range.offset - region.offset, range.length)
      }
    }
  }

  /// Leaves out the records that `ranges` cover: they are pinned no more for their way to the log.
  private static func dropCovered(
    by ranges: borrowing CoalescedRanges, from spool: inout Spool, _ regions: inout RegionTable
  ) -> Int {
    spool.dropCovered(by: ranges) { regions.unpin($0) }
  }

  /// Takes the transaction off the books.
  mutating func end(_ transaction: OpenTransaction, isCommitted: Bool) {
    if !isCommitted {
      statistics.aborts += 1
      if transaction.mode == .restore { transaction.restore() }
    }
    if isChecked || tracksPages {
      // The pages of changes that were abandoned in memory stay pinned.
      let keepsPins = !isCommitted && transaction.mode == .noRestore
      transaction.forEachDeclared { range in
        let region = transaction.region(range.region)
        if !keepsPins { regions[region].pages?.unpin(range.offset, range.length) }
        if isCommitted || transaction.mode == .noRestore {
          regions[region].shadow?.replace(at: range.offset, with: region.span(range.offset, range.length))
        }
      }
    }
    transaction.reset(&regions)
    open.remove(transaction)
  }
}
