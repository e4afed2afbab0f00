import SeededRandom
import Testing

@Suite struct SplitMix64Tests {
  @Test func givesThePublishedSequence() {
    var stream = SplitMix64(seed: 1_234_567)
    let drawn = (0..<5).map { _ in stream.next() }
    #expect(
      drawn == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func peekingTakesNothingFromTheStream() {
    var stream = SplitMix64(seed: 7)
    _ = stream.next()
    let peeked = (0..<5).map { stream.peek(after: $0) }
    #expect(peeked == (0..<5).map { _ in stream.next() })
  }

  @Test func splitsDependOnThePurposeAndNotOnTheDraws() {
    var stream = SplitMix64(seed: 7)
    var before = stream.split("workload")
    _ = stream.next()
    var after = stream.split("workload")
    let (first, second) = (before.next(), after.next())
    #expect(first == second)

    var firsts: Set<UInt64> = []
    for seed in 0..<50 as Range<UInt64> {
      for purpose in 0..<50 as Range<UInt64> {
        var split = SplitMix64(seed: seed).split(purpose)
        firsts.insert(split.next())
      }
    }
    #expect(firsts.count == 2500)
    #expect(SplitMix64(seed: 7).split("ab") != SplitMix64(seed: 7).split("a").split("b"))
  }

  @Test func splitStreamsDoNotOverlap() {
    var seen: Set<UInt64> = []
    for purpose in 0..<20 as Range<UInt64> {
      var stream = SplitMix64(seed: 1).split(purpose)
      for _ in 0..<500 { seen.insert(stream.next()) }
    }
    #expect(seen.count == 10_000)
  }

  @Test(arguments: [1, 2, 3, 7, 10, 1000]) func boundedDrawsAreEven(bound: Int) {
    var stream = SplitMix64(seed: 3)
    var counts = [Int](repeating: 0, count: bound)
    let draws = 2000 * bound
    for _ in 0..<draws { counts[stream.below(bound)] += 1 }
    // Six standard deviations of a count whose mean is 2000.
    #expect(counts.allSatisfy { abs($0 - 2000) < 270 })
  }

  @Test func drawsFromTheWidestBoundsStayInside() {
    var stream = SplitMix64(seed: 4)
    for _ in 0..<1000 {
      let (wide, narrow) = (stream.below(Int.max), stream.draw(-3...3))
      #expect((0..<Int.max).contains(wide))
      #expect((-3...3).contains(narrow))
    }
  }

  @Test func chanceIsNeverAtZeroAndAlwaysAtOne() {
    var stream = SplitMix64(seed: 5)
    var half = 0
    for _ in 0..<4000 {
      let (never, always) = (stream.chance(0), stream.chance(1))
      #expect(!never)
      #expect(always)
      half += stream.chance(0.5) ? 1 : 0
    }
    #expect((1800...2200).contains(half))
  }

  @Test func weightedDrawsFollowTheWeights() {
    var stream = SplitMix64(seed: 6)
    var counts = [0, 0, 0, 0]
    for _ in 0..<10_000 { counts[stream.weighted([0, 1, 0, 3])] += 1 }
    #expect(counts[0] == 0)
    #expect(counts[2] == 0)
    #expect((2300...2700).contains(counts[1]))
  }

  @Test func shufflesReachEveryOrderEvenly() {
    var stream = SplitMix64(seed: 8)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      var elements = [1, 2, 3]
      stream.shuffle(&elements)
      counts[elements, default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 180 })
  }

  @Test func picksAndBytes() {
    var stream = SplitMix64(seed: 9)
    let none = stream.pick([Int]())
    #expect(none == nil)
    for _ in 0..<100 {
      let picked = stream.pick([4, 5, 6]) ?? 0
      #expect((4...6).contains(picked))
    }
    for count in [0, 1, 7, 8, 9, 100] {
      let drawn = stream.bytes(count)
      #expect(drawn.count == count)
    }
    let values = Set(stream.bytes(4096))
    #expect(values.count == 256)
  }
}
