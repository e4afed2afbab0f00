/// What a crash may leave behind at each crash point of a recording, walked in ascending order.
///
/// The model (persistence of files, after the block-level models of ALICE and B3):
///
/// - Everything that a crash can lose is split into cells: each sector of each file, each file's size, each
///   directory entry. Each operation that touches a cell appends one version to it; a write that makes its file longer
///   by several blocks, one for each step of the size, under a profile that says so (`Profile.growsByBlocks`).
/// - At crash point c, operations `0..<c` had returned and operation c, if there is one, was in flight. Points go from 0
///   to the number of operations; at the last one nothing was in flight.
/// - A cell's candidates at c are its versions made by operations up to and including c, from its floor on. So
///   a write in flight may be there, wholly or in part.
/// - A cell's floor at c is its newest version at the last sync before c that covers it: a sync in flight gives no
///   floor, and a sync covers only what had returned before it was called (`Operation.begun`: other threads may have made calls
///   since). Syncing a file covers its sectors and
///   its size; syncing a directory covers the entries of the names in it. Under a profile that says so, a full sync of
///   a file and a sync of a directory cover its own entry too (the last call that gave or took a name of it), and a
///   version is a floor from the moment its call returns.
/// - A crash state chooses one candidate for each cell. Cells are free of each other, a file's size of its data too,
///   except where the profile orders them (`OrderRules`): a choice at or above one version then needs a choice at or
///   above another. What must persist together needs each other. Where a version gains a floor, all that it needs
///   gains one with it.
/// - A sector's choice may be torn: a mix of the version and the next one (`Tear`), as the profile allows.
/// - A sector that lies at or beyond the file's durable size may be exposed: the size is on the disk, and no write to the
///   sector is. Then it may show, in place of its floor, what its blocks held before, as far as the profile allows that: zeros or
///   garbage. That is a tear without a new byte.
/// - In a tree (`FaultVolume`) a directory is an object, and an entry in it a cell whose version says which object the name
///   stands for. An object is found through entries alone. So where the entry of a directory is lost, all is gone that is
///   only reachable through it, whatever the cells below it show; and a file without a name, made so or removed while it is
///   open, is gone unless an entry comes back. Making an object, linking, renaming, exchanging and removing make
///   versions of entries. The two of a rename, and of an exchange, need each other, so that what moves is always in one
///   place; but two renames do not need each other where no order says so, and together may put two directories out of
///   reach, each below the other.
/// - An object's kind, a symbolic link's text and the attributes that an object was made with come with whatever entry
///   stands for it. Attributes that a call changed are kept from its return on, and are not there before.
/// - A hole punched, a range zeroed or copied is a write, sector by sector. Where directories are parts of names
///   (`Storage`), they need no entries.
/// - A cell with one candidate is settled; the others are open. Closed files, locks and directories without files leave
///   nothing behind.
///
/// How it is kept: the disk's own memory shows the floor of every cell (the *floor image*), and the walk moves the
/// floors forward, so that all points together cost what the recording is long. A state is shown by changing the
/// image in place, and undone after; a disk that shows one records a timeline of its own, over which a further window
/// can be made: that is a crash during recovery, to any depth.
///
/// Threading: one thread at a time.
public final class CrashWindow {
  let core: DiskCore
  private let generation: Int
  private var isShowing = false

  /// Whether what the bodies of this window settle in the windows around it stays settled after each body.
  ///
  /// True: an outer body has one choice for each cell from its first observation on, whoever observed it. False:
  /// after each body those windows are as settled as before it. So bodies of this window can be explored, one after
  /// the other, jointly with the choices that they need of the windows around; the counts of all the windows are
  /// then those at the end of each body, inside it.
  public var keepsOuterChoices = true

  private var listedOpenCells: [Cell.ID]?

  /// Takes over `disk`, which must not be used after that, and begins at crash point 0.
  public init(over disk: FaultDisk) {
    core = disk.liveCore
    core.checkKeepsVersions("make a crash window over")
    core.generation += 1
    generation = core.generation
    core.rewind()
    core.walk.begin(core)
    core.contentHashes.removeAll()
  }

  /// What the disk recorded, for as long as the window lives.
  public var timeline: Timeline {
    checkLive()
    return Timeline(core)
  }

  public var profile: Profile { core.profile }

  // MARK: Walking

  /// The crash point at which the window stands.
  public var point: Int {
    checkLive()
    return core.walk.point
  }

  /// The last crash point: everything had returned.
  public var lastPoint: Int {
    checkLive()
    return core.operations.count
  }

