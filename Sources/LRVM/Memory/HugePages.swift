import Glibc

/// Memory in large pages, where the system has them to give: fewer addresses to translate.
enum HugePages {
  /// Of one page, in bytes.
  static let length = 1 << 21

  /// Asks for them. It is advice: where it is not taken, all is as before.
  @unsafe static func advise(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
    unsafe madvise(memory, byteCount, MADV_HUGEPAGE)
  }
}
