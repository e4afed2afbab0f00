@testable import FaultFS
import SeededRandom
import Storage
import Testing

/// Courses that are recalled against bodies that run.
@Suite struct CourseMemoryTests {
  /// Random calls on a few files, of which many are not synced.
  private func window(seed: Int, profile: Profile) throws -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 3, syncOdds: 3)
    try random.make(14, on: disk)
    return CrashWindow(over: disk)
  }

  private static let names = ["a", "b", "c", "d/x", "d/y"]

  /// What a body came to, by the number of its course.
  private struct Kept {
    var outcome: [UInt64]
  }

  @Test(arguments: 0..<24, [false, true])
  func aRecalledCourseIsWhatTheBodyWouldCometo(batch: Int, tears: Bool) throws {
    let profiles = Profile.named + [Profile.posix.tearing(grainBytes: 32)]
    var recalled = 0
    for seed in batch * 4..<batch * 4 + 4 {
      let profile = profiles[seed % profiles.count]
      let window = try window(seed: seed, profile: profile)
      let memory = CourseMemory(window)
      var kept: [Int: Kept] = [:]
      var generator = SplitMix64(seed: UInt64(seed))
      let body = RandomBody(
        seed: generator.next(), stepCount: 3 + generator.below(8), writeOdds: 1 + generator.below(4),
        readsAll: generator.isOneIn(2), names: Self.names)
      let choices = tears && profile.tearing != nil ? TearChoices(garbageSeed: 3) : nil
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard let count = window.stateCount(), count <= 200 else { continue }
        let resolver = DepthFirst()
        var covered: UInt64 = 0
        repeat {
          var recalledOutcome: [UInt64]?
          try window.withDisk(resolvingBy: resolver, tears: choices) { disk in
            if let course = memory.recall(root: 0), let known = kept[course] {
              recalledOutcome = known.outcome
              recalled += 1
              return
            }
            memory.begin(root: 0)
            let outcome = try body.run(on: disk)
            if let course = memory.end() { kept[course] = Kept(outcome: outcome) }
          }
          covered += try #require(window.resolution.coveredStates())
          if let recalledOutcome {
            let state = window.resolution.state
            let shown = try window.withDisk(showing: state) { try body.run(on: $0) }
            #expect(shown == recalledOutcome, "seed \(seed), point \(point)")
          }
        } while resolver.next()
        #expect(covered == count)
      }
    }
    #expect(recalled > 10)
  }

  /// A file of two sectors; the first is overwritten, and then the second.
  private func overwritten() throws -> CrashWindow {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 1024), at: 0)
    try file.sync(.full)
    try disk.syncDirectory("")
    try file.write([UInt8](repeating: 2, count: 512), at: 0)
    try file.write([UInt8](repeating: 3, count: 512), at: 512)
    return CrashWindow(over: disk)
  }

  /// Reads the second sector, and writes one byte of the first.
  private func readAndWrite(_ disk: FaultDisk) throws {
    let file = try disk.open("a", .readWrite)
    _ = try file.read(512, at: 512)
    try file.write([9], at: 0)
  }

  @Test func whatIsHiddenIsNotPartOfACourseButADependencyOfIt() throws {
    let window = try overwritten()
    let memory = CourseMemory(window)
    // Everything is synced; the first overwrite is in flight; it has returned, and the second one is in flight.
    var courses: [[Int]] = []
    var holds: [[Bool]] = []
    for point in 4...5 {
      window.advance(to: point)
      let resolver = DepthFirst()
      courses.append([])
      holds.append([])
      repeat {
        try window.withDisk(resolvingBy: resolver) { disk in
          if let course = memory.recall(root: 0) {
            courses[point - 4].append(course)
            holds[point - 4].append(memory.dependenciesHold(for: course))
            return
          }
          memory.begin(root: 0)
          try readAndWrite(disk)
          let course = try #require(memory.end())
          #expect(memory.keepDependencies(of: course))
          courses[point - 4].append(course)
          holds[point - 4].append(true)
        }
      } while resolver.next()
    }
    #expect(courses.count == 2)
    // One course while the second sector is old; at the last point one more, where it is new.
    #expect(courses[0] == [0])
    #expect(Set(courses[1]) == [0, 1])
    #expect(holds[0] == [true])
  }

  @Test func aDependencyThatCanShowSomethingElseDoesNotHold() throws {
    let window = try overwritten()
    let memory = CourseMemory(window)
    window.advance(to: 3)
    try window.withDisk(resolvingBy: DepthFirst()) { disk in
      memory.begin(root: 0)
      try readAndWrite(disk)
      #expect(memory.keepDependencies(of: try #require(memory.end())))
    }
    window.withDisk(resolvingBy: DepthFirst()) { _ in
      #expect(memory.recall(root: 0) == 0)
      #expect(memory.dependenciesHold(for: 0))
      #expect(memory.recall(root: 1) == nil)
    }
    // Where the first overwrite may be there, the byte that is hidden may be old or new.
    window.advance(to: 4)
    let open = window.openCells.count
    #expect(open > 0)
    let resolver = DepthFirst()
    window.withDisk(resolvingBy: resolver) { _ in
      #expect(memory.recall(root: 0) == 0)
      #expect(!memory.dependenciesHold(for: 0))
    }
    memory.removeAll()
    window.withDisk(resolvingBy: DepthFirst()) { _ in #expect(memory.recall(root: 0) == nil) }
  }

  @Test func aMemoryWithoutRoomSaysSo() throws {
    let window = try overwritten()
    let memory = CourseMemory(window, bytesMax: 1)
    #expect(!memory.isFull)
    try window.withDisk(resolvingBy: DepthFirst()) { disk in
      memory.begin(root: 0)
      _ = try disk.list("")
      _ = memory.end()
      memory.abandon()
    }
    #expect(memory.isFull)
    memory.removeAll()
    #expect(!memory.isFull)
  }
}
