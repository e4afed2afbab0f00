/// Where a crash window stands in its timeline: the floor and the newest version of each cell.
///
/// One of these belongs to each core and is used again for the next window over it.
final class CrashWalk {
  /// Versions by cell: those of a cell begin at `firstRows[cell]`, in ascending order.
  private let firstRows = Column<Int32>()
  private let rowsByCell = Column<Int32>()

  private let floors = Column<Int32>()
  private let newestVersions = Column<Int32>()

  /// The open cells of each file or directory as a doubly linked list: the first of each list, and each cell's
  /// neighbours in it (-1: none). A sync empties one list without a look at other cells.
  private let fileLists = Column<Int32>()
  private let directoryLists = Column<Int32>()
  private let following = Column<Int32>()
  private let preceding = Column<Int32>()

  /// All open cells, in no order: the members of the lists, with each cell's place here.
  private let members = Column<Int32>()
  private let places = Column<Int32>()

  /// All open cells in ascending order, where `isSorted`.
  private let sorted = Column<Int32>()
  private var isSorted = false

  /// The indivisible operations that still have an open version, in ascending order.
  private let links = Column<Int32>()

  private var linksAreStale = false

  /// For whoever builds or checks a state: a version for each open cell.
  let chosen = Column<Int32>()

  /// The cells that do not show their floors, while a state is shown.
  let changed = Column<Int32>()

  private(set) var point = 0

  // MARK: Looking

  func floor(_ cell: Int32) -> Int32 { floors[Int(cell)] }

  func newest(_ cell: Int32) -> Int32 { newestVersions[Int(cell)] }

  func isOpen(_ cell: Int32) -> Bool { places[Int(cell)] >= 0 }

  /// The row in the table of versions of a version that is not 0.
  func row(_ cell: Int32, _ version: Int32) -> Int {
    Int(rowsByCell[Int(firstRows[Int(cell)]) + Int(version) - 1])
  }

  /// What a cell holds in a version, in the terms of `CellRecord.base`.
  func value(_ core: DiskCore, _ cell: Int32, _ version: Int32) -> Int {
    version == 0 ? core.cells[Int(cell)].base : core.versions[row(cell, version)].value
  }

  var openCount: Int { members.count }

  /// The open cell that is number `place` in ascending order.
  func openCell(_ place: Int) -> Int32 {
    sort()
    return sorted[place]
  }

  var linkCount: Int { links.count }

  func link(_ place: Int) -> Int32 { links[place] }

  private func sort() {
    if isSorted { return }
    sorted.removeAll()
    for place in 0..<members.count { sorted.append(members[place]) }
    sorted.sort()
    isSorted = true
  }

  // MARK: Walking

  /// Begins at crash point 0 of `core`, whose images must show version 0 of every cell.
  func begin(_ core: DiskCore) {
    let cellCount = core.cells.count
    firstRows.removeAll()
    rowsByCell.resize(to: 0, filler: 0)
    rowsByCell.resize(to: core.versions.count, filler: 0)
    var row: Int32 = 0
    for cell in 0..<cellCount {
      firstRows.append(row)
      row += core.cells[cell].versionCount
    }
    for row in 0..<core.versions.count {
      let version = core.versions[row]
      rowsByCell[Int(firstRows[Int(version.cell)]) + Int(version.version) - 1] = Int32(row)
    }
    restart(floors, count: cellCount, filler: 0)
    restart(newestVersions, count: cellCount, filler: 0)
    restart(following, count: cellCount, filler: -1)
    restart(preceding, count: cellCount, filler: -1)
    restart(chosen, count: cellCount, filler: 0)
    restart(places, count: cellCount, filler: -1)
    restart(fileLists, count: core.images.fileCount, filler: -1)
    restart(directoryLists, count: core.images.names.directories.count, filler: -1)
    members.removeAll()
    links.removeAll()
    changed.removeAll()
    linksAreStale = false
    isSorted = false
    point = 0
    startOperation(core)
  }

  private func restart(_ column: borrowing Column<Int32>, count: Int, filler: Int32) {
    column.removeAll()
    column.resize(to: count, filler: filler)
  }

