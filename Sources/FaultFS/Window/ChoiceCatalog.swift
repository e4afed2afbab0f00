/// What the open cells of one crash point can show, listed when it is first needed and kept until the window goes on.
final class ChoiceCatalog {
  /// A version of a cell, or a tear of it and the next one, or its floor as an exposed tail.
  struct Choice: BitwiseCopyable {
    var version: Int32
    /// The number in `tears` of the tear or of what an exposed tail holds; -1 for the version itself.
    var tear: Int32
    /// Whether it is a tear: neither a version nor an exposed tail.
    var isTorn = false
    /// A tear's place in the catalog's own arena; else what `VersionRecord.value` is.
    var value: Int
    /// The bytes that calls of the window's timeline wrote, as a number in `masks`; -1 where the others are settled.
    var mask: Int32
  }

  private let choices = Column<Choice>()
  /// For each cell the place of its first choice and the number of them; -1 where they were not listed yet.
  private let starts = Column<Int32>()
  private let counts = Column<Int32>()
  private let listed = Column<Int32>()
  /// For each cell in how many ways it may be an exposed tail, and torn; -1 where that was not asked yet.
  private let exposureCounts = Column<Int32>()
  private let tearCounts = Column<Int32>()
  /// The cells of which one of these was asked.
  private let counted = Column<Int32>()

  private(set) var tears: [Tear] = []
  private let arena = ByteArena()
  let masks: SectorMasks
  /// A sector of zeros.
  private let zeros = ByteArena()
  private let sectorLength: Int

  init(sectorLength: Int) {
    self.sectorLength = sectorLength
    masks = SectorMasks(sectorLength: sectorLength)
    let bytes = [UInt8](repeating: 0, count: sectorLength)
    _ = unsafe bytes.withUnsafeBytes { unsafe zeros.append($0) }
  }

  func removeAll() {
    for place in 0..<listed.count { starts[Int(listed[place])] = -1 }
    listed.removeAll()
    for place in 0..<counted.count {
      exposureCounts[Int(counted[place])] = -1
      tearCounts[Int(counted[place])] = -1
    }
    counted.removeAll()
    choices.removeAll()
    tears.removeAll(keepingCapacity: true)
    arena.removeAll()
    masks.removeAll()
  }

  subscript(place: Int32) -> Choice {
    @inline(__always) get { choices[Int(place)] }
  }

  func tear(_ choice: Choice) -> Tear? {
    choice.tear < 0 ? nil : tears[Int(choice.tear)]
  }

  func isListed(_ cell: Int32) -> Bool {
    Int(cell) < starts.count && starts[Int(cell)] >= 0
  }

  /// In how many ways a cell may be an exposed tail.
  func exposureCount(_ cell: Int32, _ core: DiskCore) -> Int {
    if core.profile.exposedTail.isEmpty { return 0 }
    extendCounts(core)
    if exposureCounts[Int(cell)] < 0 {
      exposureCounts[Int(cell)] = Int32(core.exposures(of: cell).count)
      counted.append(cell)
    }
    return Int(exposureCounts[Int(cell)])
  }

  /// How many tears of a cell's versions there are, whether they were listed or not.
  func tearCount(_ cell: Int32, in window: CrashWindow, _ tearChoices: TearChoices?) -> Int {
    guard let tearChoices, window.core.cells[Int(cell)].kind == .sector else { return 0 }
    let core = window.core
    extendCounts(core)
    if tearCounts[Int(cell)] < 0 {
      let versions = core.walk.floor(cell)..<core.walk.newest(cell)
      tearCounts[Int(cell)] = Int32(
        versions.reduce(0) { $0 + tears(of: cell, after: $1, window, tearChoices).count })
      counted.append(cell)
    }
    return Int(tearCounts[Int(cell)])
  }

  private func extendCounts(_ core: DiskCore) {
    if exposureCounts.count >= core.cells.count { return }
    exposureCounts.resize(to: core.cells.count, filler: -1)
    tearCounts.resize(to: core.cells.count, filler: -1)
  }

  /// The places of a cell's choices: newest first; each version before its tears, and the floor before what an exposed tail
  /// holds in its place.
  func places(of cell: Int32, in window: CrashWindow, _ tearChoices: TearChoices?) -> Range<Int32> {
    if !isListed(cell) { list(cell, window, tearChoices) }
    let start = starts[Int(cell)]
    return start..<start + counts[Int(cell)]
  }

