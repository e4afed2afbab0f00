internal import Storage

/// Settling what is about to be observed.
///
/// A disk lies inside zero or more windows, each of which shows a state (wholly settled) or resolves. What an
/// observation of a sector sees is found from the inside out: first what the disk's own calls wrote; then, window by
/// window, the version that the window shows, as far as the calls of the window's timeline wrote it; what is still
/// left shows through from the windows further out. At each window that resolves, the candidates that differ in
/// the bytes that shine through are told apart, and the resolver is asked if there is more than one kind. So a window
/// further out is asked only for bytes that nothing inside it hides.
///
/// Sizes and entries are simpler: a call that changes one settles it first, so the innermost timeline
/// with a cell for it hides all others.
///
/// A value is observed between two bounds: those at or beyond either are alike. Where the lower bound is above the upper one,
/// the question is only whether the value is the lower one.
extension DiskCore {
  /// What an observation between `lower` and `upper` tells of a value.
  @inline(__always)
  static func part(of value: Int, between lower: Int, and upper: Int) -> Int {
    if lower > upper { return value == lower ? 1 : 0 }
    return min(max(value, lower), upper)
  }

  /// The sets of bytes that a walk through the windows needs.
  enum Scratch {
    /// What is observed and was not found yet.
    static let wanted: Int32 = 0
    /// What a window must tell apart.
    static let missing: Int32 = 1
    static let part: Int32 = 2
    static let count = 3
  }

  // MARK: Sizes

  /// The size of a file, to be used in full.
  func observedSize(_ file: Int32) -> Int {
    if images.isWatched(file) { settleSize(file, 0, Int.max) }
    images.courseTrace?.observeSize(self, file, 0, Int.max)
    return images.size(file)
  }

  /// The size of a file; where it is at least `limit`, any size from there on.
  func observedSize(_ file: Int32, upTo limit: Int) -> Int {
    if images.isWatched(file) { settleSize(file, 0, limit) }
    images.courseTrace?.observeSize(self, file, 0, limit)
    return images.size(file)
  }

  /// Settles the file's size as far as it lies between `lower` and `upper`.
  func settleSize(_ file: Int32, _ lower: Int, _ upper: Int) {
    if images.sizeMarks(file) == 0 { return }
    if index.sizeCell(file: file) >= 0 { return }
    var outer = parent
    while let core = outer {
      let cell = core.index.sizeCell(file: file)
      if cell >= 0 {
        core.resolution.settleValue(cell, in: core, lower, upper)
        return
      }
      outer = core.parent
    }
  }

  /// The size that a file had when this timeline began.
  func sizeAtBegin(of file: Int32) -> Int {
    settleSize(file, 0, Int.max)
    let cell = index.sizeCell(file: file)
    if cell >= 0 { return cells[Int(cell)].base }
    // A disk that shows a state of this timeline may have changed it.
    var disk = runningInner
    while let core = disk {
      let cell = core.index.sizeCell(file: file)
      if cell >= 0 { return core.cells[Int(cell)].base }
      disk = core.runningInner
    }
    return images.size(file)
  }

  // MARK: Entries

  /// The number of the name of a file that exists, or nil.
  func lookedUp(_ name: String) -> Int32? {
    guard let number = images.names.find(name) else { return nil }
    if images.entryMarks(number) != 0 { settleEntry(number) }
    images.courseTrace?.observeEntry(self, number, upTo: Int.max)
    return images.entry(number) >= 0 ? number : nil
  }

  /// Settles which file a name stands for, or only whether there is one.
  func settleEntry(_ name: Int32, onlyExistence: Bool = false) {
    settleEntry(name, -1, onlyExistence ? 0 : Int.max)
  }

  /// Settles whether a name stands for a file.
  func settleEntry(_ name: Int32, whether file: Int32) {
    settleEntry(name, Int(file), Int(file) - 1)
  }

  private func settleEntry(_ name: Int32, _ lower: Int, _ upper: Int) {
    if index.entryCell(name: name) >= 0 { return }
    var outer = parent
    while let core = outer {
      let cell = core.index.entryCell(name: name)
      if cell >= 0 {
        core.resolution.settleValue(cell, in: core, lower, upper)
        return
      }
      outer = core.parent
    }
  }

  /// Settles which names of a directory exist.
  func settleEntries(of directory: String) {
    for name in images.unsettledNames(where: { FaultDisk.directory(of: $0) == directory }) {
      settleEntry(name, onlyExistence: true)
    }
    images.courseTrace?.observeNames(self) { FaultDisk.directory(of: $0) == directory }
  }

  // MARK: Sectors

  /// Settles the bytes `range` of a file.
  func settleBytes(_ file: Int32, _ range: Range<Int>) {
    if range.isEmpty { return }
    for sector in range.lowerBound / sectorLength...(range.upperBound - 1) / sectorLength
    where images.marks(file, sector: Int32(sector)) != 0 {
      let start = sector * sectorLength
      scratch.clear(Scratch.wanted)
      scratch.insert(
        Scratch.wanted,
        max(0, range.lowerBound - start)..<min(sectorLength, range.upperBound - start))
      settleSector(file, Int32(sector))
    }
  }

