/// The memory of one recorded disk: its timeline's tables, and the images that it shares with the disks around it.
///
/// A `FaultDisk` and the `CrashWindow` that takes it over are two thin views of one core; `generation` tells
/// which view is the one in force. Cores are pooled by depth of nesting: the core of a disk that shows a crash
/// state is emptied and used again for the next state, so that trying a state allocates next to nothing.
///
/// The first operation that touches a cell saves what the cell held as the cell's version 0. So the timeline
/// is its own undo log: putting every cell's version 0 back restores the images.
final class DiskCore {
  let images: ImageStore
  let profile: Profile
  /// Raised whenever the view in force changes; a view with another generation must not be used any more.
  var generation = 0
  /// Whether each change of a sector becomes a version, or is only undone in the end.
  private(set) var keepsVersions = true
  var witness: (() -> Int)?
  /// Called while a sync is under way; other threads may make calls meanwhile.
  var whileSyncing: (() -> Void)?
  /// What faults need; nil on a disk that none can strike.
  var faults: FaultState?
  /// What a fault makes of the operation that is about to be recorded.
  var mark = OperationMark()

  let operations = Column<OperationRecord>()
  let versions = Column<VersionRecord>()
  let cells = Column<CellRecord>()
  let arena = ByteArena()
  let index = CellIndex()

  /// The handle that holds each file's lock, 0 for none.
  let lockHolders = Column<Int32>()
  var handleCount: Int32 = 0

  /// How many files, and how many attributes, there were when recording began.
  private(set) var baseFileCount = 0
  private var baseAttributesCount = 0
  /// How many operations `restart` has forgotten.
  private(set) var forgottenOperationCount = 0

  /// Which entries ever stood for which file of a tree, in this recording.
  let namings = Column<Naming>()

  /// The pooled parts of the window over this core.
  let walk = CrashWalk()
  let resolution: ResolutionTable
  let contentHashes = ContentHashes()
  private var inner: DiskCore?

  /// The core whose window made this one; nil for the outermost.
  unowned let parent: DiskCore?
  /// How many cores lie around this one.
  let depth: Int

  /// The versions that hold bytes which a window around this core has not settled.
  let unsettled: UnsettledVersions
  /// For the walk through the windows around a sector that is observed: see `DiskCore+Observation.swift`.
  let scratch: SectorMasks
  /// The state that the window shows, while it shows one.
  var shownState: CrashState?

  init(images: ImageStore, profile: Profile, parent: DiskCore? = nil) {
    self.images = images
    self.profile = profile
    self.parent = parent
    depth = (parent?.depth ?? -1) + 1
    resolution = ResolutionTable(sectorLength: profile.sectorLength)
    unsettled = UnsettledVersions(sectorLength: profile.sectorLength)
    scratch = SectorMasks(sectorLength: profile.sectorLength)
    for _ in 0..<Scratch.count { _ = scratch.add() }
  }

  /// The core of the disks that this core's window shows.
  var innerCore: DiskCore {
    if let inner { return inner }
    let core = DiskCore(images: images, profile: profile, parent: self)
    inner = core
    return core
  }

  var sectorLength: Int { profile.sectorLength }

  /// The core of the disk that this core's window shows just now.
  var runningInner: DiskCore? { shownState != nil || resolution.isActive ? inner : nil }

  /// Whether writes to a file opened by the name `name` are durable when they return.
  func forcesUnitAccess(_ name: Int32) -> Bool {
    guard let pattern = profile.forcedUnitAccess else { return false }
    return NamePattern.matches(pattern, images.names[name])
  }

  // MARK: Recording

  /// The cell of a sector; a new one, with the sector's present bytes as version 0, at the first touch.
  func touchSector(_ file: Int32, _ sector: Int32, name: Int32) -> Int32 {
    let known = index.cell(file: file, sector: sector)
    if known >= 0 { return known }
    // A file that this timeline created held only zeros before.
    let isNew = Int(file) >= baseFileCount
    let base = isNew ? -1 : images.save(file, sector: sector, to: arena)
    let cell = addCell(.sector, subject: file, sector: sector, name: name, base: base)
    if images.marks(file, sector: sector) != 0 { unsettled.addBase(cell) }
    return cell
  }

  func touchSize(_ file: Int32, name: Int32) -> Int32 {
    let known = index.sizeCell(file: file)
    if known >= 0 { return known }
    return addCell(.size, subject: file, sector: 0, name: name, base: images.size(file))
  }

  /// - Parameter label: what the cell is called.
  func touchEntry(_ name: Int32, label: Int32) -> Int32 {
    let known = index.entryCell(name: name)
    if known >= 0 { return known }
    return addCell(.entry, subject: name, sector: 0, name: label, base: Int(images.entry(name)))
  }

  func touchAttributes(_ file: Int32, name: Int32) -> Int32 {
    let known = index.attributesCell(file: file)
    if known >= 0 { return known }
    return addCell(
      .attributes, subject: file, sector: 0, name: name, base: images.attributes.number(of: file))
  }

