import Testing

@testable import TortureCampaign

@Suite struct ReorderBufferTests {
  @Test func anyOrderComesOutInOrder() {
    // All orders of five elements.
    func permutations(_ elements: [Int]) -> [[Int]] {
      guard !elements.isEmpty else { return [[]] }
      return elements.flatMap { first in
        permutations(elements.filter { $0 != first }).map { [first] + $0 }
      }
    }
    for order in permutations([0, 1, 2, 3, 4]) {
      var buffer = ReorderBuffer<Int>()
      var output: [Int] = []
      var seen: Set<Int> = []
      for index in order {
        output += buffer.insert(index * 10, at: index)
        seen.insert(index)
        // What is out is the longest beginning without a gap.
        let complete = (0..<5).prefix { seen.contains($0) }
        #expect(output == complete.map { $0 * 10 })
      }
    }
  }

  @Test func drainGivesTheRestInOrder() {
    var buffer = ReorderBuffer<String>()
    #expect(buffer.insert("c", at: 2).isEmpty)
    #expect(buffer.insert("f", at: 5).isEmpty)
    #expect(buffer.insert("a", at: 0) == ["a"])
    #expect(buffer.drain() == ["c", "f"])
    #expect(buffer.drain().isEmpty)
    #expect(buffer.insert("g", at: 6) == ["g"])
  }
}
