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

  /// For each cell, the newest version that counts as clean although the disk may not hold it; 0 for none. No
  /// sync covers it, and nothing that needs it waits for it.
  private let cleanVersions = Column<Int32>()

  /// What the profile demands of any state.
  private let rules = OrderRules()

  /// The rows above their floors that need others, in ascending order.
  private let boundRows = Column<Int32>()

  private var boundRowsAreStale = false

  /// Rows whose floors are being raised.
  private let risingRows = Column<Int32>()

  /// The cells that a sync is about to floor.
  private let coveredCells = Column<Int32>()

  /// The rows that were flushed and wait for a fence.
  private let flushedRows = Column<Int32>()

  /// The last create, rename or remove of each file that has returned or is in flight, or -1.
  private let entryOperations = Column<Int32>()

  /// For whoever builds or checks a state: a version for each open cell.
  let chosen = Column<Int32>()

  /// The cells that do not show their floors, while a state is shown.
  let changed = Column<Int32>()

  private(set) var point = 0

  /// Whether the images follow the floors.
  private(set) var showsFloors = true

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

  var boundRowCount: Int { boundRows.count }

  /// The rows above their floors that need others, in ascending order.
  func boundRow(_ place: Int) -> Int { Int(boundRows[place]) }

  /// The rows that a row needs, as places for `neededRow`.
  func needs(of row: Int) -> Range<Int> { rules.needs(of: row) }

  func neededRow(_ place: Int) -> Int { rules.target(place) }

  /// Whether a row need not wait for one that it needs, since that counts as clean although the disk may not hold it.
  ///
  /// Never waived is what holds a rename, a call that is one atom, or a block together: those are written as one,
  /// from what the cache shows.
  func isWaived(_ core: DiskCore, _ row: Int, needs neededRow: Int) -> Bool {
    let needed = core.versions[neededRow]
    if needed.version > cleanVersions[Int(needed.cell)] { return false }
    let version = core.versions[row]
    if version.operation == needed.operation
      && core.profile.isIndivisible(core.operations[Int(needed.operation)].kind)
    {
      return false
    }
    if core.profile.atom != .block { return true }
    let (cell, other) = (core.cells[Int(version.cell)], core.cells[Int(needed.cell)])
    let sectorsPerBlock = Int32(core.profile.blockLength / core.sectorLength)
    return cell.kind != .sector || other.kind != .sector || cell.subject != other.subject
      || cell.sector / sectorsPerBlock != other.sector / sectorsPerBlock
  }

  private func sort() {
    if isSorted { return }
    sorted.removeAll()
    for place in 0..<members.count { sorted.append(members[place]) }
    sorted.sort()
    isSorted = true
  }

  // MARK: Walking

  /// Walks to the end of what `core` has recorded so far, while no window is over it, and leaves the images alone.
  func run(_ core: DiskCore) {
    begin(core, showsFloors: false)
    while point < core.operations.count { advance(core) }
  }

  /// Begins at crash point 0 of `core`, whose images must show version 0 of every cell where they are to show the floors.
  func begin(_ core: DiskCore, showsFloors: Bool = true) {
    self.showsFloors = showsFloors
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
    restart(directoryLists, count: core.images.names.directoryCount, filler: -1)
    restart(cleanVersions, count: cellCount, filler: 0)
    restart(entryOperations, count: core.images.fileCount, filler: -1)
    members.removeAll()
    boundRows.removeAll()
    changed.removeAll()
    flushedRows.removeAll()
    rules.build(core)
    boundRowsAreStale = false
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
    if boundRowsAreStale { dropSettledRows(core) }
  }

  /// The versions of the operation at the point may be on the disk from now on.
  private func startOperation(_ core: DiskCore) {
    guard point < core.operations.count else { return }
    let operation = core.operations[point]
    for row in operation.versions {
      let version = core.versions[row]
      if core.cells[Int(version.cell)].kind == .attributes { continue }
      newestVersions[Int(version.cell)] = version.version
      if places[Int(version.cell)] < 0 { open(core, version.cell) }
      if !rules.needs(of: row).isEmpty { boundRows.append(Int32(row)) }
    }
    switch operation.mark.effect {
    case .cleanNotWritten: markClean(core, operation)
    case .neverWritten:
      for row in operation.versions where core.canBeClean(core.versions[row].cell) {
        cleanVersions[Int(core.versions[row].cell)] = core.versions[row].version
      }
    case .usual, .nothing, .replaced: break
    }
    forEachNamed(core, operation) { file in entryOperations[file] = Int32(point) }
  }

  /// Calls `body` with each file that a call gave a name or took one of.
  private func forEachNamed(_ core: DiskCore, _ operation: OperationRecord, _ body: (Int) -> Void) {
    switch operation.kind {
    case .create, .rename, .remove, .makeDirectory, .makeSymbolicLink, .link, .removeDirectory:
      // Renaming a file to its own name changes nothing.
      if operation.versionCount > 0 { body(Int(operation.file)) }
    case .exchange:
      for row in operation.versions { body(core.versions[row].value) }
    case .write, .truncate, .allocate, .zero, .syncData, .syncFull, .syncDirectory, .setAttributes, .store,
      .flush, .fence:
      break
    }
  }

  /// The operation at the point has returned: what it made durable can no longer be lost.
  private func completeOperation(_ core: DiskCore) {
    let operation = core.operations[point]
    if operation.mark.effect == .replaced {
      for row in operation.versions { replaceFloor(core, byRow: row) }
      return
    }
    for row in operation.versions {
      let kind = core.cells[Int(core.versions[row].cell)].kind
      if kind == .attributes {
        keepAttributes(core, row)
      } else if core.profile.ordering(of: kind) == .durableOnReturn
        || (operation.isForced && kind == .sector && operation.mark.effect != .neverWritten)
      {
        raiseFloor(core, toRow: row)
      }
    }
    if operation.mark.effect == .usual { completeSync(core, operation) }
  }

  /// The attributes that a row holds are kept: others cannot come back.
  private func keepAttributes(_ core: DiskCore, _ row: Int) {
    let version = core.versions[row]
    newestVersions[Int(version.cell)] = version.version
    floors[Int(version.cell)] = version.version
    if showsFloors { core.show(version.cell, value: version.value) }
  }

  /// A sync fails, and what it should have covered counts as clean.
  private func markClean(_ core: DiskCore, _ operation: OperationRecord) {
    let isDirectory = operation.kind == .syncDirectory
    var cell = isDirectory ? directoryLists[Int(operation.directory)] : fileLists[Int(operation.file)]
    while cell >= 0 {
      if isDirectory || core.canBeClean(cell) {
        cleanVersions[Int(cell)] = newestVersions[Int(cell)]
      }
      cell = following[Int(cell)]
    }
  }

  private func completeSync(_ core: DiskCore, _ operation: OperationRecord) {
    switch operation.kind {
    case .syncData: coverCells(core, from: fileLists[Int(operation.file)], before: operation.begun)
    case .syncFull:
      coverCells(core, from: fileLists[Int(operation.file)], before: operation.begun)
      coverOwnEntry(core, operation.file, before: operation.begun)
    case .syncDirectory:
      coverCells(core, from: directoryLists[Int(operation.directory)], before: operation.begun)
      if operation.file >= 0 { coverOwnEntry(core, operation.file, before: operation.begun) }
    case .flush: noteFlush(core, operation)
    case .fence: completeFence(core, operation)
    case .create, .write, .truncate, .allocate, .zero, .rename, .remove, .makeDirectory, .makeSymbolicLink,
      .link, .removeDirectory, .exchange, .setAttributes, .store:
      break
    }
  }

  /// Where the profile says so, floors what the last call made, of those before operation `begun`, that gave or took a name of a
  /// file.
  private func coverOwnEntry(_ core: DiskCore, _ file: Int32, before begun: Int32) {
    if !core.profile.fileSyncPersistsEntry { return }
    var entryOperation = entryOperations[Int(file)]
    // Another thread named the file while it was synced.
    while entryOperation >= begun {
      entryOperation -= 1
      while entryOperation >= 0 {
        var isNamed = false
        forEachNamed(core, core.operations[Int(entryOperation)]) { isNamed = isNamed || $0 == Int(file) }
        if isNamed { break }
        entryOperation -= 1
      }
    }
    if entryOperation < 0 { return }
    for row in core.operations[Int(entryOperation)].versions {
      let version = core.versions[row]
      if version.version > cleanVersions[Int(version.cell)] { raiseFloor(core, toRow: row) }
    }
  }

  /// Notes the newest version of each line that is flushed. A fence covers these, and not what was stored after them.
  private func noteFlush(_ core: DiskCore, _ operation: OperationRecord) {
    if operation.length == 0 { return }
    let length = core.sectorLength
    for line in operation.offset / length...(operation.offset + operation.length - 1) / length {
      let cell = core.index.cell(file: operation.file, sector: Int32(line))
      if cell >= 0 && isOpen(cell) { flushedRows.append(Int32(row(cell, newest(cell)))) }
    }
  }

  /// Floors what was flushed of the fence's file.
  private func completeFence(_ core: DiskCore, _ operation: OperationRecord) {
    var left = 0
    for place in 0..<flushedRows.count {
      let row = Int(flushedRows[place])
      if core.cells[Int(core.versions[row].cell)].subject == operation.file {
        raiseFloor(core, toRow: row)
      } else {
        flushedRows[left] = Int32(row)
        left += 1
      }
    }
    flushedRows.resize(to: left, filler: 0)
  }

  /// Floors the newest version of every cell in the list that begins with `first`, of those made before operation `begun`.
  private func coverCells(_ core: DiskCore, from first: Int32, before begun: Int32) {
    coveredCells.removeAll()
    var cell = first
    while cell >= 0 {
      coveredCells.append(cell)
      cell = following[Int(cell)]
    }
    for place in 0..<coveredCells.count {
      let cell = coveredCells[place]
      var newest = newestVersions[Int(cell)]
      while newest > floors[Int(cell)], core.versions[row(cell, newest)].operation >= begun { newest -= 1 }
      if newest > floors[Int(cell)] && newest > cleanVersions[Int(cell)] {
        raiseFloor(core, toRow: row(cell, newest))
      }
    }
  }

  /// Raises a cell's floor to the version of a row, and with it the floors of all that the versions passed need.
  private func raiseFloor(_ core: DiskCore, toRow row: Int) {
    risingRows.append(Int32(row))
    while risingRows.count > 0 {
      let version = core.versions[Int(risingRows.removeLast())]
      let cell = version.cell
      let old = floors[Int(cell)]
      if version.version <= old { continue }
      floors[Int(cell)] = version.version
      if showsFloors { core.show(cell, value: version.value) }
      if version.version == newestVersions[Int(cell)] { close(core, cell) }
      for passed in old + 1...version.version {
        let passedRow = self.row(cell, passed)
        let needs = rules.needs(of: passedRow)
        if needs.isEmpty { continue }
        boundRowsAreStale = true
        for place in needs where !isWaived(core, passedRow, needs: rules.target(place)) {
          risingRows.append(Int32(rules.target(place)))
        }
      }
    }
  }

  /// Makes the version of a row its cell's floor, which replaces what the disk held: what was passed counts for nothing.
  private func replaceFloor(_ core: DiskCore, byRow row: Int) {
    let version = core.versions[row]
    floors[Int(version.cell)] = version.version
    if showsFloors { core.show(version.cell, value: version.value) }
    close(core, version.cell)
    boundRowsAreStale = true
  }

  private func dropSettledRows(_ core: DiskCore) {
    var kept = 0
    for place in 0..<boundRows.count {
      let version = core.versions[Int(boundRows[place])]
      if floors[Int(version.cell)] < version.version {
        boundRows[kept] = boundRows[place]
        kept += 1
      }
    }
    boundRows.resize(to: kept, filler: 0)
    boundRowsAreStale = false
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