  /// Goes to the next crash point: the operation in flight completes, and the one after it is in flight.
  func advance(_ core: DiskCore) {
    completeOperation(core)
    point += 1
    startOperation(core)
    if linksAreStale { dropSettledLinks(core) }
  }

  /// The versions of the operation at the point may be on the disk from now on.
  private func startOperation(_ core: DiskCore) {
    guard point < core.operations.count else { return }
    let operation = core.operations[point]
    for row in operation.versions {
      let version = core.versions[row]
      newestVersions[Int(version.cell)] = version.version
      if places[Int(version.cell)] < 0 { open(core, version.cell) }
    }
    if operation.versionCount > 1 && core.profile.isIndivisible(operation.kind) { links.append(Int32(point)) }
  }

  /// The operation at the point has returned: what it made durable can no longer be lost.
  private func completeOperation(_ core: DiskCore) {
    let operation = core.operations[point]
    for row in operation.versions {
      let version = core.versions[row]
      let kind = core.cells[Int(version.cell)].kind
      if core.profile.ordering(of: kind) == .durableOnReturn {
        raiseFloor(core, version.cell, to: version.version)
      }
    }
    switch operation.kind {
    case .syncData, .syncFull:
      while case let cell = fileLists[Int(operation.file)], cell >= 0 {
        raiseFloor(core, cell, to: newestVersions[Int(cell)])
      }
    case .syncDirectory:
      while case let cell = directoryLists[Int(operation.name)], cell >= 0 {
        raiseFloor(core, cell, to: newestVersions[Int(cell)])
      }
    case .create, .write, .truncate, .allocate, .rename, .remove:
      break
    }
  }

  /// Raises a cell's floor, and with it the floors of what can only persist together with the versions passed.
  private func raiseFloor(_ core: DiskCore, _ cell: Int32, to version: Int32) {
    let old = floors[Int(cell)]
    if version <= old { return }
    floors[Int(cell)] = version
    core.show(cell, value: value(core, cell, version))
    if version == newestVersions[Int(cell)] { close(core, cell) }
    for passed in old + 1...version {
      let operation = core.operations[Int(core.versions[row(cell, passed)].operation)]
      guard operation.versionCount > 1, core.profile.isIndivisible(operation.kind) else { continue }
      linksAreStale = true
      for row in operation.versions {
        let other = core.versions[row]
        raiseFloor(core, other.cell, to: other.version)
      }
    }
  }

  private func dropSettledLinks(_ core: DiskCore) {
    var kept = 0
    for place in 0..<links.count {
      let first = core.versions[Int(core.operations[Int(links[place])].firstVersion)]
      // The floors of all its versions pass it together.
      if floors[Int(first.cell)] < first.version {
        links[kept] = links[place]
        kept += 1
      }
    }
    links.resize(to: kept, filler: 0)
    linksAreStale = false
  }

  // MARK: The lists

  private func open(_ core: DiskCore, _ cell: Int32) {
    places[Int(cell)] = Int32(members.count)
    members.append(cell)
    let first = listHead(core, cell)
    following[Int(cell)] = first
    preceding[Int(cell)] = -1
    if first >= 0 { preceding[Int(first)] = cell }
    setListHead(core, cell, to: cell)
    isSorted = false
  }

  private func close(_ core: DiskCore, _ cell: Int32) {
    let place = places[Int(cell)]
    let last = members.removeLast()
    if last != cell {
      members[Int(place)] = last
      places[Int(last)] = place
    }
    places[Int(cell)] = -1
    let next = following[Int(cell)]
    let previous = preceding[Int(cell)]
    if next >= 0 { preceding[Int(next)] = previous }
    if previous >= 0 { following[Int(previous)] = next } else { setListHead(core, cell, to: next) }
    isSorted = false
  }

  private func listHead(_ core: DiskCore, _ cell: Int32) -> Int32 {
    let record = core.cells[Int(cell)]
    return record.kind == .entry
      ? directoryLists[Int(core.images.names.directory(of: record.subject))] : fileLists[Int(record.subject)]
  }

  private func setListHead(_ core: DiskCore, _ cell: Int32, to first: Int32) {
    let record = core.cells[Int(cell)]
    if record.kind == .entry {
      directoryLists[Int(core.images.names.directory(of: record.subject))] = first
    } else {
      fileLists[Int(record.subject)] = first
    }
  }
}
