import SeededRandom
import Testing
import TextFiles

@Suite struct BytePatternTests {
  @Test func patternsAreFoundWhereAPlainSearchFindsThem() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<2000 {
      let text = (0..<Int(random.next() % 40)).map { _ in UInt8(random.next() % 3) + 97 }
      let word = (0..<Int(random.next() % 4) + 1).map { _ in UInt8(random.next() % 3) + 97 }
      let plain = text.indices.first { text[$0...].starts(with: word) }
      let pattern = BytePattern(String(decoding: word, as: UTF8.self))
      #expect(pattern.first(in: text[...]) == plain)
      if let plain, plain > 0 { #expect(pattern.first(in: text[1...]) == plain) }
    }
  }
}
