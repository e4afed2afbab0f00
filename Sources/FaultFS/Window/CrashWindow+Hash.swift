internal import CXXHash

/// Hashes of contents, to compare what two crash points would show.
extension CrashWindow {
  /// The hash (XXH3) of what a cell holds in a version: a sector's bytes, a size, or an entry's file. Kept once it
  /// was asked for.
  ///
  /// Only for a window that no other lies around: in others a sector may hold bytes that are not settled.
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
}
