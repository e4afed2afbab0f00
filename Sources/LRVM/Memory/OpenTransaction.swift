/// What the engine keeps of a transaction while it is open; reused by later ones.
final class OpenTransaction {
  struct Declared {
    /// Index in `regions`.
    var region: Int
    /// In the region, bytes.
    var offset: Int
    var length: Int
    /// Where the old bytes lie in `oldValues`, in restore mode.
    var oldValuesStart: Int
  }

  /// Set while the transaction is open; keeps the engine alive that long.
  var engine: Engine?
  var mode = BeginMode.restore
  private(set) var regions: [Region] = []
  private(set) var declared: [Declared] = []
  private(set) var oldValues = ByteBuffer()

  /// The index of `region` among the transaction's regions; nil where it is new to it.
  func index(of region: Region) -> Int? {
    regions.firstIndex { $0 === region }
  }

  func add(_ region: Region) -> Int {
    regions.append(region)
    return regions.count - 1
  }

  /// Declares a range, and keeps its old bytes where the transaction may have to restore them.
  func declare(_ region: Int, _ offset: Int, _ length: Int) {
    let start = oldValues.count
    if mode == .restore {
      let region = regions[region]
      oldValues.append(region.span(offset, length))
    }
    declared.append(Declared(region: region, offset: offset, length: length, oldValuesStart: start))
  }

  /// Brings memory back to what it was at the beginning: newest range first, since ranges may overlap.
  func restore() {
    for range in declared.reversed() {
      regions[range.region].replace(
        at: range.offset, with: oldValues, range.oldValuesStart..<range.oldValuesStart + range.length)
    }
  }

  /// Puts the declared ranges in terms of segments into `ranges`.
  func collect(into ranges: inout CoalescedRanges) {
    ranges.removeAll()
    for range in declared {
      let region = regions[range.region]
      ranges.append(
        CoalescedRanges.Range(
          segment: region.segmentIndex, offset: region.offset + range.offset, length: range.length,
          region: range.region))
    }
  }

  var declaredBytes: Int { declared.reduce(0) { $0 + $1.length } }

  func reset() {
    engine = nil
    regions.removeAll(keepingCapacity: true)
    declared.removeAll(keepingCapacity: true)
    oldValues.removeAll()
  }
}
