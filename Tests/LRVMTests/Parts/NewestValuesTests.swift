import Testing

@testable import LRVM

/// Against painted bytes: each range paints its own bytes in order of age.
@Suite struct NewestValuesTests {
  /// Few candidates are sorted by comparisons, many digit by digit: in segments of more than one digit, too.
  @Test(arguments: [(rounds: 2000, ranges: 14, length: 48), (rounds: 20, ranges: 1200, length: 5000)])
  func eachByteComesOutOnceWithItsNewestValue(_ size: (rounds: Int, ranges: Int, length: Int)) {
    var random = Random(seed: 12)
    for _ in 0..<size.rounds {
      var newest = NewestValues()
      var painted: [[Int?]] = [[Int?]](repeating: [Int?](repeating: nil, count: size.length), count: 3)
      var place = 100
      for age in 0..<random.below(size.ranges) {
        let segment = random.below(3)
        let offset = random.below(size.length - 8)
        let length = 1 + random.below(min(20, size.length - offset))
        newest.add(.init(segment: segment, offset: offset, length: length, valuesStart: place), age: age)
        for index in 0..<length { painted[segment][offset + index] = place + index }
        place += length + random.below(2)
      }
      var found: [[Int?]] = [[Int?]](repeating: [Int?](repeating: nil, count: size.length), count: 3)
      var end = (segment: 0, offset: 0)
      for piece in newest.pieces() {
        #expect((end.segment, end.offset) <= (piece.segment, piece.offset))
        #expect(piece.length > 0)
        for index in 0..<piece.length {
          found[piece.segment][piece.offset + index] = piece.valuesStart + index
        }
        end = (piece.segment, piece.offset + piece.length)
      }
      #expect(found == painted)
    }
  }
}
