/// Where a state differs from the one that was expected.
struct Comparison {
  /// A byte of a segment.
  struct Place: Hashable, Comparable {
    var segment: Int
    var offset: Int

    static func < (left: Place, right: Place) -> Bool {
      (left.segment, left.offset) < (right.segment, right.offset)
    }
  }

  let expected: [[UInt8]]
  let found: [[UInt8]]
  /// How many bytes differ.
  let count: Int

  init(expected: [[UInt8]], found: [[UInt8]]) {
    self.expected = expected
    self.found = found
    count = zip(expected, found).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    }
  }

  /// How many of the differing bytes are what `transaction` stored there last.
  func bytesExplained(by transaction: WorkloadTransaction) -> Int {
    var count = 0
    for (index, write) in transaction.writes.enumerated() {
      let later = transaction.writes[(index + 1)...].filter { $0.segment == write.segment }
      for offset in write.range where differs(write.segment, offset) {
        let isOverwritten = later.contains { $0.range.contains(offset) }
        if !isOverwritten, found[write.segment][offset] == write.bytes[offset - write.offset] { count += 1 }
      }
    }
    return count
  }

  /// The first byte that differs; where `transaction` is given and a byte that it stored differs, the first such.
  func firstDifference(in transaction: WorkloadTransaction?) -> Place? {
    var first: Place?
    for write in transaction?.writes ?? [] {
      for offset in write.range where differs(write.segment, offset) {
        let place = Place(segment: write.segment, offset: offset)
        first = min(first ?? place, place)
        break
      }
    }
    if let first { return first }
    for segment in found.indices {
      if let offset = found[segment].indices.first(where: { differs(segment, $0) }) {
        return Place(segment: segment, offset: offset)
      }
    }
    return nil
  }

  /// Up to 16 bytes from `place` on.
  func excerpt(of images: [[UInt8]], at place: Place) -> [UInt8] {
    let image = images[place.segment]
    return Array(image[place.offset..<min(place.offset + 16, image.count)])
  }

  private func differs(_ segment: Int, _ offset: Int) -> Bool {
    found[segment][offset] != expected[segment][offset]
  }
}
