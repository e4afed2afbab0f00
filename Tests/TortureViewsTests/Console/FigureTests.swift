import BigInt
import Testing

@testable import TortureViews

@Suite struct FigureTests {
  @Test func figuresAreGrouped() {
    #expect([0, 999, 1000, -1_234_567].map(Figure.grouped) == ["0", "999", "1,000", "-1,234,567"])
    #expect(Figure.seconds(12.34) == "12.3")
    #expect(Figure.table([["a", "1"], ["bcd", "23"]]) == ["a     1", "bcd  23"])
  }

  @Test func figuresAreCompactAndNeverMoreThanTheyAre() {
    #expect(Figure.compact(0) == "0")
    #expect(Figure.compact(9_999_999) == "9,999,999")
    #expect(Figure.compact(10_000_000) == "1.0e7")
    #expect(Figure.compact(19_999_999) == "1.9e7")
    #expect(Figure.compact(42_000_000_000) == "4.2e10")
    #expect(Figure.compact(BigUInt(10).power(400) - 1) == "9.9e399")
  }
}
