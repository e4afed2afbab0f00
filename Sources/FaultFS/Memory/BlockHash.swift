internal import CXXHash

/// Hashes of the content of files, block by block: the hash of a file is the exclusive or of the hashes of its blocks.
///
/// A block's hash is seeded by its place, so that exchanged blocks show. A change to a block changes the file's hash by
/// the block's old and new hash alone: who knows what was touched pays for that only.
public enum BlockHash {
  /// A block's length in bytes; a file's last block may be shorter.
  public static let blockLength = 512

  /// The hash of one block. Allocates nothing.
  ///
  /// - Parameters:
  ///   - bytes: the block's content.
  ///   - stream: keeps files apart whose hashes are combined.
  ///   - block: the block's number in its file, from 0.
  public static func block(_ bytes: RawSpan, stream: Int, block: Int) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe hash($0, stream: stream, block: block) }
  }

  @unsafe
  static func hash(_ bytes: UnsafeRawBufferPointer, stream: Int, block: Int) -> UInt64 {
    let place = UInt64(truncatingIfNeeded: stream) << 40 ^ UInt64(truncatingIfNeeded: block)
    return unsafe cxxhash_xxh3_64(bytes.baseAddress, bytes.count, place &* 0x9e37_79b9_7f4a_7c15)
  }
}

/// The hash of one file in an image store, kept as the file changes: only the blocks that were touched since the last
/// time are hashed again.
final class ContentHash {
  private let stream: Int
  private let size: Int
  private let hashes = Column<UInt64>()
  private var total: UInt64 = 0
  private let stale = Column<Int32>()
  private let isStale = Column<Bool>()

  init(stream: Int, size: Int) {
    self.stream = stream
    self.size = size
    let blocks = (size + BlockHash.blockLength - 1) / BlockHash.blockLength
    hashes.resize(to: blocks, filler: 0)
    isStale.resize(to: blocks, filler: true)
    for block in 0..<blocks { stale.append(Int32(block)) }
  }

  func matches(stream: Int, size: Int) -> Bool { stream == self.stream && size == self.size }

  /// The bytes in `range` may have changed.
  func touch(_ range: Range<Int>) {
    let end = min(range.upperBound, size)
    guard range.lowerBound < end else { return }
    for block in range.lowerBound / BlockHash.blockLength...(end - 1) / BlockHash.blockLength
    where !isStale[block] {
      isStale[block] = true
      stale.append(Int32(block))
    }
  }

  /// The file's hash now; `read` gives the bytes of a range.
  @unsafe
  func value(_ read: (Range<Int>, (UnsafeRawBufferPointer) -> Void) -> Void) -> UInt64 {
    for place in 0..<stale.count {
      let block = Int(stale[place])
      let start = block * BlockHash.blockLength
      unsafe read(start..<min(start + BlockHash.blockLength, size)) { bytes in
        let hash = unsafe BlockHash.hash(bytes, stream: stream, block: block)
        total ^= hashes[block] ^ hash
        hashes[block] = hash
      }
      isStale[block] = false
    }
    stale.removeAll()
    return total
  }
}
