internal import CBytes

/// A short run of bytes, to be found in longer ones.
///
/// - Safety: pointers never leave the call.
package struct BytePattern: Sendable {
  private let bytes: [UInt8]

  package init(_ text: String) { bytes = Array(text.utf8) }

  package var count: Int { bytes.count }

  /// Where the pattern stands first in `text`, an index into it; nil where it does not.
  package func first(in text: ArraySlice<UInt8>) -> Int? {
    let offset = unsafe text.withUnsafeBytes { text -> Int? in
      unsafe bytes.withUnsafeBytes { bytes -> Int? in
        guard let start = text.baseAddress, let pattern = bytes.baseAddress,
          let found = unsafe cbytes_find(start, text.count, pattern, bytes.count)
        else { return nil }
        return unsafe found - start
      }
    }
    return offset.map { $0 + text.startIndex }
  }
}
