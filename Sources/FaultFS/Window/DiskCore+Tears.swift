/// Where the bytes of a tear lie; for the window over a core.
extension DiskCore {
  /// Whether `tear` is that of a sector that was exposed before its data arrived.
  func isExposedTail(_ tear: Tear, _ record: CellRecord) -> Bool {
    guard tear.isBare, profile.exposedTail.contains(tear.rest.kind) else { return false }
    let sizeCell = index.sizeCell(file: record.subject)
    let durableSize =
      sizeCell < 0 ? sizeAtBegin(of: record.subject) : walk.value(self, sizeCell, walk.floor(sizeCell))
    return Int(record.sector) * sectorLength >= durableSize
  }

  /// The bytes of a sector that hold the rest of a tear, but for those that are new.
  func restBytes(of tear: Tear, of cell: Int32, after version: Int32) -> Range<Int> {
    let record = cells[Int(cell)]
    let next = versions[walk.row(cell, version + 1)]
    let reachesAll = isExposedTail(tear, record) || profile.tearing?.reachesNeighbours == true
    return reachesAll ? 0..<sectorLength : Int(next.writtenStart)..<Int(next.writtenEnd)
  }
}
