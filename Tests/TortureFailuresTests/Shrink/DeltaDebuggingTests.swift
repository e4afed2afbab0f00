import SeededRandom
import Testing

@testable import TortureFailures

@Suite struct DeltaDebuggingTests {
  /// What is left of `0..<count` where `holds` says whether something holds of a part of it.
  private func reduce(_ count: Int, isFine: Bool = false, _ holds: (Set<Int>) -> Bool) -> (
    left: [Int], tried: Int
  ) {
    var items = Array(0..<count)
    var reduction = DeltaDebugging(count: count, isFine: isFine)
    var tried = 0
    while let omitted = reduction.omitted {
      #expect(omitted == omitted.sorted() && Set(omitted).count == omitted.count)
      #expect(omitted.allSatisfy { items.indices.contains($0) })
      let rest = items.indices.filter { !omitted.contains($0) }.map { items[$0] }
      let isHeld = rest.count < items.count && holds(Set(rest))
      if isHeld { items = rest }
      reduction.take(isHeld)
      #expect(reduction.count == items.count)
      tried += 1
    }
    return (items, tried)
  }

  /// Random properties, held against every part that lacks one item or two of the result.
  @Test(arguments: [false, true]) func noItemAndNoPairCanBeLeftOut(isFine: Bool) {
    var random = SplitMix64(seed: 7)
    for _ in 0..<400 {
      let count = 1 + random.below(14)
      // Several needed sets, and items that only go together: one of a couple without the other does not hold.
      let needed = (0..<1 + random.below(2)).map { _ in
        Set((0..<random.below(4)).map { _ in random.below(count) })
      }
      let couples = (0..<random.below(4)).map { _ in (random.below(count), random.below(count)) }
      func holds(_ items: Set<Int>) -> Bool {
        needed.contains { $0.isSubset(of: items) }
          && couples.allSatisfy { items.contains($0.0) == items.contains($0.1) }
      }
      guard holds(Set(0..<count)) else { continue }
      let left = Set(reduce(count, isFine: isFine, holds).left)
      #expect(holds(left))
      for first in left {
        #expect(!holds(left.subtracting([first])), "\(left) without \(first)")
        for second in left where left.count > 2 {
          #expect(!holds(left.subtracting([first, second])), "\(left) without \(first) and \(second)")
        }
      }
    }
  }

  /// Of 21 items 12 are needed: what parts of fixed places leave, complements of any size do not.
  @Test func scatteredItemsGo() {
    let needed = Set((0..<21).filter { $0 % 7 < 4 })
    #expect(needed.count == 12)
    #expect(Set(reduce(21) { needed.isSubset(of: $0) }.left) == needed)
  }

  /// The paper's bounds: at most about n² + 3n tests, and 2 log n where one item fails by itself.
  @Test func itTakesAsManyTestsAsThePaperSays() {
    for count in [1, 2, 3, 8, 64, 100] {
      let none = reduce(count) { _ in false }
      #expect(none.left.count == count)
      #expect(none.tried <= count * count + 3 * count + count * (count - 1) / 2)
      let one = reduce(count) { $0.contains(count / 2) }
      #expect(one.left == [count / 2])
      let logarithm = Int.bitWidth - count.leadingZeroBitCount
      #expect(one.tried <= 2 * logarithm + 1, "\(count)")
    }
    #expect(reduce(5) { _ in true }.left == [])
    #expect(DeltaDebugging(count: 0).omitted == nil)
  }
}
