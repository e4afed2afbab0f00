/// What is left to write of a vectored write: whole parts from `next` on, and a first one that may be begun.
///
/// - Safety: holds the caller's pointers; valid as long as they are.
@unsafe struct GatheredParts {
  private let parts: [UnsafeRawBufferPointer]
  private var next = 0
  /// How many bytes of the part `next` are written.
  private var begun = 0

  init(_ parts: [UnsafeRawBufferPointer]) {
    unsafe self.parts = unsafe parts.filter { unsafe !$0.isEmpty }
  }

  /// Whether all is written; there is no batch then.
  var isEmpty: Bool { unsafe next == parts.count }

  /// The next parts, at most `countMax` of them.
  func batch(_ countMax: Int) -> [UnsafeRawBufferPointer] {
    let end = unsafe min(parts.count, next + countMax)
    var batch = unsafe Array(parts[next..<end])
    unsafe batch[0] = unsafe UnsafeRawBufferPointer(rebasing: batch[0].dropFirst(begun))
    return unsafe batch
  }

  /// Takes off the first `count` bytes.
  mutating func drop(_ count: Int) {
    var left = count
    while left > 0 {
      let rest = unsafe parts[next].count - begun
      if left < rest {
        unsafe begun += left
        return
      }
      left -= rest
      unsafe next += 1
      unsafe begun = 0
    }
  }
}
