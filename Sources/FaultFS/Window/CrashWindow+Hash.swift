internal import CXXHash

/// Hashes of contents, for a caller that compares what two crash points would show.
extension CrashWindow {
  /// A hash (XXH3) of what a cell holds in a version: a sector's bytes, a size, or an entry's file.
  ///
  /// Kept for each version once it was asked for. Nil where some of the bytes are those of a sector that a window
  /// around this one has not settled for good.
  public func contentHash(of version: VersionID) -> UInt64? {
    checkLive()
    checkVersion(version)
    let cell = version.cell.number
    if core.unsettled.holds(cell) {
      let node = core.unsettled.node(
        cell, version: Int32(version.version), newest: core.cells[version.cell.index].versionCount)
      if !core.unsettled.written.isFull(node) { return nil }
    }
    return hash(cell, Int32(version.version))
  }

  /// The hash of what a cell holds in a version, all of it from this window's own timeline.
  func hash(_ cell: Int32, _ version: Int32) -> UInt64 {
    let row = version == 0 ? -1 : core.walk.row(cell, version)
    let place = row < 0 ? Int(cell) * 2 + 1 : row * 2
    if let known = core.contentHashes.find(place) { return known }
    let hash: UInt64
    if core.cells[Int(cell)].kind == .sector {
      hash = unsafe cxxhash_xxh3_64(sectorBytes(cell, version), core.sectorLength, 0)
    } else {
      let value = row < 0 ? core.cells[Int(cell)].base : core.versions[row].value
      hash = unsafe withUnsafeBytes(of: value) { bytes in
        unsafe cxxhash_xxh3_64(bytes.baseAddress, bytes.count, 0)
      }
    }
    core.contentHashes.set(place, hash)
    return hash
  }

  /// The bytes of a sector in a version.
  @unsafe
  func sectorBytes(_ cell: Int32, _ version: Int32) -> UnsafeRawPointer {
    let value = core.walk.value(core, cell, version)
    let choice = ChoiceCatalog.Choice(version: version, tear: -1, value: value, mask: -1)
    return unsafe core.resolution.catalog.bytes(choice, core)
  }

  /// The cell of a sector, if an operation of the timeline touched it. A sector without one looks alike at every
  /// crash point.
  public func cell(file: Int, sector: Int) -> Cell.ID? {
    checkLive()
    let cell = core.index.cell(file: Int32(file), sector: Int32(sector))
    return cell < 0 ? nil : Cell.ID(cell)
  }

  /// The cell of a file's size, if an operation of the timeline changed it.
  public func sizeCell(file: Int) -> Cell.ID? {
    checkLive()
    let cell = core.index.sizeCell(file: Int32(file))
    return cell < 0 ? nil : Cell.ID(cell)
  }

  /// The cell of a name's entry, if an operation of the timeline changed it.
  public func entryCell(name: String) -> Cell.ID? {
    checkLive()
    let cell = core.images.names.find(name).map { core.index.entryCell(name: $0) } ?? -1
    return cell < 0 ? nil : Cell.ID(cell)
  }
}
