@testable import FaultFS
import SeededRandom
import Testing

/// Trees against a plain one, and their crash states against the model's definition, by brute force.
@Suite struct TreeStatesTests {
  private func random(_ seed: Int, sectorsMax: Int = 3, syncOdds: Int = 4, lookOdds: Int = 0)
    -> RandomTreeCalls
  {
    RandomTreeCalls(seed: UInt64(seed), sectorsMax: sectorsMax, syncOdds: syncOdds, lookOdds: lookOdds)
  }

  @Test(arguments: 0..<6)
  func answersAndVersionsAreThoseOfThePlainTree(batch: Int) throws {
    var kinds: [FaultFS.Operation.Kind: Int] = [:]
    for seed in batch * 20..<batch * 20 + 20 {
      let disk = FaultDisk()
      let (tree, naive) = (VolumeTree(disk), NaiveTree())
      var random = random(seed, lookOdds: 3)
      for place in 0..<250 {
        let call =
          place < RandomTreeCalls.beginning.count ? RandomTreeCalls.beginning[place] : random.next()
        let (found, expected) = (tree.outcome(of: call), naive.outcome(of: call))
        #expect(found == expected, "seed \(seed), call \(place): \(call)")
        if found != expected { return }
      }
      let timeline = disk.timeline
      #expect(timeline.operations.map(\.kind) == naive.calls.map(\.kind))
      for (operation, call) in zip(timeline.operations, naive.calls) {
        var changes: [CellKey: Cell.Value] = [:]
        var permissions: UInt16?
        for version in timeline.versions(of: operation.index) {
          let value = timeline.value(of: version)
          if case .attributes(let attributes) = value {
            permissions = attributes.permissions
          } else {
            changes[CellKey(timeline.cell(version.cell))] = value
          }
        }
        #expect(changes == call.changes && permissions == call.permissions, "seed \(seed): \(operation)")
      }
      for operation in timeline.operations where !timeline.versions(of: operation.index).isEmpty {
        kinds[operation.kind, default: 0] += 1
      }
    }
    for kind in [
      .create, .write, .truncate, .allocate, .zero, .rename, .exchange, .remove, .makeDirectory,
      .removeDirectory, .makeSymbolicLink, .link, .setAttributes,
    ] as [FaultFS.Operation.Kind] {
      #expect(kinds[kind, default: 0] > 0, "no call of the kind \(kind) changed anything")
    }
  }

  private func record(
    _ random: inout RandomTreeCalls, _ count: Int, _ profile: Profile
  ) -> (window: CrashWindow, naive: NaiveTree) {
    let disk = FaultDisk(profile: profile)
    let naive = NaiveTree(sectorLength: profile.sectorLength)
    var again = random
    random.make(count, on: VolumeTree(disk))
    again.make(count, on: naive)
    return (CrashWindow(over: disk), naive)
  }

  @Test(arguments: 1...8, CrashWindowTests.profiles)
  func statesAreThoseOfTheDefinition(seed: Int, profile: Profile) throws {
    var random = random(seed, sectorsMax: 2, syncOdds: 3)
    let (window, naive) = record(&random, 16 + seed % 7, profile)
    let model = NaiveModel(window.timeline, profile)
    var pointsListed = 0
    for point in 0...window.lastPoint {
      window.advance(to: point)
      guard let expected = model.legalChoices(at: point, max: 250) else { continue }
      pointsListed += 1
      window.expectStates(expected, of: model, seed: UInt64(seed * 1000 + point))
      if expected.count > 40 { continue }
      try window.forEachState { state in
        let image = NaiveImage(sectorLength: profile.sectorLength).showing(model.choice(state), model)
        let shown = try window.withDisk(showing: state) { try FaultVolume(on: $0).picture() }
        #expect(shown == image.picture(naive.nodes), "point \(point): \(state)")
      }
    }
    #expect(pointsListed > window.lastPoint / 5)
  }

  @Test(arguments: 1...4, CrashWindowTests.profiles)
  func anyChoicesBecomeTheNewestLegalStateBelowThem(seed: Int, profile: Profile) throws {
    var random = random(seed, sectorsMax: 2, syncOdds: 5)
    let (window, _) = record(&random, 14, profile)
    let model = NaiveModel(window.timeline, profile)
    var generator = SplitMix64(seed: UInt64(seed))
    for point in 0...window.lastPoint {
      window.advance(to: point)
      window.expectNewestStateBelow(
        &generator, of: model, among: model.legalChoices(at: point, max: 250))
    }
  }

  // MARK: Crashes in turn

  /// Everything that the window's memory shows.
  private func memory(_ window: CrashWindow) -> [[UInt64]] {
    let images = window.core.images
    return (0..<Int32(images.fileCount)).map { file in
      let count = images.memoryBytes(file)
      let bytes = count == 0 ? [] : unsafe [UInt8](images.bytes(file, at: 0, count: count))
      return words(bytes.reversed().drop { $0 == 0 })
        + [UInt64(images.size(file)), UInt64(images.attributes.number(of: file))]
    } + [
      (0..<Int32(images.names.names.count)).filter { images.entry($0) >= 0 }.flatMap {
        [UInt64($0), UInt64(images.entry($0))]
      }, [UInt64(images.attributes.count)],
    ]
  }

  /// Tries random states at every point of a window: each disk shows `base` with the state's versions; random
  /// calls are made on it, and windows over those tried alike, `depth` deep.
  private func tryStates(
    _ window: CrashWindow, on base: NaiveImage, _ nodes: [NaiveTree.Node], depth: Int,
    _ generator: inout SplitMix64
  ) throws {
    let model = NaiveModel(window.timeline, window.profile)
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let lossOdds = 1 + generator.below(4)
      let state = window.state { _, candidates in
        CrashState.Choice(
          generator.isOneIn(lossOdds)
            ? candidates.lowerBound + generator.below(candidates.count) : candidates.upperBound)
      }
      let image = base.showing(model.choice(state), model)
      let before = memory(window)
      try window.withDisk(showing: state, keepsVersions: depth > 1) { disk in
        let tree = VolumeTree(disk)
        let picture = image.picture(nodes)
        #expect(try tree.volume.picture() == picture)
        // The plain tree begins with what is shown.
        let naive = NaiveTree(image, nodes)
        let count = generator.below(9)
        var calls = RandomTreeCalls(seed: generator.next(), lookOdds: 4)
        for _ in 0..<count {
          let call = calls.next()
          #expect(tree.outcome(of: call) == naive.outcome(of: call), "\(call)")
        }
        if depth > 1 {
          try tryStates(CrashWindow(over: disk), on: image, naive.nodes, depth: depth - 1, &generator)
        }
      }
      #expect(memory(window) == before)
    }
  }

  @Test(arguments: 1...3, CrashWindowTests.profiles)
  func statesAreShownAndUndoneToAnyDepth(seed: Int, profile: Profile) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    var random = random(seed + 50)
    let (window, naive) = record(&random, 8, profile)
    try tryStates(
      window, on: NaiveImage(sectorLength: profile.sectorLength), naive.nodes, depth: 3, &generator)
  }
}
