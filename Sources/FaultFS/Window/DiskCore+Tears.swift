/// Where the bytes of a tear lie, and what a tail may show that was exposed before its data; for the window over a core.
extension DiskCore {
  /// What a sector may hold in place of its floor, where a size that grew exposed it before its data arrived.
  ///
  /// Zeros are left out where the floor holds nothing else. Inside another window that may hang on what that one shows:
  /// there they are always among them.
  func exposures(of cell: Int32) -> [Tear] {
    if profile.exposedTail.isEmpty { return [] }
    let floor = walk.floor(cell)
    guard cells[Int(cell)].kind == .sector, floor < walk.newest(cell), isBeyondDurableSize(cell) else {
      return []
    }
    let next = operations[Int(versions[walk.row(cell, floor + 1)].operation)]
    if !canBeCutShort(next) { return [] }
    return profile.exposedTail.compactMap { kind in
      switch kind {
      case .old: nil
      case .zeros: depth == 0 && holdsZerosOnly(cell, floor) ? nil : Tear(newBytes: 0..<0, rest: .zeros)
      case .garbage: Tear(newBytes: 0..<0, rest: .garbage(seed: UInt64(cell)))
      }
    }
  }

  /// Whether `tear` of a version is what a sector may hold that was exposed before its data arrived.
  func isExposed(_ tear: Tear, of cell: Int32, after version: Int32) -> Bool {
    tear.isBare && version == walk.floor(cell)
      && exposures(of: cell).contains { $0.rest.kind == tear.rest.kind }
  }

  /// What a failed sync took back, a bit that rotted, and a call that is one atom are no writes that could be cut short.
  func canBeCutShort(_ operation: OperationRecord) -> Bool {
    operation.mark.effect != .replaced && !profile.isIndivisible(operation.kind)
  }

  private func isBeyondDurableSize(_ cell: Int32) -> Bool {
    let record = cells[Int(cell)]
    // Without a cell the size never changed, and whatever was written lies within it.
    let sizeCell = index.sizeCell(file: record.subject)
    return sizeCell >= 0
      && Int(record.sector) * sectorLength >= walk.value(self, sizeCell, walk.floor(sizeCell))
  }

  private func holdsZerosOnly(_ cell: Int32, _ version: Int32) -> Bool {
    let value = walk.value(self, cell, version)
    if value < 0 { return true }
    return unsafe arena.bytes(at: value, count: sectorLength).allSatisfy { $0 == 0 }
  }

  /// The bytes of a sector that hold the rest of a tear, but for those that are new.
  func restBytes(of tear: Tear, of cell: Int32, after version: Int32) -> Range<Int> {
    let next = versions[walk.row(cell, version + 1)]
    let reachesAll =
      profile.tearing?.reachesNeighbours == true || isExposed(tear, of: cell, after: version)
    return reachesAll ? 0..<sectorLength : Int(next.writtenStart)..<Int(next.writtenEnd)
  }
}
