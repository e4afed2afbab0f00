import FaultFS
import PersistentMemory
import PersistentMemoryConformance
import SeededRandom
import Storage
import SystemPackage
import Testing

/// Memory in FaultFS: it conforms, and what a crash leaves of it is what a plain reading of the model says.
@Suite struct FaultMemoryTests {
  private static let length = 192
  private static let lineLength = 64

  @Test(arguments: PersistentMemoryConformance.checks, Profile.memories)
  func faultMemoryConforms(_ check: PersistentMemoryConformance.Check, _ profile: Profile) throws {
    try check.run(on: FaultDisk(profile: profile))
  }

  @Test(arguments: Profile.memories) func randomCallsAnswerLikeAnArray(_ profile: Profile) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      try PersistentMemoryConformance.compare(with: FaultDisk(profile: profile), operations: 600, seed: seed)
    }
  }

  @Test func theProfilesAreSoundAndFoundByName() {
    for profile in Profile.memories {
      #expect(profile.flaw == nil)
      #expect(Profile.named(profile.name) == profile)
    }
    var profile = Profile.rio
    profile.sectorLength = 512
    #expect(profile.flaw == "sectorLength is 512; a cache line has 64 bytes")
    profile = .rio
    profile.memory = Profile.Memory(storeBytesMax: 16)
    #expect(profile.flaw == "memory.storeBytesMax is 16; it must be 8 or a line's 64 bytes")
    profile = .posix
    profile.sectorLength = 64
    #expect(profile.flaw == "sectorLength is 64; it must be 512 or 4096 bytes")
  }

  @Test func aDiskWithoutMemoryCannotBeMapped() throws {
    let disk = FaultDisk(profile: .posix)
    try disk.open("m", .createNew).allocate(64)
    #expect(throws: StorageError(.map, "m", .errno(.notSupported))) { _ = try disk.map("m") }
  }

  // MARK: States

  private enum Call {
    case store(offset: Int, bytes: [UInt8])
    case flush(Range<Int>)
    case fence
  }

  private func memory(on disk: FaultDisk) throws -> any PersistentMemory {
    let file = try disk.open("m", .createNew)
    try file.allocate(Self.length)
    try file.sync(.full)
    try disk.syncDirectory("")
    file.close()
    return try disk.map("m")
  }

  private func image(_ disk: FaultDisk) throws -> [UInt8] {
    let memory = try disk.map("m")
    var bytes = [UInt8](repeating: 0, count: Self.length)
    var all = bytes.mutableSpan
    var span = unsafe all.mutableBytes
    memory.load(into: &span, at: 0)
    return bytes
  }

  private func randomCalls(_ random: inout SplitMix64) -> [Call] {
    (0..<10).map { _ in
      switch random.below(5) {
      case 0: .flush({ $0..<$0 + 8 }(random.below(24) * 8))
      case 1: .fence
      default: .store(offset: random.below(24) * 8, bytes: random.bytes(8))
      }
    }
  }

  /// What memory may hold at a crash after the first `count` calls, the next one in flight: for each line the contents
  /// after any of its stores from its floor on. Read off the calls alone.
  private func naiveStates(_ calls: [Call], at count: Int, _ profile: Profile) -> Set<[UInt8]> {
    let lines = Self.length / Self.lineLength
    var contents = [[[UInt8]]](repeating: [[UInt8](repeating: 0, count: Self.lineLength)], count: lines)
    var floors = [Int](repeating: 0, count: lines)
    var flushed = floors
    for (number, call) in calls.enumerated() where number <= count {
      let isInFlight = number == count
      switch call {
      case .store(let offset, let bytes):
        let line = offset / Self.lineLength
        var content = contents[line][contents[line].count - 1]
        content.replaceSubrange(
          offset % Self.lineLength..<offset % Self.lineLength + bytes.count, with: bytes)
        contents[line].append(content)
        if profile == .rio && !isInFlight { floors[line] = contents[line].count - 1 }
      case .flush(let range):
        if isInFlight { continue }
        for line in range.lowerBound / Self.lineLength...(range.upperBound - 1) / Self.lineLength {
          flushed[line] = contents[line].count - 1
        }
      case .fence:
        if isInFlight { continue }
        for line in 0..<lines { floors[line] = max(floors[line], flushed[line]) }
      }
    }
    var states: Set<[UInt8]> = [[]]
    for line in 0..<lines {
      states = Set(states.flatMap { start in contents[line][floors[line]...].map { start + $0 } })
    }
    return states
  }

  @Test(arguments: [Profile.rio, .adr], 1...20 as ClosedRange<UInt64>)
  func theStatesAreThoseOfAPlainReading(_ profile: Profile, _ seed: UInt64) throws {
    var random = SplitMix64(seed: seed).split("memory-states")
    let calls = randomCalls(&random)
    let disk = FaultDisk(profile: profile)
    let memory = try memory(on: disk)
    let created = disk.operationCount
    for call in calls {
      switch call {
      case .store(let offset, let bytes): unsafe memory.copy(bytes.span.bytes, to: offset)
      case .flush(let range): memory.flush(range.lowerBound, length: range.count)
      case .fence: try memory.fence()
      }
    }
    let window = CrashWindow(over: disk)
    for count in 0...calls.count {
      window.advance(to: created + count)
      let expected = naiveStates(calls, at: count, profile)
      var found: Set<[UInt8]> = []
      var states: UInt64 = 0
      try window.forEachState { state in
        states += 1
        found.insert(try window.withDisk(showing: state) { try image($0) })
      }
      #expect(found == expected, "after \(count) of \(calls)")
      #expect(window.stateCount() == states)
      // A resolver that answers in order meets all of them, and counts each state once.
      var resolved: Set<[UInt8]> = []
      var covered: UInt64 = 0
      let choices = DepthFirst()
      repeat {
        try window.withDisk(resolvingBy: choices) { disk in
          resolved.insert(try image(disk))
          covered += try #require(window.resolution.coveredStates())
        }
      } while choices.next()
      #expect(resolved == expected, "after \(count) of \(calls)")
      #expect(covered == states)
    }
  }

  @Test func aFlushCoversWhatWasStoredBeforeItAndNotAfter() throws {
    let disk = FaultDisk(profile: .adr)
    let memory = try memory(on: disk)
    memory.store(UInt64(1), at: 0)
    memory.flush(0, length: 8)
    memory.store(UInt64(2), at: 0)
    try memory.fence()
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let firsts = try states(of: window).map { $0[0] }.sorted()
    #expect(firsts == [1, 2])
  }

  @Test func aFenceCoversItsOwnFileAlone() throws {
    let disk = FaultDisk(profile: .adr)
    let memory = try memory(on: disk)
    let file = try disk.open("other", .createNew)
    try file.allocate(64)
    file.close()
    let other = try disk.map("other")
    memory.store(UInt64(1), at: 0)
    memory.flush(0, length: 8)
    try other.fence()
    var window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(Set(try states(of: window).map { $0[0] }) == [0, 1])
    window = CrashWindow(over: try twoFences())
    window.advance(to: window.lastPoint)
    #expect(Set(try states(of: window).map { $0[0] }) == [1])
  }

  /// As above, with the file's own fence behind the other's.
  private func twoFences() throws -> FaultDisk {
    let disk = FaultDisk(profile: .adr)
    let memory = try memory(on: disk)
    let file = try disk.open("other", .createNew)
    try file.allocate(64)
    file.close()
    let other = try disk.map("other")
    memory.store(UInt64(1), at: 0)
    memory.flush(0, length: 8)
    try other.fence()
    try memory.fence()
    return disk
  }

  private func states(of window: CrashWindow) throws -> [[UInt8]] {
    var images: Set<[UInt8]> = []
    try window.forEachState { state in images.insert(try window.withDisk(showing: state) { try image($0) }) }
    return Array(images)
  }

  @Test func aWideStoreTearsInEightBytesWhereTheProfileSaysSo() throws {
    let disk = FaultDisk(profile: .adrTorn)
    let memory = try memory(on: disk)
    let bytes = [UInt8](repeating: 7, count: 32)
    unsafe memory.copy(bytes.span.bytes, to: 0)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var images: Set<[UInt8]> = []
    let choices = DepthFirst()
    repeat {
      try window.withDisk(resolvingBy: choices, tears: TearChoices()) { disk in
        let start = try image(disk)[..<32]
        images.insert(Array(start))
      }
    } while choices.next()
    let (old, new) = ([UInt8](repeating: 0, count: 16), [UInt8](repeating: 7, count: 16))
    #expect(images == [old + old, new + new, new + old, old + new])
  }

  @Test func onRioOneStoreMoreIsOneStateMore() throws {
    let disk = FaultDisk(profile: .rio)
    let memory = try memory(on: disk)
    let created = disk.operationCount
    for number in 0..<24 { memory.store(UInt64(number + 1), at: number * 8) }
    let window = CrashWindow(over: disk)
    var images: Set<[UInt8]> = []
    for point in created...window.lastPoint {
      window.advance(to: point)
      images.formUnion(try states(of: window))
    }
    #expect(images.count == 25)
  }

  @Test func aPoisonedLineIsFoundUntilItIsWritten() throws {
    let disk = FaultDisk(profile: .adr)
    let memory = try memory(on: disk)
    disk.inject([Fault(.latentSectorError, bytes: 64..<128)])
    #expect(throws: StorageError(.read, "m", .errno(.ioError))) { try memory.checkReadable(0, length: 192) }
    try memory.checkReadable(128, length: 64)
    #expect(throws: StorageError(.read, "m", .errno(.ioError))) { try memory.checkReadable(0, length: 128) }
    memory.store(UInt64(1), at: 72)
    try memory.checkReadable(0, length: 192)
  }

  @Test func aWildStoreFollowsAStoreOfTheProgram() throws {
    let disk = FaultDisk(profile: .rio)
    let memory = try memory(on: disk)
    disk.inject([Fault(.wildStore, at: .call(2), seed: 5)])
    for place in [0, 8, 16] { memory.store(UInt64(1), at: place) }
    let fired = try #require(disk.firedFaults.first)
    #expect(disk.firedFaults.count == 1 && disk.matchingCallCounts == [3])
    let wild = disk.timeline.operation(fired.operation)
    #expect(wild.kind == .store && wild.fault == .wildStore && wild.length == 8 && wild.offset % 8 == 0)
    #expect(disk.timeline.operation(fired.operation - 1).offset == 8)
    memory.close()
    let bytes = try image(disk)
    let changed = bytes.indices.filter { bytes[$0] != 0 }
    #expect(changed.contains { (wild.offset..<wild.offset + 8).contains($0) })
    #expect(changed.allSatisfy { [0, 8, 16].contains($0) || (wild.offset..<wild.offset + 8).contains($0) })
  }

  @Test func aLostFlushLeavesTheFenceNothingToCover() throws {
    let disk = FaultDisk(profile: .adr)
    let memory = try memory(on: disk)
    disk.inject([Fault(.lostFlush)])
    memory.store(UInt64(1), at: 0)
    memory.flush(0, length: 8)
    try memory.fence()
    memory.store(UInt64(1), at: 64)
    memory.flush(64, length: 8)
    try memory.fence()
    #expect(disk.firedFaults.map(\.kind) == [.lostFlush])
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(Set(try states(of: window).map { [$0[0], $0[64]] }) == [[0, 1], [1, 1]])
  }

  @Test func theDigestTellsFlushesAndFencesApart() throws {
    var digests: Set<UInt64> = []
    for steps in 0..<3 {
      let disk = FaultDisk(profile: .adr)
      let memory = try memory(on: disk)
      memory.store(UInt64(1), at: 0)
      if steps > 0 { memory.flush(0, length: 8) }
      if steps > 1 { try memory.fence() }
      digests.insert(disk.timeline.digest)
    }
    #expect(digests.count == 3)
  }
}
