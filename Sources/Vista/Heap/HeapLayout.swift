/// The bytes of a heap. All integers are the machine's.
///
///     0     magic      8   "VistaHea"
///     8     version    8   1
///     16    pageCount  8
///     64    roots     16 each: a key, and an offset in the region, 0 for none; 60 of them
///     1024  pages     64 each (`PageLayout`)
///           blocks        from the next multiple of 4096 on, 4096 bytes for each page
///
/// Everything but the roots changes outside of ranges: a block is allocated by setting a bit, which a record in the log
/// clears where the transaction aborts, and freed by clearing it once the transaction has committed. So open transactions
/// can allocate and free at the same time.
enum HeapLayout {
  static let magic: UInt64 = 0x6165_4861_7473_6956
  static let version: UInt64 = 1
  static let magicOffset = 0
  static let versionOffset = 8
  static let pageCountOffset = 16

  static let rootsOffset = 64
  static let rootLength = 16
  static let rootCount = 60

  static let pagesOffset = 1024
  static let pageEntryLength = 64
  static let pageLength = 4096
  static let alignmentMax = pageLength

  static func entry(_ page: Int) -> Int { pagesOffset + page * pageEntryLength }

  /// Where the blocks of `pageCount` pages begin, in the region.
  static func blocksOffset(_ pageCount: Int) -> Int {
    (pagesOffset + pageCount * pageEntryLength + pageLength - 1) / pageLength * pageLength
  }

  /// How many pages fit a region.
  static func pageCount(_ regionLength: Int) -> Int {
    var count = max(0, (regionLength - pagesOffset) / (pageLength + pageEntryLength))
    while count > 0 && blocksOffset(count) + count * pageLength > regionLength { count -= 1 }
    return count
  }
}

/// The bytes of a page's entry: one cache line, whose stores survive in order.
///
///     0    use    8   the length of the page's blocks, in bytes; for a run of whole pages, 2^32 plus their number
///     8    bits  32   one for each block that is allocated; of a run, the first
///
/// A page without a bit is free, whatever its use says. The pages of a run after its first have no bits.
enum PageLayout {
  static let useOffset = 0
  static let bitsOffset = 8
  static let wordCount = 4
  static let runFlag: UInt64 = 1 << 32

  /// The lengths of blocks that share a page.
  static let blockLengths = [
    16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024, 1344, 2048,
  ]

  /// The shortest kind of block that holds `length` bytes, aligned; nil where that takes whole pages.
  static func kind(_ length: Int, alignment: Int) -> Int? {
    blockLengths.firstIndex { $0 >= length && $0 % alignment == 0 }
  }
}