  /// Settles bytes of a sector as a version of this timeline holds them.
  ///
  /// - Parameters:
  ///   - row: the version's row; -1 for version 0.
  ///   - showsNewest: whether the images show the newest version of the cell, as they do while the disk is in use, and
  ///     not version 0.
  func settleBytes(ofVersionAt row: Int32, of cell: Int32, _ range: Range<Int>, showsNewest: Bool) {
    if !unsettled.holds(cell) { return }
    let record = cells[Int(cell)]
    let version = row < 0 ? 0 : versions[Int(row)].version
    scratch.clear(Scratch.wanted)
    scratch.insert(Scratch.wanted, range)
    scratch.subtract(
      Scratch.wanted, unsettled.written,
      unsettled.node(cell, version: version, newest: record.versionCount))
    settleWanted(record.subject, record.sector)
    // What was settled may be bytes that a newer version hides.
    if showsNewest { show(cell, value: newestValue(of: cell)) }
  }

  /// What a cell holds now, in the terms of `CellRecord.base`.
  private func newestValue(of cell: Int32) -> Int {
    let record = cells[Int(cell)]
    if record.versionCount == 0 { return record.base }
    var row = versions.count - 1
    while versions[row].cell != cell { row -= 1 }
    return versions[row].value
  }

  /// Settles the wanted bytes of a sector.
  private func settleSector(_ file: Int32, _ sector: Int32) {
    let own = index.cell(file: file, sector: sector)
    if own >= 0 {
      if !unsettled.holds(own) { return }
      scratch.subtract(Scratch.wanted, unsettled.written, unsettled.newestNode(own))
    }
    settleWanted(file, sector)
  }

  /// Settles the bytes of a sector that are still wanted from the windows around.
  private func settleWanted(_ file: Int32, _ sector: Int32) {
    var outer = parent
    while let core = outer, !scratch.isEmpty(Scratch.wanted) {
      // Nothing is unsettled there or further out.
      if images.marks(file, sector: sector) & (UInt8.max >> UInt8(7 - core.depth)) == 0 { return }
      let cell = core.index.cell(file: file, sector: sector)
      if cell >= 0 {
        if core.resolution.isActive && core.walk.isOpen(cell) {
          core.resolution.settleSector(cell, in: core, for: self)
        }
        if !core.unsettled.holds(cell) { return }
        core.removeWritten(cell, from: self)
      }
      outer = core.parent
    }
  }

  /// Takes from the wanted bytes of `disk` those that this core's window shows as its timeline wrote them.
  func removeWritten(_ cell: Int32, from disk: DiskCore) {
    if resolution.isActive && walk.isOpen(cell) {
      let mask = resolution.shownMask(cell)
      disk.scratch.subtract(Scratch.wanted, resolution.masks, mask)
      return
    }
    var version = walk.floor(cell)
    var tear: Tear?
    if let shownState, walk.isOpen(cell) {
      version = walk.newest(cell)
      for deviation in shownState.deviations where deviation.cell.number == cell {
        version = Int32(deviation.version)
        tear = deviation.tear
      }
    }
    copyWritten(cell, version, tear, to: Scratch.part, of: disk.scratch)
    disk.scratch.subtract(Scratch.wanted, disk.scratch, Scratch.part)
  }

  /// Makes `mask` the bytes that a version, or a tear of it and the next one, has from this timeline's calls.
  func copyWritten(
    _ cell: Int32, _ version: Int32, _ tear: Tear?, to mask: Int32, of masks: borrowing SectorMasks
  ) {
    let newest = cells[Int(cell)].versionCount
    let node = unsettled.node(cell, version: version, newest: newest)
    masks.copy(mask, from: unsettled.written, node)
    guard let tear else { return }
    if tear.rest != .old { masks.insert(mask, restBytes(of: tear, of: cell, after: version)) }
    if tear.isBare { return }
    let newBytes = tear.newBytesStart..<tear.newBytesEnd
    masks.remove(mask, newBytes)
    let nextNode = unsettled.node(cell, version: version + 1, newest: newest)
    let next = masks.add()
    masks.copy(next, from: unsettled.written, nextNode)
    masks.remove(next, 0..<newBytes.lowerBound)
    masks.remove(next, newBytes.upperBound..<sectorLength)
    masks.formUnion(mask, masks, next)
    masks.removeLast()
  }

  /// Puts the missing bytes of a sector, which the window of `core` has settled, into the image and into all that
  /// the cores inside that window keep of the sector.
  @unsafe
  func reveal(_ file: Int32, _ sector: Int32, from source: UnsafeRawPointer, of core: DiskCore) {
    let start = Int(sector) * sectorLength
    images.noteChange(file, start..<start + sectorLength)
    let image = unsafe images.bytes(file, at: start, count: sectorLength)
    guard let target = image.baseAddress else { return }
    unsafe scratch.copyBytes(Scratch.missing, from: source, to: target)
    var inside: DiskCore? = self
    while let keeper = inside, keeper !== core {
      unsafe keeper.keepRevealed(file, sector, from: source, scratch)
      inside = keeper.parent
    }
  }

  @unsafe
  private func keepRevealed(
    _ file: Int32, _ sector: Int32, from source: UnsafeRawPointer, _ scratch: borrowing SectorMasks
  ) {
    let cell = index.cell(file: file, sector: sector)
    guard cell >= 0, unsettled.holds(cell) else { return }
    var number = unsettled.newestNode(cell)
    while number >= 0 {
      let node = unsettled.node(number)
      let value = node.row < 0 ? cells[Int(cell)].base : versions[Int(node.row)].value
      scratch.copy(Scratch.part, from: scratch, Scratch.missing)
      scratch.subtract(Scratch.part, unsettled.written, number)
      if let target = unsafe arena.mutableBytes(at: value, count: sectorLength).baseAddress {
        unsafe scratch.copyBytes(Scratch.part, from: source, to: target)
      }
      number = node.previous
    }
    unsafe resolution.keepRevealed(cell, from: source, scratch)
  }
}