  private func list(_ cell: Int32, _ window: CrashWindow, _ tearChoices: TearChoices?) {
    let core = window.core
    if starts.count < core.cells.count {
      starts.resize(to: core.cells.count, filler: -1)
      counts.resize(to: core.cells.count, filler: 0)
    }
    let start = choices.count
    let newest = core.walk.newest(cell)
    let record = core.cells[Int(cell)]
    var version = newest
    while version >= core.walk.floor(cell) {
      let value = core.walk.value(core, cell, version)
      choices.append(
        Choice(version: version, tear: -1, value: value, mask: mask(core, cell, version, nil)))
      if version == core.walk.floor(cell) && exposureCount(cell, core) > 0 {
        for tear in core.exposures(of: cell) {
          list(tear, of: cell, after: version, value, isTorn: false, window)
        }
      }
      if let tearChoices, record.kind == .sector, version < newest {
        for tear in tears(of: cell, after: version, window, tearChoices) {
          list(tear, of: cell, after: version, value, isTorn: true, window)
        }
      }
      version -= 1
    }
    starts[Int(cell)] = Int32(start)
    counts[Int(cell)] = Int32(choices.count - start)
    listed.append(cell)
  }

  private func tears(
    of cell: Int32, after version: Int32, _ window: CrashWindow, _ tearChoices: TearChoices
  ) -> [Tear] {
    let core = window.core
    let next = core.versions[core.walk.row(cell, version + 1)]
    let grainBytes = core.profile.tearing?.grainBytes ?? core.sectorLength
    let written = Int(next.writtenStart)..<Int(next.writtenEnd)
    return tearChoices.tears(written: written, grainBytes: grainBytes).filter { tear in
      window.allows(tear, of: Cell.ID(cell), after: Int(version))
        && !core.isExposed(tear, of: cell, after: version)
    }
  }

  private func list(
    _ tear: Tear, of cell: Int32, after version: Int32, _ value: Int, isTorn: Bool, _ window: CrashWindow
  ) {
    let core = window.core
    let offset = unsafe arena.append(
      value < 0
        ? zeros.bytes(at: 0, count: sectorLength) : core.arena.bytes(at: value, count: sectorLength))
    unsafe window.put(
      tear, of: cell, after: version, over: arena.mutableBytes(at: offset, count: sectorLength))
    choices.append(
      Choice(
        version: version, tear: Int32(tears.count), isTorn: isTorn, value: offset,
        mask: mask(core, cell, version, tear)))
    tears.append(tear)
  }

  private func mask(_ core: DiskCore, _ cell: Int32, _ version: Int32, _ tear: Tear?) -> Int32 {
    if !core.unsettled.holds(cell) { return -1 }
    let mask = masks.add()
    core.copyWritten(cell, version, tear, to: mask, of: masks)
    return mask
  }

  /// The bytes of a sector in a choice.
  @unsafe
  @inline(__always)
  func bytes(_ choice: Choice, _ core: DiskCore) -> UnsafeRawPointer {
    let buffer =
      if choice.tear >= 0 {
        unsafe arena.bytes(at: choice.value, count: sectorLength)
      } else if choice.value >= 0 {
        unsafe core.arena.bytes(at: choice.value, count: sectorLength)
      } else {
        unsafe zeros.bytes(at: 0, count: sectorLength)
      }
    guard let base = buffer.baseAddress else {
      fatalError("the sector of version \(choice.version) has no memory")
    }
    return unsafe base
  }

  /// Puts the bytes that a window further out has settled into the tears of a sector.
  @unsafe
  func keepRevealed(_ cell: Int32, from source: UnsafeRawPointer, _ scratch: borrowing SectorMasks) {
    guard isListed(cell) else { return }
    for place in starts[Int(cell)]..<starts[Int(cell)] + counts[Int(cell)] {
      let choice = self[place]
      if choice.tear < 0 { continue }
      scratch.copy(DiskCore.Scratch.part, from: scratch, DiskCore.Scratch.missing)
      scratch.subtract(DiskCore.Scratch.part, masks, choice.mask)
      if let target = unsafe arena.mutableBytes(at: choice.value, count: sectorLength).baseAddress {
        unsafe scratch.copyBytes(DiskCore.Scratch.part, from: source, to: target)
      }
    }
  }
}
