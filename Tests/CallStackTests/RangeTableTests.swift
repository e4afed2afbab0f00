import CallStack
import Testing

@Suite struct RangeTableTests {
  /// The definition: of all ranges that hold the address, the one that begins last; among equals the later one.
  private func bruteForce(_ ranges: [(range: Range<UInt64>, value: Int)], _ address: UInt64) -> Int? {
    ranges.enumerated()
      .filter { $0.element.range.contains(address) }
      .max { ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset) }?
      .element.value
  }

  @Test func agreesWithTheDefinition() {
    var state: UInt64 = 42
    func draw(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    for _ in 0..<400 {
      let ranges = (0..<Int(draw(12))).map { value -> (range: Range<UInt64>, value: Int) in
        let start = draw(40)
        return (start..<start + draw(12), value)
      }
      let table = RangeTable(ranges)
      for address in 0..<UInt64(55) {
        #expect(table[address] == bruteForce(ranges, address), "\(ranges) at \(address)")
      }
    }
  }

  @Test func holdsTheGreatestAddresses() {
    let table = RangeTable([(range: (UInt64.max - 2)..<UInt64.max, value: "last")])
    #expect(table[.max - 1] == "last")
    #expect(table[.max] == nil)
    #expect(RangeTable<Int>([])[0] == nil)
  }
}
