import CXXHash

/// The values in bytes that somebody else holds; integers are stored little-endian, at any alignment.
extension RawSpan {
  @inline(__always)
  func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    unsafe Value(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// XXH3 (64 bits) of the bytes in `range`.
  func checksum(of range: Range<Int>) -> UInt64 {
    let part = extracting(range)
    return unsafe part.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return cxxhash_xxh3_64(nil, 0, 0) }
      return unsafe cxxhash_xxh3_64(start, bytes.count, 0)
    }
  }

  /// Whether every byte is zero.
  var isZero: Bool { unsafe withUnsafeBytes { bytes in unsafe bytes.allSatisfy { $0 == 0 } } }

  /// The text in `range`; nil where it is not UTF-8.
  func string(in range: Range<Int>) -> String? {
    unsafe extracting(range).withUnsafeBytes { bytes in unsafe String(validating: bytes, as: UTF8.self) }
  }
}
