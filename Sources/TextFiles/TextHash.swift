internal import CXXHash

/// Hashes of text, for names and fingerprints: XXH3, 64 bits.
package enum TextHash {
  package static func of(_ text: String) -> UInt64 { of(ArraySlice(Array(text.utf8))) }

  package static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe cxxhash_xxh3_64($0.baseAddress, $0.count, 0) }
  }

  /// 16 hexadecimal digits.
  package static func digits(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
