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
    let record = core.cells[version.cell.index]
    let row = version.version == 0 ? -1 : core.walk.row(version.cell.number, Int32(version.version))
    let place = row < 0 ? version.cell.index * 2 + 1 : row * 2
    if let known = core.contentHashes.find(place) { return known }
    if core.unsettled.holds(version.cell.number) {
      let node = core.unsettled.node(
        version.cell.number, version: Int32(version.version), newest: record.versionCount)
      if !core.unsettled.written.isFull(node) { return nil }
    }
    let value = row < 0 ? record.base : core.versions[row].value
    let hash: UInt64
    if record.kind == .sector && value >= 0 {
      let bytes = unsafe core.arena.bytes(at: value, count: core.sectorLength)
      hash = unsafe cxxhash_xxh3_64(bytes.baseAddress, bytes.count, 0)
    } else if record.kind == .sector {
      let zeros = [UInt8](repeating: 0, count: core.sectorLength)
      hash = unsafe zeros.withUnsafeBytes { bytes in unsafe cxxhash_xxh3_64(bytes.baseAddress, bytes.count, 0)
      }
    } else {
      hash = unsafe withUnsafeBytes(of: value) { bytes in
        unsafe cxxhash_xxh3_64(bytes.baseAddress, bytes.count, 0)
      }
    }
    core.contentHashes.set(place, hash)
    return hash
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
