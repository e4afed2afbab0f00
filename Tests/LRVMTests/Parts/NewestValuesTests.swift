import Testing

@testable import LRVM

/// Against painted bytes: each range paints its own bytes in order of age.
@Suite struct NewestValuesTests {
  @Test func eachByteComesOutOnceWithItsNewestValue() {
    var random = Random(seed: 12)
    for _ in 0..<2000 {
      var newest = NewestValues()
      var painted: [[Int?]] = [[Int?]](repeating: [Int?](repeating: nil, count: 48), count: 3)
      var place = 100
      for age in 0..<random.below(14) {
        let segment = random.below(3)
        let offset = random.below(40)
        let length = 1 + random.below(min(20, 48 - offset))
        newest.add(.init(segment: segment, offset: offset, length: length, valuesStart: place), age: age)
        for index in 0..<length { painted[segment][offset + index] = place + index }
        place += length + random.below(2)
      }
      var found: [[Int?]] = [[Int?]](repeating: [Int?](repeating: nil, count: 48), count: 3)
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
