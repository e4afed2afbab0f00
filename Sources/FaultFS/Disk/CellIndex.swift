/// Which cell of a timeline stands for a sector, a size or an entry.
///
/// Forgetting is by cell, so that emptying a timeline costs what it held and not the size of the files.
final class CellIndex {
  private let sectorCells = Column<Sectors>()
  private let sizeCells = Column<Int32>()
  private let entryCells = Column<Int32>()
  private let attributesCells = Column<Int32>()

  /// The cells of one file by sector, each plus one, so that fresh memory means none.
  @safe
  private struct Sectors: BitwiseCopyable {
    var base: UnsafeMutablePointer<Int32>?
    var count = 0
  }

  deinit {
    for file in 0..<sectorCells.count { unsafe sectorCells[file].base?.deallocate() }
  }

  /// The cell of a sector, or -1.
  func cell(file: Int32, sector: Int32) -> Int32 {
    guard Int(file) < sectorCells.count else { return -1 }
    let sectors = sectorCells[Int(file)]
    guard Int(sector) < sectors.count, let base = unsafe sectors.base else { return -1 }
    return unsafe base[Int(sector)] - 1
  }

  /// The cell of a file's size, or -1.
  func sizeCell(file: Int32) -> Int32 {
    Int(file) < sizeCells.count ? sizeCells[Int(file)] : -1
  }

  /// The cell of a name's entry, or -1.
  func entryCell(name: Int32) -> Int32 {
    Int(name) < entryCells.count ? entryCells[Int(name)] : -1
  }

  /// The cell of a file's attributes, or -1.
  func attributesCell(file: Int32) -> Int32 {
    Int(file) < attributesCells.count ? attributesCells[Int(file)] : -1
  }

  /// Makes `number` the cell of what `record` describes; -1 forgets it.
  func set(_ record: CellRecord, to number: Int32) {
    let subject = Int(record.subject)
    switch record.kind {
    case .sector:
      if subject >= sectorCells.count { sectorCells.resize(to: subject + 1, filler: Sectors()) }
      reserve(file: subject, sector: Int(record.sector))
      if let base = unsafe sectorCells[subject].base { unsafe base[Int(record.sector)] = number + 1 }
    case .size:
      if subject >= sizeCells.count { sizeCells.resize(to: subject + 1, filler: -1) }
      sizeCells[subject] = number
    case .entry:
      if subject >= entryCells.count { entryCells.resize(to: subject + 1, filler: -1) }
      entryCells[subject] = number
    case .attributes:
      if subject >= attributesCells.count { attributesCells.resize(to: subject + 1, filler: -1) }
      attributesCells[subject] = number
    }
  }

  private func reserve(file: Int, sector: Int) {
    let old = sectorCells[file]
    guard sector >= old.count else { return }
    let count = max(sector + 1, old.count * 2, 64)
    let base = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    unsafe base.initialize(repeating: 0, count: count)
    if let oldBase = unsafe old.base {
      unsafe base.update(from: oldBase, count: old.count)
      unsafe oldBase.deallocate()
    }
    unsafe sectorCells[file] = Sectors(base: base, count: count)
  }
}
