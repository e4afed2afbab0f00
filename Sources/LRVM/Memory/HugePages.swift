import Glibc

/// Memory in huge pages where it fills some, and the system has them to give.
///
/// The first touch of a page costs more than filling it; a huge page is touched once instead of 512 times.
enum HugePages {
  /// Of one, in bytes.
  static let length = 1 << 21

  /// Memory that is not initialized, to be given back with `free`; nil where there is none.
  ///
  /// - Parameters:
  ///   - byteCount: not 0.
  ///   - alignment: a power of two, at least that of a pointer.
  @unsafe static func allocate(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let isLarge = byteCount >= length
    var memory: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&memory, isLarge ? max(alignment, length) : alignment, byteCount) == 0 else {
      return nil
    }
    // Advice only: without it the pages are small.
    if isLarge { unsafe madvise(memory, byteCount, MADV_HUGEPAGE) }
    return unsafe memory
  }
}
