internal import LRVM

/// The bytes of a heap. All integers are the machine's (little-endian on every machine that LRVM runs on).
///
///     0    magic         8   "LRVMheap"
///     8    version       8   2
///     16   length        8   bytes from the heap's beginning to its end
///     24   root          8   offset of the root, 0 for none
///     32   blocksInUse   8
///     40   bytesInUse    8   of blocks, their headers included
///     64   bins        256   for each size class the offset of its first free block, 0 for none
///     320  blocks
///
/// Blocks lie back to back to the end, each a multiple of 16 bytes. A block begins with its header:
///
///     0    size          8   bytes, this header included; bit 0: in use; bit 1: the block before it is in use
///     8    tag           8   a number that follows from the offset and from the size with its bits
///     16   what was allocated, or, of a free block:
///     16   next          8   the next free block of its class, 0 for none
///     24   previous      8   the one before it
///     size - 8  size     8   again, so that the block after it finds where it begins
///
/// The size classes are powers of 2: class n holds blocks from 2^(n+5) bytes to less than twice as many.
enum HeapLayout {
  static let magic: UInt64 = 0x7061_6568_4d56_524c
  static let version: UInt64 = 2
  static let magicOffset = 0
  static let versionOffset = 8
  static let lengthOffset = 16
  static let rootOffset = 24
  static let blocksInUseOffset = 32
  static let bytesInUseOffset = 40
  static let binsOffset = 64
  static let binCount = 32
  static let blocksOffset = binsOffset + 8 * binCount

  static let blockHeaderLength = 16
  /// In a free block: where its neighbours in its list are named.
  static let nextOffset = 16
  static let previousOffset = 24
  static let granule = 16
  static let blockLengthMin = 48
  static let alignmentMax = RVM.pageLength

  /// The size class that a free block of `length` bytes belongs to.
  static func bin(_ length: Int) -> Int {
    min(binCount - 1, max(0, Int.bitWidth - 1 - length.leadingZeroBitCount - 5))
  }

  static func binOffset(_ bin: Int) -> Int { binsOffset + 8 * bin }

  /// The block that holds `length` bytes, in whole granules; nil where no number can say it.
  static func blockLength(_ length: Int) -> Int? {
    let (sum, overflow) = length.addingReportingOverflow(blockHeaderLength + granule - 1)
    return overflow ? nil : max(blockLengthMin, sum / granule * granule)
  }
}

/// The header of a block.
struct BlockHeader: BitwiseCopyable, Equatable {
  private var word: UInt64
  private var tag: UInt64

  init(length: Int, isInUse: Bool, isPreviousInUse: Bool, at offset: Int) {
    word = UInt64(length) | (isInUse ? 1 : 0) | (isPreviousInUse ? 2 : 0)
    tag = Self.tag(offset, word)
  }

  var length: Int { Int(truncatingIfNeeded: word & ~15) }
  var isInUse: Bool { word & 1 != 0 }
  var isPreviousInUse: Bool { word & 2 != 0 }

  /// Whether it is the header of a block at `offset`, and not some other bytes.
  func isHeader(at offset: Int) -> Bool { word & 12 == 0 && tag == Self.tag(offset, word) }

  /// Another one for each offset and each word, so that a header that lost a bit is none.
  private static func tag(_ offset: Int, _ word: UInt64) -> UInt64 {
    let mixed = (UInt64(offset) ^ 0x6565_7266_2121_2121) &* 0x9E37_79B9_7F4A_7C15
    return (mixed ^ mixed >> 32 ^ word) &* 0xBF58_476D_1CE4_E5B9
  }
}
