@testable import FaultFS
import SeededRandom
import Storage
import Testing

/// Disks that show crash states, against a naive construction of the same states.
@Suite struct CrashDiskTests {
  /// Everything that the window's memory holds, without the zeros at the ends.
  private func memory(_ window: CrashWindow) -> [[UInt8]] {
    let images = window.core.images
    return (0..<images.fileCount).map { file in
      let count = images.memoryBytes(Int32(file))
      var bytes = count == 0 ? [] : unsafe [UInt8](images.bytes(Int32(file), at: 0, count: count))
      while bytes.last == 0 { bytes.removeLast() }
      return bytes + [UInt8](repeating: 255, count: images.size(Int32(file)) % 1000)
    }
  }

  private func randomState(_ window: CrashWindow, _ generator: inout SplitMix64) -> CrashState {
    let lossOdds = 1 + generator.below(4)
    return window.state { _, candidates in
      CrashState.Choice(
        generator.isOneIn(lossOdds)
          ? candidates.lowerBound + generator.below(candidates.count) : candidates.upperBound)
    }
  }

  /// Tries random states at every point of a window: each disk shows `base` with the state's versions; random
  /// calls are made on it, and windows over those tried alike, `depth` deep.
  private func tryStates(
    _ window: CrashWindow, on base: NaiveImage, depth: Int, _ generator: inout SplitMix64
  ) throws {
    let model = NaiveModel(window.timeline, window.profile)
    for (cell, values) in zip(model.cells, model.values) {
      var same = base
      same.set(cell, values[0])
      #expect(same.files == base.files, "version 0 of \(cell)")
    }
    for point in 0...window.lastPoint {
      window.advance(to: point)
      for _ in 0..<(depth > 1 ? 2 : 1) {
        let state = randomState(window, &generator)
        let image = base.showing(model.choice(state), model)
        let before = memory(window)
        // The innermost bodies are undone without their versions.
        try window.withDisk(showing: state, keepsVersions: depth > 1) { disk in
          #expect(try files(of: disk) == image.files)
          #expect(disk.operationCount == 0)
          var calls = RandomCalls(seed: generator.next())
          try calls.make(generator.below(7), on: disk)
          if depth > 1 {
            try tryStates(CrashWindow(over: disk), on: image, depth: depth - 1, &generator)
          }
        }
        #expect(memory(window) == before)
      }
    }
  }

  @Test(arguments: 1...2, CrashWindowTests.profiles)
  func statesAreShownAndUndoneToAnyDepth(seed: Int, profile: Profile) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let disk = try CrashWindowTests.record(seed: seed, calls: 8, profile: profile)
    try tryStates(
      CrashWindow(over: disk), on: NaiveImage(sectorLength: 512), depth: seed == 1 ? 3 : 2, &generator)
  }

  @Test(arguments: 1...3)
  func sectorsOf4096BytesWorkAlike(seed: Int) throws {
    var profile = Profile.posix
    profile.sectorLength = 4096
    var generator = SplitMix64(seed: UInt64(seed))
    let disk = try CrashWindowTests.record(seed: seed, calls: 24, profile: profile, sectorsMax: 30)
    try tryStates(CrashWindow(over: disk), on: NaiveImage(sectorLength: 4096), depth: 2, &generator)
  }

  @Test func afterManyStatesTheFloorsAreThoseOfAFreshWalk() throws {
    var generator = SplitMix64(seed: 7)
    let window = CrashWindow(over: try CrashWindowTests.record(seed: 7, calls: 60, profile: .posix))
    for point in 0...window.lastPoint {
      window.advance(to: point)
      for _ in 0..<8 {
        try window.withDisk(showing: randomState(window, &generator)) { disk in
          var calls = RandomCalls(seed: generator.next())
          try calls.make(6, on: disk)
        }
      }
      let fresh = CrashWindow(over: try CrashWindowTests.record(seed: 7, calls: 60, profile: .posix))
      fresh.advance(to: point)
      #expect(memory(window) == memory(fresh))
      #expect(window.openCells == fresh.openCells)
    }
  }

  @Test func whatABodyThrowsArrivesAndIsUndone() throws {
    struct Stop: Error {}
    let window = CrashWindow(over: try CrashWindowTests.record(seed: 3, calls: 60, profile: .posix))
    window.advance(to: window.lastPoint)
    let before = memory(window)
    #expect(throws: Stop.self) {
      try window.withDisk(showing: window.everythingKept) { disk in
        var calls = RandomCalls(seed: 1)
        try calls.make(20, on: disk)
        throw Stop()
      }
    }
    #expect(memory(window) == before)
  }

  @Test func aCrashedDiskHoldsNoLocksAndItsFilesMayBeDropped() throws {
    let disk = FaultDisk(profile: .processCrash)
    let file = try disk.open("a", .createNew)
    try file.lockExclusively()
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var escaped: (any StorageFile)?
    for _ in 0..<2 {
      try window.withDisk(showing: window.everythingKept) { disk in
        let file = try disk.open("a", .readWrite)
        try file.lockExclusively()
        escaped = file
      }
      escaped?.close()
    }
    file.close()
    #expect(window.point == 1)
  }

  @Test func aStateSurvivesCoding() throws {
    let window = CrashWindow(over: try CrashWindowTests.record(seed: 5, calls: 60, profile: .posix))
    window.advance(to: window.lastPoint)
    let state = window.nothingKept
    #expect(!state.deviations.isEmpty)
    #expect(try recoded(state) == state)
  }
}
