import FaultFS
import Storage
import Testing

/// What is asked about bytes settles an answer, and not the bytes.
@Suite struct QuestionTests {
  private static func sector(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

  /// Files `a` of some sectors, each of which was overwritten again and again without a sync; the window at the end.
  private static func overwritten(
    _ sectors: [[UInt8]], profile: Profile = .posix
  ) throws -> CrashWindow {
    let disk = FaultDisk(profile: profile)
    let file = try disk.open("a", .createNew)
    for (place, bytes) in sectors.enumerated() { try file.write(sector(bytes[0]), at: place * 512) }
    try file.sync(.full)
    try disk.syncDirectory("")
    for (place, bytes) in sectors.enumerated() {
      for byte in bytes.dropFirst() { try file.write(sector(byte), at: place * 512) }
    }
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    return window
  }

  /// What each body returns, with how many states it stands for, in depth-first order.
  private static func courses<Outcome>(
    _ window: CrashWindow, tears: TearChoices? = nil, _ body: (FaultDisk) throws -> Outcome
  ) throws -> [(outcome: Outcome, states: UInt64)] {
    var courses: [(Outcome, UInt64)] = []
    let resolver = DepthFirst()
    repeat {
      let outcome = try window.withDisk(resolvingBy: resolver, tears: tears, body)
      courses.append((outcome, try #require(window.resolution.coveredStates())))
    } while resolver.next()
    return courses
  }

  private static func first(_ file: any StorageFile, at offset: Int, modulo: UInt8) throws -> UInt8 {
    try file.examine(512, at: offset) { bytes in
      unsafe bytes.unsafeLoad(as: UInt8.self) % modulo
    }
  }

  @Test func versionsWithOneAnswerAreOneAlternative() throws {
    let window = try Self.overwritten([[2, 4, 5, 6, 7]])
    let courses = try Self.courses(window) { disk in
      try Self.first(disk.open("a", .readOnly), at: 0, modulo: 2)
    }
    // The newest decides which kind comes first.
    #expect(courses.map(\.outcome) == [1, 0])
    #expect(courses.map(\.states) == [2, 3])
  }

  @Test func anAnswerLeavesTheSectorOpenForFinerQuestionsAndForReads() throws {
    let window = try Self.overwritten([[2, 4, 5, 6, 8]])
    let courses = try Self.courses(window) { (disk) -> [UInt8] in
      let file = try disk.open("a", .readOnly)
      let isOdd = try Self.first(file, at: 0, modulo: 2) == 1
      if isOdd { return [1] }
      let rest = try Self.first(file, at: 0, modulo: 4)
      // Asked again it answers the same.
      #expect(try Self.first(file, at: 0, modulo: 4) == rest)
      return rest == 0 ? [0] : try file.read(1, at: 511)
    }
    #expect(courses.map(\.outcome) == [[0], [6], [2], [1]])
    #expect(courses.map(\.states) == [2, 1, 1, 1])
  }

  @Test func aBatchOfManySectorsIsOneCourseForEachPlaceWhereItEnds() throws {
    let count = 128
    let window = try Self.overwritten((0..<count).map { _ in [0, 1] })
    var total: UInt64 = 0
    var stateCounts: [UInt64] = []
    let resolver = DepthFirst()
    repeat {
      let end = try window.withDisk(resolvingBy: resolver) { disk in
        let file = try disk.open("a", .readOnly)
        let end = try (0..<count).first { try Self.first(file, at: $0 * 512, modulo: 2) == 0 } ?? count
        // Whether one of them holds a 7: none can, so it settles nothing.
        for place in 0..<count { #expect(try file.examine(512, at: place * 512) { $0.hasSeven } == false) }
        return end
      }
      let left = window.resolution.coveredStates(as: UInt128.self)?.untorn
      let expected: UInt128 = end == count ? 1 : 1 << UInt128(count - end - 1)
      #expect(left == expected)
      stateCounts.append(UInt64(end))
      total += 1
    } while resolver.next()
    #expect(total == UInt64(count) + 1)
    #expect(Set(stateCounts).count == count + 1)
  }

  @Test func severalSectorsAreObservedWhole() throws {
    let window = try Self.overwritten([[2, 4], [6, 8]])
    let courses = try Self.courses(window) { disk in
      try disk.open("a", .readOnly).examine(1024, at: 0) { $0.hasSeven }
    }
    #expect(courses.map(\.states) == [1, 1, 1, 1])
  }

  @Test func tearsThatAreRefusedAreOneAlternativeWithTheOldVersion() throws {
    let window = try Self.overwritten([[1, 2], [1, 2]], profile: .posix.tearing(grainBytes: 1))
    // A sector is whole where all its bytes are 2.
    let courses = try Self.courses(window, tears: TearChoices()) { disk in
      let file = try disk.open("a", .readOnly)
      return try (0..<2).map { place in
        try file.examine(512, at: place * 512) { bytes in
          (0..<512).allSatisfy { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 2 }
        }
      }
    }
    #expect(courses.map(\.outcome) == [[true, true], [true, false], [false, true], [false, false]])
    #expect(courses.map(\.states) == [1, 1, 1, 1])
  }

  @Test func whatABodyWroteIsPartOfTheAnswer() throws {
    let window = try Self.overwritten([[2, 3]])
    let courses = try Self.courses(window) { disk in
      let file = try disk.open("a", .readWrite)
      try file.write([7], at: 100)
      let seven = try file.examine(512, at: 0) { $0.hasSeven }
      let isOdd = try file.examine(512, at: 0) { bytes in
        unsafe bytes.unsafeLoad(fromByteOffset: 511, as: UInt8.self) % 2 == 1
      }
      return [seven, isOdd]
    }
    #expect(courses.map(\.outcome) == [[true, true], [true, false]])
  }

  @Test func aQuestionAfterACrashInTheBodyGoesOutAsFarAsItMust() throws {
    let window = try Self.overwritten([[2, 4, 5]])
    var outcomes: [[Int]] = []
    let outer = DepthFirst()
    let target = Target(outer)
    repeat {
      try window.withDisk(resolvingBy: target) { disk in
        // The body writes the sector without looking at it.
        try disk.open("a", .readWrite).write(Self.sector(9), at: 0)
        let inner = CrashWindow(over: disk)
        inner.keepsOuterChoices = false
        inner.advance(to: inner.lastPoint)
        let joint = DepthFirst()
        target.resolver = joint
        repeat {
          try inner.withDisk(resolvingBy: target) { disk in
            let answer = try Self.first(disk.open("a", .readOnly), at: 0, modulo: 2)
            let counts = [window, inner].map { Int($0.resolution.coveredStates() ?? 0) }
            outcomes.append([Int(answer)] + counts)
          }
        } while joint.next()
        target.resolver = outer
      }
    } while outer.next()
    // The write is there; or it is not, and one of three versions shows through, two of them with one answer.
    #expect(outcomes == [[1, 3, 1], [1, 1, 1], [0, 2, 1]])
  }

  private final class Target: Resolver {
    var resolver: DepthFirst

    init(_ resolver: DepthFirst) { self.resolver = resolver }

    func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
      resolver.choose(cell, depth: depth, among: count)
    }
  }

  @Test func aMemoryOfCoursesKnowsTheAnswersOfTheContentsThatItMet() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    for byte: UInt8 in [2, 4, 6, 7] {
      try file.write(Self.sector(byte), at: 0)
      if byte == 2 {
        try file.sync(.full)
        try disk.syncDirectory("")
      }
    }
    let window = CrashWindow(over: disk)
    let memory = CourseMemory(window)
    var executions: [Int] = []
    for point in 4...window.lastPoint {
      window.advance(to: point)
      let resolver = DepthFirst()
      executions.append(0)
      repeat {
        try window.withDisk(resolvingBy: resolver) { disk in
          if memory.recall(root: 0) != nil { return }
          executions[executions.count - 1] += 1
          memory.begin(root: 0)
          _ = try Self.first(disk.open("a", .readOnly), at: 0, modulo: 2)
          _ = memory.end()
          memory.abandon()
        }
      } while resolver.next()
    }
    // 2 or 4: all even. 6 as well, which is not known before it was asked about. 7 is odd; that 6 is not is known by then.
    #expect(executions == [1, 1, 1, 0])
  }
}

extension RawSpan {
  fileprivate var hasSeven: Bool {
    (0..<byteCount).contains { unsafe unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 7 }
  }
}