  private func addCell(_ kind: Cell.Kind, subject: Int32, sector: Int32, name: Int32, base: Int) -> Int32 {
    let record = CellRecord(
      kind: kind, subject: subject, sector: sector, name: name, versionCount: 0, base: base)
    let number = Int32(cells.count)
    cells.append(record)
    index.set(record, to: number)
    images.courseTrace?.touch(record)
    return number
  }

  /// Appends a version, made by the operation that is being recorded.
  func appendVersion(_ cell: Int32, written: Range<Int> = 0..<0, value: Int) {
    var record = cells[Int(cell)]
    record.versionCount += 1
    cells[Int(cell)] = record
    images.courseTrace?.write(record, written)
    if unsettled.holds(cell) { unsettled.addVersion(cell, row: Int32(versions.count), written: written) }
    versions.append(
      VersionRecord(
        operation: Int32(operations.count), cell: cell, version: record.versionCount,
        writtenStart: UInt16(written.lowerBound), writtenEnd: UInt16(written.upperBound), value: value))
  }

  /// Ends a change of a sector: its present bytes become a version where versions are kept. Those over bytes that a window
  /// around has not settled always are, since what is settled later belongs into them too.
  func appendContent(_ cell: Int32, _ file: Int32, sector: Int32, written: Range<Int>) {
    if keepsVersions || unsettled.holds(cell) {
      appendVersion(cell, written: written, value: images.save(file, sector: sector, to: arena))
    } else {
      images.courseTrace?.write(cells[Int(cell)], written)
    }
  }

  /// Ends the recording of one operation, which made the versions from `firstVersion` on.
  ///
  /// - Parameter begun: how many operations there were when the call began; nil for the present number.
  func record(
    _ kind: Operation.Kind, file: Int32, name: Int32, newName: Int32 = -1, directory: Int32 = -1,
    offset: Int = 0, length: Int = 0, firstVersion: Int, isForced: Bool = false, begun: Int? = nil
  ) {
    if versions.count > Int(Int32.max) || cells.count > Int(Int32.max) {
      fatalError("a timeline of \(versions.count) versions of \(cells.count) cells is too long")
    }
    operations.append(
      OperationRecord(
        kind: kind, file: file, name: name, newName: newName, directory: directory, offset: offset,
        length: length,
        firstVersion: Int32(firstVersion), versionCount: Int32(versions.count - firstVersion),
        witness: witness?() ?? Int.min, mark: mark, isForced: isForced,
        begun: Int32(begun ?? operations.count)))
  }

  /// Lets other threads make calls before a sync returns; how many operations there were when it began.
  func beginSync() -> Int {
    let begun = operations.count
    whileSyncing?()
    return begun
  }

  /// Traps where the timeline is not whole.
  func checkKeepsVersions(_ wish: String) {
    if !keepsVersions { fatalError("cannot \(wish) a disk that was made without keeping versions") }
  }

  // MARK: Undoing

  /// Makes the images show `value`, in the terms of the cell's kind.
  func show(_ cell: Int32, value: Int) {
    let record = cells[Int(cell)]
    switch record.kind {
    case .sector: images.restore(record.subject, sector: record.sector, from: arena, at: value)
    case .size: images.setSize(record.subject, value)
    case .entry: images.setEntry(record.subject, Int32(value))
    case .attributes: images.attributes.set(record.subject, to: value)
    }
  }

  /// Makes the images show version 0 of every cell.
  func rewind() {
    for cell in 0..<cells.count { show(Int32(cell), value: cells[cell].base) }
  }

  /// Begins a new timeline on what the images show now.
  func begin(keepsVersions: Bool = true) {
    generation += 1
    self.keepsVersions = keepsVersions
    baseFileCount = images.fileCount
    baseAttributesCount = images.attributes.count
  }

  /// Forgets all that was recorded: what the outermost disk shows is on the disk, and recording begins anew.
  func restart() {
    if depth > 0 { fatalError("a disk at depth \(depth) cannot forget what it recorded") }
    if faults != nil { fatalError("a disk that faults can strike cannot forget what it recorded") }
    forgottenOperationCount += operations.count
    empty()
    namings.removeAll()
    for name in images.names.names.indices {
      let file = images.entry(Int32(name))
      if file >= 0 { namings.append(Naming(file: file, name: Int32(name))) }
    }
    baseFileCount = images.fileCount
    baseAttributesCount = images.attributes.count
  }

  /// Undoes everything since `begin`, and empties the timeline; its memory is kept.
  func discard() {
    generation += 1
    resolution.disarm(self)
    rewind()
    images.removeFiles(from: baseFileCount)
    images.attributes.removeAll(from: baseAttributesCount, files: baseFileCount)
    empty()
    namings.removeAll()
    lockHolders.removeAll()
    handleCount = 0
    witness = nil
    whileSyncing = nil
    faults = nil
  }

  private func empty() {
    for cell in 0..<cells.count { index.set(cells[cell], to: -1) }
    operations.removeAll()
    versions.removeAll()
    cells.removeAll()
    arena.removeAll()
    unsettled.removeAll()
  }
}
