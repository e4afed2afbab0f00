import Storage

/// Incremental truncation: writes what changed in each page from memory, oldest change first.
extension Engine {
  /// Writes the page with the oldest change, or syncs a segment when all are written.
  func writeNextPage(_ pass: inout Truncation.PagePass) throws(RVMError) -> Truncation {
    switch pass.isWritten ? NextPage.none : takeOldestPage(&pass) {
    case .unvouched:
      _ = try vouch()
      return .writingPages(pass)
    case .page(let segment, let offset, let ranges):
      try write(ranges, of: segment, at: offset, &pass)
      return .writingPages(pass)
    case .none:
      pass.isWritten = true
    }
    if let segment = pass.unsynced.popLast() {
      let file = try segments.file(segment, on: storage)
      do { try file.sync(.data) } catch { throw .storage(during: "syncing a segment", error) }
      return .writingPages(pass)
    }
    guard let whole = goalOfFallback(pass) else { return .releasing(pass.goal) }
    return try beginEpoch(whole)
  }

  /// Writes these ranges of the page in `pageBuffer`.
  private func write(
    _ ranges: [Range<Int>], of segment: Int, at offset: Int, _ pass: inout Truncation.PagePass
  ) throws(RVMError) {
    let file = try segments.file(segment, on: storage, isToBeChecked: !pass.unsynced.contains(segment))
    do {
      for range in ranges { try pageBuffer.write(range, to: file, at: offset + range.lowerBound) }
    } catch {
      throw .storage(during: "writing a page to its segment", error)
    }
    try startWriting(offset..<offset + RVM.pageLength, of: file)
    if !pass.unsynced.contains(segment) { pass.unsynced.append(segment) }
  }

  /// Nil where the pass has freed something, and all that lies before its goal is in the segments.
  private func goalOfFallback(_ pass: Truncation.PagePass) -> Truncation.Goal? {
    let held = lock()
    if pass.goal.place.position > held.value.head.position, !held.value.needsEpoch { return nil }
    held.tally { $0.statistics.epochFallbacks += 1 }
    return held.value.goal(isEpoch: true)
  }

  private func takeOldestPage(_ pass: inout Truncation.PagePass) -> NextPage {
    var held = lock()
    return held.value.takeOldestPage(&pass, into: &pageBuffer, within: log.vouchedEnd)
  }
}

private enum NextPage {
  /// Write these ranges of it.
  case page(segment: Int, offset: Int, ranges: [Range<Int>])
  /// The page has a change that is not vouched for yet.
  case unvouched
  /// None before the goal is left.
  case none
}

extension EngineState {
  mutating func oldestDirtyPage() -> DirtyPages.Entry? { dirtyPages.oldest(in: regions) }

  /// Copies the page with the oldest change, which is clean from then on.
  ///
  /// Where that page is pinned, the goal moves back to it.
  fileprivate mutating func takeOldestPage(
    _ pass: inout Truncation.PagePass, into copy: inout ByteBuffer, within vouched: VouchedEnd?
  ) -> NextPage {
    guard let oldest = oldestDirtyPage(), oldest.since.position < pass.goal.place.position else {
      return .none
    }
    let region = oldest.region
    guard let page = regions[region].pages?[oldest.page], page.pins == 0 else {
      pass.goal = Truncation.Goal(place: oldest.since, applied: applied, isEpoch: false)
      return .none
    }
    guard let vouched, let ranges = page.dirtyRanges(within: vouched) else { return .unvouched }
    copy.removeAll()
    copy.append(region.span(oldest.page * RVM.pageLength, RVM.pageLength))
    regions[region].pages?.markClean(oldest.page)
    tally.statistics.segmentBytesWritten += ranges.reduce(0) { $0 + $1.count }
    return .page(
      segment: region.segmentIndex, offset: region.offset + oldest.page * RVM.pageLength, ranges: ranges)
  }
}
