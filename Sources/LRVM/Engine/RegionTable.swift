/// The regions that are mapped. What the engine keeps of a region is reached by way of this, and so under the lock that guards it.
struct RegionTable: ~Copyable {
  private(set) var mapped: [Region] = []

  /// Also of one that is mapped no more.
  subscript(region: Region) -> RegionBooks {
    @inline(__always) _read { yield unsafe region.books.value }
    @inline(__always) _modify { yield unsafe &region.books.value }
  }

  mutating func append(_ region: Region) { mapped.append(region) }

  /// Ends a region's mapping.
  mutating func remove(_ region: Region) {
    mapped.removeAll { $0 === region }
    region.isMapped = false
    region.end()
  }

  /// Ends all mappings; the regions may still be read.
  ///
  /// - Parameter keepsMemory: transactions that are still open may abort to them.
  mutating func close(keepsMemory: Bool) {
    for region in mapped { region.isMapped = false }
    if !keepsMemory { mapped.removeAll() }
  }

  func contains(_ region: Region) -> Bool { mapped.contains { $0 === region } }

  /// The region that has the bytes of a range.
  func region(with range: Record.Range) -> Region? { mapped.first { $0.contains(range) } }

  /// A record that was pinned for its way to the log needs it no more.
  mutating func unpin(_ range: Record.Range) {
    guard let region = region(with: range) else { return }
    self[region].pages?.unpin(range.offset - region.offset, range.length)
  }
}

/// What the engine keeps of a region.
struct RegionBooks: ~Copyable {
  /// What was committed, for checked mode.
  var shadow: ByteBuffer?
  /// What incremental truncation knows of each page.
  var pages: PageTable?
}
