/// Sets of bytes of a sector, one bit for each byte, numbered from 0 in the order in which they were added.
struct SectorMasks: ~Copyable {
  private let words = Column<UInt64>()
  private let wordsEach: Int

  init(sectorLength: Int) {
    wordsEach = sectorLength / 64
  }

  var count: Int { words.count / wordsEach }

  /// Adds an empty set and returns its number.
  func add() -> Int32 {
    let number = Int32(count)
    words.resize(to: words.count + wordsEach, filler: 0)
    return number
  }

  /// Drops the set that was added last.
  func removeLast() {
    words.resize(to: words.count - wordsEach, filler: 0)
  }

  /// Drops the sets from `count` on, and keeps their memory.
  func removeAll(from count: Int = 0) {
    words.resize(to: count * wordsEach, filler: 0)
  }

  func clear(_ mask: Int32) {
    for place in places(mask) { words[place] = 0 }
  }

  func insert(_ mask: Int32, _ range: Range<Int>) {
    forEachWord(mask, range) { place, bits in words[place] |= bits }
  }

  func remove(_ mask: Int32, _ range: Range<Int>) {
    forEachWord(mask, range) { place, bits in words[place] &= ~bits }
  }

  func copy(_ mask: Int32, from other: borrowing SectorMasks, _ otherMask: Int32) {
    let first = Int(otherMask) * wordsEach
    for (index, place) in places(mask).enumerated() { words[place] = other.words[first + index] }
  }

  func formUnion(_ mask: Int32, _ other: borrowing SectorMasks, _ otherMask: Int32) {
    let first = Int(otherMask) * wordsEach
    for (index, place) in places(mask).enumerated() { words[place] |= other.words[first + index] }
  }

  func subtract(_ mask: Int32, _ other: borrowing SectorMasks, _ otherMask: Int32) {
    let first = Int(otherMask) * wordsEach
    for (index, place) in places(mask).enumerated() { words[place] &= ~other.words[first + index] }
  }

  func formIntersection(_ mask: Int32, _ other: borrowing SectorMasks, _ otherMask: Int32) {
    let first = Int(otherMask) * wordsEach
    for (index, place) in places(mask).enumerated() { words[place] &= other.words[first + index] }
  }

  func isEmpty(_ mask: Int32) -> Bool {
    for place in places(mask) where words[place] != 0 { return false }
    return true
  }

  func isFull(_ mask: Int32) -> Bool {
    for place in places(mask) where words[place] != ~0 { return false }
    return true
  }

  /// Whether a set holds the same bytes as one of `other`.
  func equals(_ mask: Int32, _ other: borrowing SectorMasks, _ otherMask: Int32) -> Bool {
    let first = Int(otherMask) * wordsEach
    for (index, place) in places(mask).enumerated() where words[place] != other.words[first + index] {
      return false
    }
    return true
  }

  /// Whether a set holds all bytes of one of `other`.
  func holds(_ mask: Int32, allOf otherMask: Int32, of other: borrowing SectorMasks) -> Bool {
    let first = Int(otherMask) * wordsEach
    for (index, place) in places(mask).enumerated() where other.words[first + index] & ~words[place] != 0 {
      return false
    }
    return true
  }

  /// Whether `one` and `other` agree on which bytes of `mask` they hold.
  func agree(_ one: Int32, _ other: Int32, on mask: Int32, of masks: borrowing SectorMasks) -> Bool {
    let (oneFirst, otherFirst) = (Int(one) * wordsEach, Int(other) * wordsEach)
    for (index, place) in masks.places(mask).enumerated()
    where (words[oneFirst + index] ^ words[otherFirst + index]) & masks.words[place] != 0 {
      return false
    }
    return true
  }

  /// Whether two sectors hold the same bytes in the set.
  @unsafe
  func bytesAgree(_ mask: Int32, _ one: UnsafeRawPointer, _ other: UnsafeRawPointer) -> Bool {
    var start = 0
    for place in places(mask) {
      let bits = words[place]
      if bits == ~0 {
        for word in 0..<8 {
          let offset = start + word * 8
          if unsafe one.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            != other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          {
            return false
          }
        }
      } else {
        var rest = bits
        while rest != 0 {
          let offset = start + rest.trailingZeroBitCount
          if unsafe one.load(fromByteOffset: offset, as: UInt8.self)
            != other.load(fromByteOffset: offset, as: UInt8.self)
          {
            return false
          }
          rest &= rest - 1
        }
      }
      start += 64
    }
    return true
  }

  /// Copies the bytes of the set from one sector to another.
  @unsafe
  func copyBytes(_ mask: Int32, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    var start = 0
    for place in places(mask) {
      let bits = words[place]
      if bits == ~0 {
        unsafe (target + start).copyMemory(from: source + start, byteCount: 64)
      } else {
        var rest = bits
        while rest != 0 {
          let offset = start + rest.trailingZeroBitCount
          unsafe target.storeBytes(
            of: source.load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
          rest &= rest - 1
        }
      }
      start += 64
    }
  }

  private func places(_ mask: Int32) -> Range<Int> {
    Int(mask) * wordsEach..<(Int(mask) + 1) * wordsEach
  }

  private func forEachWord(_ mask: Int32, _ range: Range<Int>, _ body: (Int, UInt64) -> Void) {
    if range.isEmpty { return }
    let first = Int(mask) * wordsEach
    for word in range.lowerBound / 64...(range.upperBound - 1) / 64 {
      let lower = max(range.lowerBound - word * 64, 0)
      let upper = min(range.upperBound - word * 64, 64)
      let bits: UInt64 = upper - lower == 64 ? ~0 : ((1 << UInt64(upper - lower)) - 1) << UInt64(lower)
      body(first + word, bits)
    }
  }
}
