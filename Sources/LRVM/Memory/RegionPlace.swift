/// Where a region lies, in memory and in its segment: all that reading a range of it takes, without its reference count.
///
/// Who has one may do nothing with its memory but what is marked as unsafe: the region must be mapped then. A transaction keeps its
/// regions mapped.
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
  ///
  /// - Safety: the region is mapped.
  @unsafe @_lifetime(borrow self)
  @inline(__always)
  func span(_ start: Int, _ count: Int) -> RawSpan {
    check(start, count)
    let span = unsafe RawSpan(_unsafeStart: base.advanced(by: start), byteCount: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// - Safety: the region is mapped.
  @unsafe func replace(_ start: Int, with buffer: borrowing ByteBuffer, _ range: Range<Int>) {
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
