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

  private struct Contents: ~Copyable {
    /// Each retained until the transaction ends.
    var regions: [Uncounted<Region>] = []
    /// By the region's index: what is asked of it for each range.
    var places: [RegionPlace] = []
    var declared: [Declared] = []
    var declaredBytes = 0
    var oldValues = ByteBuffer()
  }

  /// Set while the transaction is open; keeps the engine alive that long.
  var engine: Engine? {
    didSet { uncountedEngine = engine.map { Uncounted($0) } }
  }
  /// The same, to be used without counting references.
  private var uncountedEngine: Uncounted<Engine>?
  var mode = BeginMode.restore
  /// Its index among the engine's open transactions.
  var index = 0
  private let contents = Cell(Contents())

  var declared: [Declared] { contents.value.declared }
  var declaredBytes: Int { contents.value.declaredBytes }

  /// The region with an index that `index(of:)` gave.
  func region(_ index: Int) -> Region { contents.value.regions[index].object }

  func setRange(_ region: Region, _ offset: Int, _ length: Int) throws(RVMError) {
    guard let engine = uncountedEngine else { fatalError("an open transaction has lost its engine") }
    try engine.with { (engine) throws(RVMError) in
      try engine.setRange(self, region, offset, length)
    }
  }

  /// The index of `region` among the transaction's regions; nil where it is new to it.
  func index(of region: Region) -> Int? {
    for index in 0..<contents.value.places.count where contents.value.places[index].isPlace(of: region) {
      return index
    }
    return nil
  }

  func add(_ region: Region) -> Int {
    let held = Uncounted(region)
    held.retain()
    contents.value.regions.append(held)
    contents.value.places.append(region.place)
    return contents.value.regions.count - 1
  }

  /// Declares a range, and keeps its old bytes where the transaction may have to restore them.
  func declare(_ region: Int, _ offset: Int, _ length: Int) {
    let start = contents.value.oldValues.count
    if mode == .restore {
      contents.value.places[region].append(offset, length, to: &contents.value.oldValues)
    }
    contents.value.declaredBytes += length
    contents.value.declared.append(
      Declared(region: region, offset: offset, length: length, oldValuesStart: start))
  }

  /// Brings memory back to what it was at the beginning: newest range first, since ranges may overlap.
  func restore() {
    for range in contents.value.declared.reversed() {
      contents.value.places[range.region].replace(
        range.offset, with: contents.value.oldValues,
        range.oldValuesStart..<range.oldValuesStart + range.length)
    }
  }

  /// Puts the declared ranges in terms of segments into `ranges`.
  func collect(into ranges: inout CoalescedRanges) {
    ranges.removeAll()
    for index in 0..<contents.value.declared.count {
      let range = contents.value.declared[index]
      let place = contents.value.places[range.region]
      ranges.append(
        CoalescedRanges.Range(
          segment: place.segmentIndex, offset: place.offset + range.offset, length: range.length,
          region: range.region))
    }
  }

  /// Appends the bytes that memory holds in a range of one of the regions, as the range of a record.
  func encode(_ range: CoalescedRanges.Range, to buffer: inout ByteBuffer) {
    let place = contents.value.places[range.region]
    Record.Range.append(segment: range.segment, offset: range.offset, length: range.length, to: &buffer)
    place.append(range.offset - place.offset, range.length, to: &buffer)
  }

  func reset() {
    while let region = contents.value.regions.popLast() {
      region.with { $0.openTransactions -= 1 }
      region.release()
    }
    contents.value.places.removeAllKeepingCapacity()
    contents.value.declared.removeAllKeepingCapacity()
    contents.value.declaredBytes = 0
    contents.value.oldValues.removeAll()
  }
}

extension Array where Element: BitwiseCopyable {
  /// As `removeAll(keepingCapacity: true)`; a short array, which most are, without going through a replacement of ranges.
  @inline(__always)
  mutating func removeAllKeepingCapacity() {
    if count > 8 { return removeAll(keepingCapacity: true) }
    while !isEmpty { removeLast() }
  }
}

/// Where a region lies, in memory and in its segment: all that reading a range of it takes, without its reference count.
///
/// Valid while the region is mapped; a transaction keeps its regions mapped.
@safe struct RegionPlace: Equatable {
  fileprivate let base: UnsafeMutableRawPointer
  let segmentIndex: Int
  /// In the segment, bytes.
  let offset: Int
  let length: Int

  init(base: UnsafeMutableRawPointer, segmentIndex: Int, offset: Int, length: Int) {
    unsafe self.base = base
    self.segmentIndex = segmentIndex
    self.offset = offset
    self.length = length
  }

  /// Mapped regions do not overlap in memory.
  @inline(__always)
  func isPlace(of region: Region) -> Bool { unsafe base == region.base }

  /// The same of two places.
  static func == (left: RegionPlace, right: RegionPlace) -> Bool { unsafe left.base == right.base }

  /// Appends what memory holds to `buffer`.
  @inline(__always)
  func append(_ start: Int, _ count: Int, to buffer: inout ByteBuffer) {
    check(start, count)
    unsafe buffer.append(RawSpan(_unsafeStart: base.advanced(by: start), byteCount: count))
  }

  func replace(_ start: Int, with buffer: borrowing ByteBuffer, _ range: Range<Int>) {
    check(start, range.count)
    unsafe buffer.bytes.extracting(range).withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: base.advanced(by: start), count: source.count)
        .copyMemory(from: source)
    }
  }

  @inline(__always)
  private func check(_ start: Int, _ count: Int) {
    invariant(
      start >= 0 && count >= 0 && start <= length - count,
      "bytes \(start)..<\(start + count) lie outside a region of \(length)")
  }
}
