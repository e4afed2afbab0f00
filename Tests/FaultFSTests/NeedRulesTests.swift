import SeededRandom
import Storage
import Testing

@testable import FaultFS

/// Completing and counting choices under needs, against all choices one by one.
@Suite struct NeedRulesTests {
  typealias Weights = [[(version: Int32, weight: ChoiceCount)]]

  /// Random needs, rings among them, between cells that have some of the versions 0 to 4 left.
  private func component(_ generator: inout SplitMix64) -> (NeedRules.Component, Weights) {
    let count = 2 + generator.below(5)
    var component = NeedRules.Component(cells: (0..<Int32(count)).map { $0 })
    for _ in 0..<generator.below(2 * count + 1) {
      let source = generator.below(count)
      let target = (source + 1 + generator.below(count - 1)) % count
      component.needs.append(
        NeedRules.Need(
          source: source, version: Int32(1 + generator.below(4)), target: target,
          neededVersion: Int32(1 + generator.below(4))))
    }
    let weights: Weights = (0..<count).map { _ in
      (0..<5).reversed().filter { _ in generator.isOneIn(2) }.map { version in
        let weight = ChoiceCount(untorn: UInt64(generator.below(4)), torn: UInt64(generator.below(3)))
        return (version: Int32(version), weight: weight)
      }
    }
    return (component, weights)
  }

  /// Every choice of allowed versions that keeps the needs, with the product of its weights: in how many ways no cell of it is
  /// torn, and in how many one is.
  private func legal(
    _ component: NeedRules.Component, _ weights: Weights
  ) -> [(versions: [Int32], weight: ChoiceCount)] {
    var choices: [(versions: [Int32], weight: ChoiceCount)] = [([], ChoiceCount(untorn: 1))]
    for list in weights {
      choices = choices.flatMap { choice in
        list.map { entry in
          let weight = ChoiceCount(
            untorn: choice.weight.untorn * entry.weight.untorn,
            torn: choice.weight.untorn * entry.weight.torn + choice.weight.torn * entry.weight.untorn)
          return (choice.versions + [entry.version], weight)
        }
      }
    }
    return choices.filter { choice in
      component.needs.allSatisfy {
        choice.versions[$0.source] < $0.version || choice.versions[$0.target] >= $0.neededVersion
      }
    }
  }

  @Test(arguments: 0..<40)
  func countsAndGreatestChoicesAreThoseOfAllChoices(batch: Int) {
    var generator = SplitMix64(seed: UInt64(batch))
    for _ in 0..<50 {
      let (component, weights) = component(&generator)
      let legal = legal(component, weights)
      var counter = StateCounter<WordCount>(stepsMax: 10_000)
      #expect(counter.count(component, weights)?.value == legal.reduce(0) { $0 + $1.weight.untorn })
      var tornCounter = StateCounter<TornCount<WordCount>>(stepsMax: 10_000)
      let count = tornCounter.count(component, weights)
      #expect(count?.untorn.value == legal.reduce(0) { $0 + $1.weight.untorn })
      #expect(count?.oneTorn.value == legal.reduce(0) { $0 + $1.weight.torn })
      let greatest = component.greatest { place, bound in
        weights[place].first { $0.version <= bound }?.version
      }
      // The greatest is at or above every legal choice in each cell, and legal itself.
      let expected =
        legal.isEmpty
        ? nil : component.cells.indices.map { place in legal.map { $0.versions[place] }.max() ?? -1 }
      #expect(greatest == expected)
      #expect(expected.map { best in legal.contains { $0.versions == best } } ?? true)
    }
  }

  @Test func aChainOfThousandsOfCellsIsCountedInFewSteps() throws {
    let disk = FaultDisk(profile: .ext4Ordered)
    for number in 0..<20 {
      let file = try disk.open("data-\(number)", .createNew)
      try file.write([UInt8](repeating: 1, count: 512), at: 0)
    }
    for number in 0..<2000 { _ = try disk.open("\(number)", .createNew) }
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    // Each prefix of the 2020 names, with any of the sectors, and any of the sizes of files whose names are in it.
    let fewNames = (0..<20).reduce(UInt64(0)) { $0 + 1 << UInt64(20 + $1) }
    #expect(window.stateCount() == fewNames + 2001 << 40)
    #expect(window.stateCount(searchMax: 10_000) == nil)
    let resolver = DepthFirst()
    let name = try window.withDisk(resolvingBy: resolver) { try $0.open("1000", .readOnly).size() }
    #expect(name == 0)
    // What is kept of the metadata reaches at least to the file that was found.
    #expect(window.resolution.coveredStates() == 1000 << 40)
    #expect(window.resolution.coveredStates(as: UInt128.self)?.untorn == 1000 << 40)
    #expect(window.resolution.coveredStates(searchMax: 1000) == nil)
  }

  @Test func numbersBeyondAWordAreCountedInAWiderType() throws {
    let disk = FaultDisk(profile: .xfs)
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 100 * 512), at: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: 2)
    let resolver = DepthFirst()
    window.withDisk(resolvingBy: resolver) { _ in }
    #expect(window.stateCount() == nil)
    #expect(window.resolution.coveredStates() == nil)
    // No name; or the name and a size of N blocks, whose data is there, with any of the rest; or all.
    let withBlocks = (0...12).reduce(UInt128(0)) { $0 + 1 << UInt128(100 - 8 * $1) }
    #expect(window.resolution.coveredStates(as: UInt128.self)?.untorn == UInt128(1) << 100 + withBlocks + 1)
  }
}
