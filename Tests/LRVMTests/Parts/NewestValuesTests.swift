import Storage
import Testing

@testable import LRVM

/// Against painted bytes: each range paints its own bytes in order of age.
@Suite struct NewestValuesTests {
  /// Where the values of each byte lie, by segment.
  private typealias Painting = [[Int?]]

  /// Few candidates are sorted by comparisons, many digit by digit: in segments of more than one digit, too.
  @Test(arguments: [(rounds: 2000, ranges: 14, length: 48), (rounds: 20, ranges: 1200, length: 5000)])
  func eachByteComesOutOnceWithItsNewestValue(_ size: (rounds: Int, ranges: Int, length: Int)) {
    var random = Random(seed: 12)
    for _ in 0..<size.rounds {
      let blank = Painting(repeating: [Int?](repeating: nil, count: size.length), count: 3)
      var newest = NewestValues()
      for _ in 0..<2 {
        newest.removeAll()
        var painted = blank
        var place = 100
        for _ in 0..<random.below(size.ranges) {
          let segment = random.below(3)
          let offset = random.below(size.length - 8)
          let length = 1 + random.below(min(20, size.length - offset))
          newest.add(.init(segment: segment, offset: offset, length: length, valuesStart: place))
          for index in 0..<length { painted[segment][offset + index] = place + index }
          place += length + random.below(2)
        }
        newest.begin()
        #expect(sweep(&newest, atLeast: 1 + random.below(60), blank) == painted)
      }
    }
  }

  /// What comes out; the order and the portions are held against what is documented.
  private func sweep(_ newest: inout NewestValues, atLeast bytesMin: Int, _ blank: Painting) -> Painting {
    var found = blank
    var end = (segment: 0, offset: 0)
    var portion: [Placement] = []
    var wasFull = true
    while let segment = newest.nextPortion(atLeast: bytesMin, into: &portion) {
      // A portion ends with its segment, or where it has enough and the next piece lies apart.
      if segment == end.segment && end.offset > 0 {
        #expect(wasFull && end.offset < portion[0].offset)
      } else {
        #expect(segment > end.segment || end.offset == 0)
        end = (segment, 0)
      }
      for piece in portion {
        #expect(piece.length > 0 && piece.offset >= end.offset)
        for index in 0..<piece.length { found[segment][piece.offset + index] = piece.start + index }
        end.offset = piece.end
      }
      let bytes = portion.map(\.length)
      wasFull = bytes.reduce(0, +) >= bytesMin
      // Without the last stretch it has too few.
      var stretch = portion.count - 1
      while stretch > 0, portion[stretch - 1].end == portion[stretch].offset { stretch -= 1 }
      #expect(bytes[..<stretch].reduce(0, +) < bytesMin)
    }
    return found
  }
}
