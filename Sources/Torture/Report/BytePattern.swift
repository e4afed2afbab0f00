/// Finds a short run of bytes in a longer one after Horspool (Software: Practice and Experience 10, 1980): what stands
/// at the end of the place tried says how far the next one is away.
///
/// - Safety: pointers never leave the call.
struct BytePattern {
  private let bytes: [UInt8]
  private let skips: [Int]

  init(_ text: String) {
    bytes = Array(text.utf8)
    var skips = [Int](repeating: bytes.count, count: 256)
    for (index, byte) in bytes.dropLast().enumerated() { skips[Int(byte)] = bytes.count - 1 - index }
    self.skips = skips
  }

  var count: Int { bytes.count }

  /// Where the pattern stands first in `text`, an index into it; nil where it does not.
  func first(in text: ArraySlice<UInt8>) -> Int? {
    let offset = unsafe text.withUnsafeBufferPointer { text in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe skips.withUnsafeBufferPointer { skips in unsafe Self.find(bytes, skips, text) }
      }
    }
    return offset.map { $0 + text.startIndex }
  }

  private static func find(
    _ pattern: UnsafeBufferPointer<UInt8>, _ skips: UnsafeBufferPointer<Int>,
    _ text: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    let last = pattern.count - 1
    var end = last
    while end < text.count {
      var matched = 0
      while matched <= last, unsafe text[end - matched] == pattern[last - matched] { matched += 1 }
      if matched > last { return end - last }
      unsafe end += skips[Int(text[end])]
    }
    return nil
  }
}