  /// Goes on to the crash point `newPoint`, at or after the present one.
  public func advance(to newPoint: Int) {
    checkAtRest("advance to \(newPoint)")
    if newPoint < point || newPoint > lastPoint {
      fatalError("cannot advance from crash point \(point) to \(newPoint); the last one is \(lastPoint)")
    }
    listedOpenCells = nil
    if newPoint > point { core.resolution.disarm(core) }
    while core.walk.point < newPoint { core.walk.advance(core) }
  }

  // MARK: Cells

  /// The cells that have more than one candidate, in ascending order.
  public var openCells: [Cell.ID] {
    checkLive()
    if let listedOpenCells { return listedOpenCells }
    let walk = core.walk
    let cells = (0..<walk.openCount).map { Cell.ID(walk.openCell($0)) }
    listedOpenCells = cells
    return cells
  }

  /// The versions that a cell of the timeline may show here: its floor first, its newest last.
  public func candidates(of cell: Cell.ID) -> ClosedRange<Int> {
    checkLive()
    return Int(core.walk.floor(cell.number))...Int(core.walk.newest(cell.number))
  }

  /// The operation that made a version of a cell; nil for version 0.
  public func operation(making version: VersionID) -> Int? {
    checkLive()
    if version.version == 0 { return nil }
    checkVersion(version)
    return Int(core.versions[core.walk.row(version.cell.number, Int32(version.version))].operation)
  }

  /// The bytes of its sector that the call wrote which made a version.
  public func writtenBytes(of version: VersionID) -> Range<Int> {
    checkLive()
    if version.version == 0 { return 0..<0 }
    checkVersion(version)
    let record = core.versions[core.walk.row(version.cell.number, Int32(version.version))]
    return Int(record.writtenStart)..<Int(record.writtenEnd)
  }

  func checkVersion(_ version: VersionID) {
    let count = core.cells[version.cell.index].versionCount
    if version.version < 0 || version.version > Int(count) {
      fatalError("version \(version.version) of \(version.cell), which has versions 0...\(count)")
    }
  }

  // MARK: Tears

  /// Whether the profile allows a sector to hold `tear` of `version` and the version after it.
  public func allows(_ tear: Tear, of cell: Cell.ID, after version: Int) -> Bool {
    checkLive()
    let record = core.cells[cell.index]
    guard record.kind == .sector, candidates(of: cell).contains(version),
      version < candidates(of: cell).upperBound,
      tear.newBytesStart >= 0, tear.newBytesStart <= tear.newBytesEnd, tear.newBytesEnd <= core.sectorLength,
      tear.newBytesEnd - tear.newBytesStart < core.sectorLength, !(tear.isBare && tear.rest == .old)
    else { return false }
    let next = core.versions[core.walk.row(cell.number, Int32(version + 1))]
    if !core.canBeCutShort(core.operations[Int(next.operation)]) { return false }
    if isExposed(tear, of: cell, after: version) { return true }
    guard let tearing = core.profile.tearing else { return false }
    return tear.newBytesStart % tearing.grainBytes == 0 && tear.newBytesEnd % tearing.grainBytes == 0
      && tearing.rest.contains(tear.rest.kind)
  }

  /// What an open cell may show besides its candidates, in place of its floor: the zeros or garbage of a tail that a size
  /// exposed before its data arrived.
  public func exposures(of cell: Cell.ID) -> [Tear] {
    checkLive()
    return core.exposures(of: cell.number)
  }

  /// All that an open cell may show, tears aside: its candidates, the newest first, then what an exposed tail holds.
  public func choices(of cell: Cell.ID) -> [CrashState.Choice] {
    let candidates = candidates(of: cell)
    return candidates.reversed().map { CrashState.Choice($0) }
      + exposures(of: cell).map { CrashState.Choice(candidates.lowerBound, tear: $0) }
  }

  /// Whether `tear` of `version` is what the cell's sector may hold because its file's size came before its data.
  public func isExposed(_ tear: Tear, of cell: Cell.ID, after version: Int) -> Bool {
    checkLive()
    return core.isExposed(tear, of: cell.number, after: Int32(version))
  }

  // MARK: Use

  /// Marks that the images show a state and not the floors; traps where they already do.
  func beginShowing() {
    checkAtRest("show a state")
    isShowing = true
  }

  func endShowing() {
    isShowing = false
  }

  func checkLive() {
    if generation != core.generation {
      fatalError(
        "a crash window was used after the body of its disk returned "
          + "(its generation is \(generation), the present one \(core.generation))")
    }
  }

  private func checkAtRest(_ wish: String) {
    checkLive()
    if isShowing {
      fatalError("cannot \(wish) at crash point \(core.walk.point) while a body of withDisk runs")
    }
  }
}
