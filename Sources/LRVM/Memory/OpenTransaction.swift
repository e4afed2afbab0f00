import Glibc

/// What the engine keeps of a transaction while it is open; reused by later ones.
///
/// One thread at a time uses it: the one that has the `Transaction`. Where others look at what it declared (incremental truncation,
/// checked mode), both do so under the engine's lock.
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
    /// Each stays mapped, and alive, until the transaction ends.
    var regions = PlainList<RegionPlace>()
    var declared = PlainList<Declared>()
    var declaredBytes = 0
    var oldValues = ByteBuffer()
  }

  private(set) var mode = BeginMode.restore
  /// The one that began it.
  private(set) var thread = pthread_t()
  /// Its index among the lane's open transactions.
  var index = 0
  private let cell = Cell(Contents())

  private var contents: Contents {
    @inline(__always) _read { yield unsafe cell.value }
    @inline(__always) _modify { yield unsafe &cell.value }
  }

  func begin(_ mode: BeginMode) {
    self.mode = mode
    thread = pthread_self()
  }

  var declaredBytes: Int { contents.declaredBytes }

  /// The region with an index that `index(of:)` gave.
  func region(_ index: Int) -> Region { unsafe contents.regions[index].region.object }

  func forEachDeclared(_ body: (Declared) -> Void) {
    for index in contents.declared.indices { body(contents.declared[index]) }
  }

  /// The index of `region` among the transaction's regions; nil where it is new to it.
  @inline(__always)
  func index(of region: Region) -> Int? {
    for index in contents.regions.indices where contents.regions[index].isPlace(of: region) {
      return index
    }
    return nil
  }

  /// Takes a region that stays mapped until the transaction ends.
  func add(_ region: Region) -> Int {
    contents.regions.append(RegionPlace(of: region))
    return contents.regions.count - 1
  }

  /// Declares a range, and keeps its old bytes where the transaction may have to restore them.
  @inline(__always)
  func declare(_ region: Int, _ offset: Int, _ length: Int) {
    let start = contents.oldValues.count
    if mode == .restore {
      let place = contents.regions[region]
      unsafe contents.oldValues.append(place.span(offset, length))
    }
    contents.declaredBytes += length
    contents.declared.append(
      Declared(region: region, offset: offset, length: length, oldValuesStart: start))
  }

  /// Brings memory back to what it was at the beginning, where the mode has it: newest range first, since ranges may overlap.
  func restore() {
    guard mode == .restore else { return }
    for index in contents.declared.indices.reversed() {
      let range = contents.declared[index]
      unsafe contents.regions[range.region].replace(
        range.offset, with: contents.oldValues,
        range.oldValuesStart..<range.oldValuesStart + range.length)
    }
  }

  /// Puts the declared ranges in terms of segments into `ranges`.
  func collect(into ranges: inout CoalescedRanges) {
    ranges.removeAll()
    for index in contents.declared.indices {
      let range = contents.declared[index]
      let place = contents.regions[range.region]
      ranges.append(
        CoalescedRanges.Range(
          segment: place.segmentIndex, offset: place.offset + range.offset,
          length: range.length, region: range.region))
    }
  }

  /// Appends the bytes that memory holds in a range of one of the regions, as the range of a record.
  @inline(__always)
  func encode(_ range: CoalescedRanges.Range, to record: inout ByteWriter) {
    let place = contents.regions[range.region]
    Record.Range.append(segment: range.segment, offset: range.offset, length: range.length, to: &record)
    unsafe record.append(place.span(range.offset - place.offset, range.length))
  }

  /// Gives its regions back: from here on they may be unmapped.
  func reset() {
    contents.regions.removeAll()
    contents.declared.removeAll()
    contents.declaredBytes = 0
    contents.oldValues.removeAll()
  }
}
