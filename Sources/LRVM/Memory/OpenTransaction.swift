import Glibc

/// What the engine keeps of a transaction while it is open; reused by later ones.
final class OpenTransaction {
  struct Declared: BitwiseCopyable {
    /// Index among the transaction's regions.
    var region: Int
    /// In the region, bytes.
    var offset: Int
    var length: Int
    /// Where the old bytes lie in `oldValues`, in restore mode.
    var oldValuesStart: Int
  }

  private struct Contents: ~Copyable {
    /// Each stays mapped until the transaction ends.
    var regions = PlainList<RegionPlace>()
    var declared = PlainList<Declared>()
    var declaredBytes = 0
    var oldValues = ByteBuffer()
  }

  var mode = BeginMode.restore
  /// The one that began it.
  var thread = pthread_t()
  /// Its index among the engine's open transactions.
  var index = 0
  private let contents = Cell(Contents())

  var declaredBytes: Int { contents.value.declaredBytes }

  /// The region with an index that `index(of:)` gave.
  func region(_ index: Int) -> Region { contents.value.regions[index].region.object }

  func forEachDeclared(_ body: (Declared) -> Void) {
    for index in contents.value.declared.indices { body(contents.value.declared[index]) }
  }

  /// The index of `region` among the transaction's regions; nil where it is new to it.
  @inline(__always)
  func index(of region: Region) -> Int? {
    for index in contents.value.regions.indices where contents.value.regions[index].isPlace(of: region) {
      return index
    }
    return nil
  }

  func add(_ region: Region) -> Int {
    contents.value.regions.append(region.place)
    return contents.value.regions.count - 1
  }

  /// Declares a range, and keeps its old bytes where the transaction may have to restore them.
  @inline(__always)
  func declare(_ region: Int, _ offset: Int, _ length: Int) {
    let start = contents.value.oldValues.count
    if mode == .restore {
      let place = contents.value.regions[region]
      contents.value.oldValues.append(place.span(offset, length))
    }
    contents.value.declaredBytes += length
    contents.value.declared.append(
      Declared(region: region, offset: offset, length: length, oldValuesStart: start))
  }

  /// Brings memory back to what it was at the beginning: newest range first, since ranges may overlap.
  func restore() {
    for index in contents.value.declared.indices.reversed() {
      let range = contents.value.declared[index]
      contents.value.regions[range.region].replace(
        range.offset, with: contents.value.oldValues,
        range.oldValuesStart..<range.oldValuesStart + range.length)
    }
  }

  /// Puts the declared ranges in terms of segments into `ranges`.
  func collect(into ranges: inout CoalescedRanges) {
    ranges.removeAll()
    for index in contents.value.declared.indices {
      let range = contents.value.declared[index]
      let place = contents.value.regions[range.region]
      ranges.append(
        CoalescedRanges.Range(
          segment: place.segmentIndex, offset: place.offset + range.offset, length: range.length,
          region: range.region))
    }
  }

  /// Appends the bytes that memory holds in a range of one of the regions, as the range of a record.
  @inline(__always)
  func encode(_ range: CoalescedRanges.Range, to record: inout ByteWriter) {
    let place = contents.value.regions[range.region]
    Record.Range.append(segment: range.segment, offset: range.offset, length: range.length, to: &record)
    record.append(place.span(range.offset - place.offset, range.length))
  }

  func reset() {
    for index in contents.value.regions.indices {
      contents.value.regions[index].region.with { $0.openTransactions -= 1 }
    }
    contents.value.regions.removeAll()
    contents.value.declared.removeAll()
    contents.value.declaredBytes = 0
    contents.value.oldValues.removeAll()
  }
}

/// Where a region lies, in memory and in its segment: all that reading a range of it takes, without its reference count.
///
/// Valid while the region is mapped; a transaction keeps its regions mapped.
@safe struct RegionPlace: BitwiseCopyable {
  private let base: UnsafeMutableRawPointer
  let region: Uncounted<Region>
  let segmentIndex: Int
  /// In the segment, bytes.
  let offset: Int
  let length: Int

  init(of region: Region) {
    unsafe base = region.base
    self.region = Uncounted(region)
    segmentIndex = region.segmentIndex
    offset = region.offset
    length = region.length
  }

  /// By the object: memory that was given to a region that is unmapped may be another's by now.
  @inline(__always)
  func isPlace(of region: Region) -> Bool { self.region.isSame(as: region) }

  /// What memory holds.
  @_lifetime(borrow self)
  @inline(__always)
  func span(_ start: Int, _ count: Int) -> RawSpan {
    check(start, count)
    let span = unsafe RawSpan(_unsafeStart: base.advanced(by: start), byteCount: count)
    return unsafe _overrideLifetime(span, borrowing: self)
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
