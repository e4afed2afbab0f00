/// An inode of the `inodes` workload: 56 bytes, so that some cross a sector's border. The number of links, the
/// number of blocks, the generation, up to eight blocks (each its number from 1), a checksum of these. One that was
/// never used is all zeros.
struct Inode {
  static let length = 56
  static let blocksMax = 8

  var links: UInt32
  /// How often the inode was created.
  var generation: UInt64
  /// Counted from 0.
  var blocks: [Int]

  /// Reads an inode; what its bytes say beyond `blocksMax` blocks is cut off, and then they are not its `bytes`.
  init(_ image: [UInt8], at offset: Int) {
    links = LittleEndian.integer32(image, at: offset)
    generation = LittleEndian.integer64(image, at: offset + 8)
    let count = min(Int(LittleEndian.integer32(image, at: offset + 4)), Self.blocksMax)
    blocks = (0..<count).map { Int(LittleEndian.integer32(image, at: offset + 16 + 4 * $0)) - 1 }
  }

  var bytes: [UInt8] {
    var result = LittleEndian.bytes(links) + LittleEndian.bytes(UInt32(blocks.count))
    result += LittleEndian.bytes(generation)
    for index in 0..<Self.blocksMax {
      result += LittleEndian.bytes(index < blocks.count ? UInt32(blocks[index] + 1) : 0)
    }
    let words = stride(from: 0, to: result.count, by: 8).map { LittleEndian.integer64(result, at: $0) }
    return result + LittleEndian.bytes(LittleEndian.checksum(words))
  }
}
