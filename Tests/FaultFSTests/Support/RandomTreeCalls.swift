import FaultFS
import SeededRandom

/// Draws calls on a small tree: few names, three directories deep, small files, many overlaps.
struct RandomTreeCalls {
  var generator: SplitMix64
  /// How many sectors of 512 bytes a file may have.
  var sectorsMax = 3
  /// The odds that a call is a sync: one in this many.
  var syncOdds = 4
  /// The odds that a call only looks: one in this many; none where 0.
  var lookOdds = 0
  /// How many files were asked to be opened; some are no files.
  private var openCount = 0
  /// Paths at which something was probably made.
  private var made = ["a", "d", "d/a", "d/e"]

  init(seed: UInt64, sectorsMax: Int = 3, syncOdds: Int = 4, lookOdds: Int = 0) {
    generator = SplitMix64(seed: seed)
    self.sectorsMax = sectorsMax
    self.syncOdds = syncOdds
    self.lookOdds = lookOdds
  }

  /// Calls that make a tree worth calling on.
  static let beginning: [TreeCall] = [
    .makeDirectory("d"), .create("a"), .open("a"), .create("d/a"), .open("d/a"), .makeDirectory("d/e"),
  ]

  private static let paths = [
    "a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "e", "e/a", "e/e", "e/e/a", "e/b",
  ]
  private static let directories = ["", "", "d", "d", "e", "d/e", "e/e"]

  private mutating func path() -> String { generator.element(of: Self.paths) }

  /// A path at which there probably is something.
  private mutating func taken() -> String { generator.isOneIn(4) ? path() : generator.element(of: made) }

  /// A path at which something is about to be made.
  private mutating func newPath() -> String {
    let path = path()
    if !made.contains(path) { made.append(path) }
    return path
  }

  private mutating func slot() -> Int { generator.below(min(max(1, openCount), 4)) }

  mutating func next() -> TreeCall {
    if generator.isOneIn(syncOdds) {
      switch generator.below(4) {
      case 0, 1: return .synchronizeDirectory(generator.element(of: Self.directories))
      case 2: return .synchronize(slot(), dataOnly: false)
      default: return .synchronize(slot(), dataOnly: true)
      }
    }
    if lookOdds > 0 && generator.isOneIn(lookOdds) { return look() }
    let bytesMax = sectorsMax * 512
    switch generator.below(22) {
    case 0, 1: return .create(newPath())
    case 2, 3: return .makeDirectory(newPath())
    case 4: return .makeSymbolicLink(newPath(), text: path())
    case 5: return .link(taken(), to: newPath())
    case 6, 7: return .rename(taken(), to: newPath(), .replacing)
    case 8, 9: return .rename(taken(), to: taken(), generator.isOneIn(4) ? .withoutReplacing : .exchanging)
    case 10: return .remove(taken())
    case 11: return .removeDirectory(taken())
    case 12, 13:
      openCount += 1
      if generator.isOneIn(4) { return .createUnnamed(generator.element(of: Self.directories)) }
      return .open(taken())
    case 14: return .linkOpen(slot(), to: newPath())
    case 15: return .setPermissions(taken(), UInt16(generator.below(0o1000)))
    case 16: return .truncate(taken(), to: generator.below(bytesMax))
    case 17:
      let all: [FaultVolume.Allocation] = [
        .growing, .keepingSize, .punchingHole, .zeroing, .zeroingKeepingSize,
      ]
      let offset = generator.below(bytesMax)
      return .allocate(
        slot(), generator.element(of: all), at: offset, length: 1 + generator.below(bytesMax - offset))
    case 18:
      let length = 1 + generator.below(bytesMax / 2)
      return .copy(
        from: slot(), at: generator.below(bytesMax), to: slot(),
        newOffset: generator.below(bytesMax - length),
        length: length)
    default:
      let offset = generator.below(bytesMax)
      let longest = generator.isOneIn(3) ? bytesMax : 40
      let length = generator.below(min(longest, bytesMax - offset) + 1)
      return .write(slot(), at: offset, generator.bytes(length))
    }
  }

  /// A call that only looks.
  mutating func look() -> TreeCall {
    switch generator.below(8) {
    case 0: .lookUp(taken())
    case 1, 2: .list(generator.element(of: Self.directories))
    case 3: .status(taken())
    case 4: .readSymbolicLink(taken())
    default: .read(slot(), at: generator.below(sectorsMax * 512), length: 1 + generator.below(700))
    }
  }

  /// Makes `count` calls on a tree, those of the beginning first; those that fail count as well.
  mutating func make(_ count: Int, on tree: some Tree, beginning: Bool = true) {
    if beginning {
      for call in Self.beginning { _ = tree.outcome(of: call) }
      openCount += 2
    }
    for _ in 0..<count { _ = tree.outcome(of: next()) }
  }
}
