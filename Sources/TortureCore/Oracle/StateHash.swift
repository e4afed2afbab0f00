internal import FaultFS

/// The hash of a state of all segments: the exclusive or of the hashes of its blocks, each seeded by its place.
///
/// A change to a block changes the state's hash by the block's old and new hash alone, so a caller that knows which
/// blocks a crash and its recovery changed pays for those only.
public struct StateHash: Sendable {
  /// A block's length in bytes; a segment's last block may be shorter.
  public static let blockLength = BlockHash.blockLength

  /// The hash of one block: `bytes` are block `block` (offset `block * blockLength`) of segment `segment`.
  /// Allocates nothing.
  public static func block(segment: Int, block: Int, bytes: RawSpan) -> UInt64 {
    BlockHash.block(bytes, stream: segment, block: block)
  }

  /// The hash of block `block` of segment `segment`, whose bytes are `image`.
  package static func block(segment: Int, block index: Int, of image: [UInt8]) -> UInt64 {
    let start = index * blockLength
    let end = min(start + blockLength, image.count)
    return unsafe block(segment: segment, block: index, bytes: image.span.bytes.extracting(start..<end))
  }

  /// The exclusive or of the hashes of all blocks of segment `segment`, whose bytes are `bytes`. The hash of a
  /// state is the exclusive or of this over its segments. Allocates nothing.
  public static func segment(_ segment: Int, bytes: RawSpan) -> UInt64 {
    var hash: UInt64 = 0
    var offset = 0
    var index = 0
    while offset < bytes.byteCount {
      let end = min(offset + blockLength, bytes.byteCount)
      hash ^= block(segment: segment, block: index, bytes: bytes.extracting(offset..<end))
      offset = end
      index += 1
    }
    return hash
  }

  /// The hash of the state whose segments are `images`.
  public static func state(_ images: [[UInt8]]) -> UInt64 {
    var hash: UInt64 = 0
    for (index, image) in images.enumerated() {
      hash ^= unsafe segment(index, bytes: image.span.bytes)
    }
    return hash
  }
}
