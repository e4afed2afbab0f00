/// The queue of pages whose changes only the log holds, oldest change first (SOSP '93, section 5.1.2).
struct DirtyPages {
  struct Entry {
    var region: Region
    var page: Int
    var since: LogPlace

    /// A page that was written, or whose region was unmapped, leaves its entry behind.
    func isCurrent(in regions: borrowing RegionTable) -> Bool {
      region.isMapped && regions[region].pages?[page].dirtySince == since
    }
  }

  private var entries: [Entry] = []
  private var first = 0
  /// Up to this position the log holds changes that memory does not have any more: only the log itself can be applied.
  private var epochNeededUntil: UInt64 = 0

  func needsEpoch(from head: LogPlace) -> Bool { epochNeededUntil > head.position }

  mutating func needEpoch(until position: UInt64) { epochNeededUntil = max(epochNeededUntil, position) }

  mutating func append(_ region: Region, _ page: Int, since: LogPlace) {
    entries.append(Entry(region: region, page: page, since: since))
  }

  /// The page with the oldest change; nil where every page is clean.
  mutating func oldest(in regions: borrowing RegionTable) -> Entry? {
    while first < entries.count {
      if entries[first].isCurrent(in: regions) {
        if first > entries.count / 2 { forgetUsed() }
        return entries[first]
      }
      first += 1
    }
    forgetUsed()
    return nil
  }

  private mutating func forgetUsed() {
    entries.removeFirst(first)
    first = 0
  }

  /// The log before `place` was applied as an epoch.
  mutating func appliedBefore(_ place: LogPlace, _ regions: inout RegionTable) {
    let old = entries[first...].filter { $0.isCurrent(in: regions) }
    for region in regions.mapped { regions[region].pages?.appliedBefore(place) }
    entries = old.compactMap { entry in
      guard let since = regions[entry.region].pages?[entry.page].dirtySince else { return nil }
      return Entry(region: entry.region, page: entry.page, since: since)
    }
    first = 0
  }
}
