internal import CFuse
internal import CXXHash
internal import FaultFS
internal import SystemPackage

/// What a volume answers to one call of the kernel.
enum VolumeAnswer {
  case failed(Errno)
  case done
  case entry(cfuse_attributes)
  case created(cfuse_attributes, handle: UInt64)
  case attributes(cfuse_attributes)
  case opened(UInt64)
  case bytes([UInt8])
  case linkText([UInt8])
  /// An extended attribute, or their names.
  case value([UInt8])
  /// How many bytes were written or copied.
  case count(Int)
  case statistics(cfuse_statistics)
  /// A directory, and the number of the entry that comes first.
  case entries([ListedEntry], from: Int)

  /// One entry of a directory, as it is listed.
  struct ListedEntry {
    var name: FileName
    var number: UInt64
    /// The type's bits of a mode.
    var mode: UInt32
  }

  /// A hash of what a program can go by: all but times, which no crash state has for itself.
  var hash: UInt64 {
    switch self {
    case .failed(let errno): Self.hash(1, words: [UInt64(UInt32(bitPattern: errno.rawValue))])
    case .done: Self.hash(2, words: [])
    case .entry(let attributes): Self.hash(3, words: Self.words(attributes))
    case .created(let attributes, let handle): Self.hash(4, words: Self.words(attributes) + [handle])
    case .attributes(let attributes): Self.hash(5, words: Self.words(attributes))
    case .opened(let handle): Self.hash(6, words: [handle])
    case .bytes(let bytes): Self.hash(7, bytes)
    case .linkText(let bytes): Self.hash(8, bytes)
    case .value(let bytes): Self.hash(9, bytes)
    case .count(let count): Self.hash(10, words: [UInt64(count)])
    case .statistics: Self.hash(11, words: [])
    case .entries(let entries, let offset):
      Self.hash(
        12,
        entries.dropFirst(offset).flatMap { entry in
          entry.name.bytes + [0, UInt8(truncatingIfNeeded: entry.mode >> 8)]
            + (0..<8).map { UInt8(truncatingIfNeeded: entry.number >> (8 * $0)) }
        })
    }
  }

  private static func words(_ attributes: cfuse_attributes) -> [UInt64] {
    [
      attributes.number, attributes.size, UInt64(attributes.mode), UInt64(attributes.links),
      UInt64(attributes.user) << 32 | UInt64(attributes.group), UInt64(attributes.device),
    ]
  }

  private static func hash(_ kind: UInt64, _ bytes: [UInt8]) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe cxxhash_xxh3_64($0.baseAddress, $0.count, kind) }
  }

  private static func hash(_ kind: UInt64, words: [UInt64]) -> UInt64 {
    unsafe words.withUnsafeBytes { unsafe cxxhash_xxh3_64($0.baseAddress, $0.count, kind) }
  }
}
