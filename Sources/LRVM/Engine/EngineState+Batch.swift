/// What a batch that is durable changes.
extension EngineState {
  /// The batch lies in the log from `start` to `end`, and is durable.
  mutating func finish(_ batch: borrowing Batch, from start: LogPlace, to end: LogPlace, nanoseconds: Int) {
    tail = end
    tally.latencies.batches.add(nanoseconds: nanoseconds)
    count(batch, from: start)
    if tracksPages { markDirtyPages(of: batch, since: start) }
  }

  private mutating func count(_ batch: borrowing Batch, from start: LogPlace) {
    tally.statistics.logFlushes += 1
    if batch.partCount > 1 { tally.statistics.batchesJoined += 1 }
    tally.statistics.recordsWritten += Int(batch.liveCount)
    tally.statistics.recordBytesWritten += batch.liveBytes
    tally.statistics.logBytesWritten += Int(tail.position - start.position) * shape.sectorLength
    let ring = UInt64(shape.recordSectors)
    let wraps = Int(tail.position / ring - start.position / ring)
    tally.statistics.logWraps += wraps
    if wraps > 0 {
      countWrappedRecords(
        of: batch, bytesBeforeWrap: Int(ring - start.position % ring) * shape.payloadLength)
    }
  }

  /// What the ring's end cuts in two.
  private mutating func countWrappedRecords(of batch: borrowing Batch, bytesBeforeWrap: Int) {
    var recordStart = 0
    batch.forEachRecord { _, entry in
      let cut = bytesBeforeWrap - recordStart
      if cut > 0 && cut < Record.headerLength { tally.statistics.logWrapsInRecordHeader += 1 }
      if cut > 0 && cut < entry.length { tally.statistics.logWrapsInRecord += 1 }
      recordStart += entry.length
    }
  }

  /// The pages that the batch changed may be written to their segments once it is vouched for.
  private mutating func markDirtyPages(of batch: borrowing Batch, since start: LogPlace) {
    batch.forEachRecord { spool, entry in
      spool.forEachRange(of: entry) { range in
        guard let region = regions.region(with: range), regions[region].pages != nil else {
          // Unmapped since, and perhaps about to be mapped again: only the log has these bytes.
          dirtyPages.needEpoch(until: tail.position)
          return
        }
        let offset = range.offset - region.offset
        regions[region].pages?.unpin(offset, range.length)
        var cleanBefore: [Int] = []
        regions[region].pages?.markDirty(offset, range.length, since: start, until: tail.position) {
          cleanBefore.append($0)
        }
        for page in cleanBefore { dirtyPages.append(region, page, since: start) }
      }
    }
  }
}
