/// What must be on the disk together with each version, by the profile: the only place that knows what a profile's
/// fields mean for the states.
///
/// Every rule has one form: *where this version is kept, that one is kept too*. So the states that obey all
/// rules form a lattice: the cell by cell older of two legal states is legal, and so is the newer; there is one newest
/// legal state below any choices, and a floor that is raised raises others to one least fixpoint.
///
/// - What persists only together (a rename's entries, a call, a block that one call wrote, new data with its size)
///   is a ring: each version needs its neighbour.
/// - A block has one chain of versions, as a sector has: what a call wrote in it needs what the call before wrote.
/// - The order of metadata is a chain through the calls that change any; a size that a write made grow needs what is before it in
///   the chain, and is no link of it. The order of everything is a chain through all atoms.
/// - A size that grew needs the data that it exposes.
///
/// A version only ever needs versions of its own call or of earlier ones. The rules take one pass through the
/// recording, and their number grows with it linearly.
///
/// Faults: what a fault put in the place of what the disk held (`OperationEffect.replaced`) is in no chain; its versions
/// are one ring. A version that the chain makes others wait for can stop to count, from some operation on, since it is
/// clean without being written, or was replaced. Then those must wait for what it waited for. So a version needs the
/// nearest link of the chain, and of the links before that each which counts for longer than all links after it.
final class OrderRules {
  /// The rows that row `r` needs are `targets[firstTargets[r]..<firstTargets[r + 1]]`; empty where there is no rule.
  private let firstTargets = Column<Int32>()
  private let targets = Column<Int32>()

  /// The newest row of each cell so far, or -1.
  private let latestRows = Column<Int32>()
  /// The newest row of each cell so far that is part of its block's chain, or -1.
  private let latestBlockRows = Column<Int32>()
  /// The last row so far of the chain that orders calls, or -1.
  private var latestChainRow: Int32 = -1

  /// For each row the operation from which on it may not count any more, `Int32.max` for never. Empty without faults.
  private let lapses = Column<Int32>()
  /// For each row of the chain the nearest one before it that counts for longer, or -1. Empty without faults.
  private let longerRows = Column<Int32>()

  /// The rows that a row needs, as places for `target`.
  func needs(of row: Int) -> Range<Int> {
    row + 1 < firstTargets.count ? Int(firstTargets[row])..<Int(firstTargets[row + 1]) : 0..<0
  }

  func target(_ place: Int) -> Int { Int(targets[place]) }

  /// Derives the rules of a recording.
  func build(_ core: DiskCore) {
    firstTargets.removeAll()
    targets.removeAll()
    latestRows.removeAll()
    latestRows.resize(to: core.cells.count, filler: -1)
    latestBlockRows.removeAll()
    latestBlockRows.resize(to: core.cells.count, filler: -1)
    latestChainRow = -1
    findLapses(core)
    for number in 0..<core.operations.count {
      let operation = core.operations[number]
      if operation.versionCount == 0 { continue }
      addRules(core, operation)
      for row in operation.versions {
        let cell = core.versions[row].cell
        latestRows[Int(cell)] = Int32(row)
        if operation.mark.effect != .replaced { latestBlockRows[Int(cell)] = Int32(row) }
      }
    }
    firstTargets.append(Int32(targets.count))
  }

  private func addRules(_ core: DiskCore, _ operation: OperationRecord) {
    let profile = core.profile
    let rows = operation.versions
    if operation.mark.effect == .replaced { return addRing(rows) }
    var growth = Growth(core, operation, latestRows)
    let isRing = rows.count > 1 && profile.isIndivisible(operation.kind)
    var isFirstMetadata = true
    for row in rows {
      firstTargets.append(Int32(targets.count))
      let kind = core.cells[Int(core.versions[row].cell)].kind
      // They are kept by themselves.
      if kind == .attributes { continue }
      // Rings run downwards, so that one ascending pass gives up all of one.
      if isRing { need(row > rows.lowerBound ? row - 1 : rows.upperBound - 1) }
      var beginsAtom = !isRing || row == rows.lowerBound
      if profile.atom == .block && kind == .sector {
        let block = blockRows(core, row, rows)
        if block.count > 1 { need(row > block.lowerBound ? row - 1 : block.upperBound - 1) }
        beginsAtom = row == block.lowerBound
        // The order of everything implies it, but for what lapses.
        if beginsAtom && (profile.order != .everything || lapses.count > 0) {
          needEarlierRow(core, inBlockOf: row)
        }
      }
      switch profile.order {
      case .free: break
      case .everything:
        if beginsAtom { needChain() }
        extendChain(row)
      case .metadata where kind == .size && operation.kind == .write:
        // Nothing waits for it: it comes when the data is written back.
        if isFirstMetadata { needChain() }
        isFirstMetadata = false
      case .metadata where kind == .size || kind == .entry:
        if isFirstMetadata { needChain() }
        isFirstMetadata = false
        extendChain(row)
      case .metadata: break
      }
      if growth == nil { continue }
      if kind == .size {
        while let data = growth?.nextRow(exposedAt: row, core) {
          if growth?.needs(core, data, latestRows) == true { need(data) }
        }
      } else if profile.grownSize == .withItsData, growth?.needs(core, row, latestRows) == true,
        let step = growth?.step(exposing: row, core)
      {
        need(step)
      }
    }
  }

  /// What persists only together, and waits for nothing else.
  private func addRing(_ rows: Range<Int>) {
    for row in rows {
      firstTargets.append(Int32(targets.count))
      if rows.count > 1 { need(row > rows.lowerBound ? row - 1 : rows.upperBound - 1) }
    }
  }

  // MARK: The chain

  /// Adds the rules that tie a row to the chain before it.
  private func needChain() {
    var row = latestChainRow
    while row >= 0 {
      need(Int(row))
      if lapses.count == 0 || lapses[Int(row)] == Int32.max { return }
      row = longerRows[Int(row)]
    }
  }

  private func extendChain(_ row: Int) {
    if lapses.count > 0 {
      var before = latestChainRow
      while before >= 0 && lapses[Int(before)] <= lapses[row] { before = longerRows[Int(before)] }
      longerRows[row] = before
    }
    latestChainRow = Int32(row)
  }

  /// Finds for each row when it may stop to count, from the last operation to the first.
  private func findLapses(_ core: DiskCore) {
    lapses.removeAll()
    longerRows.removeAll()
    let hasFaults = (0..<core.operations.count).contains { number in
      switch core.operations[number].mark.effect {
      case .usual, .nothing: false
      case .cleanNotWritten, .replaced, .neverWritten: true
      }
    }
    if !hasFaults { return }
    lapses.resize(to: core.versions.count, filler: Int32.max)
    longerRows.resize(to: core.versions.count, filler: -1)
    var ofFiles = [Int32](repeating: Int32.max, count: core.images.fileCount)
    var ofCells = [Int32](repeating: Int32.max, count: core.cells.count)
    for number in (0..<core.operations.count).reversed() {
      let operation = core.operations[number]
      let effect = operation.mark.effect
      if effect == .cleanNotWritten && operation.file >= 0 { ofFiles[Int(operation.file)] = Int32(number) }
      for row in operation.versions {
        let cell = Int(core.versions[row].cell)
        let canBeClean = core.canBeClean(Int32(cell))
        if canBeClean && effect == .neverWritten { ofCells[cell] = Int32(number) }
        lapses[row] = ofCells[cell]
        if canBeClean { lapses[row] = min(lapses[row], ofFiles[Int(core.cells[cell].subject)]) }
        if effect == .replaced { ofCells[cell] = Int32(number) }
      }
    }
  }

  private func need(_ row: Int) {
    targets.append(Int32(row))
  }

  /// The rows of one call in the block of a sector's row: neighbours in the table.
  private func blockRows(_ core: DiskCore, _ row: Int, _ rows: Range<Int>) -> Range<Int> {
    let block = Self.block(core, row)
    var (start, end) = (row, row + 1)
    while start > rows.lowerBound && Self.block(core, start - 1) == block { start -= 1 }
    while end < rows.upperBound && Self.block(core, end) == block { end += 1 }
    return start..<end
  }

  /// The number of the block of a sector's row in its file; -1 for other rows.
  private static func block(_ core: DiskCore, _ row: Int) -> Int {
    let cell = core.cells[Int(core.versions[row].cell)]
    return cell.kind == .sector ? Int(cell.sector) * core.sectorLength / core.profile.blockLength : -1
  }

  /// Adds the rule that ties a row to what an earlier call wrote last in the same block.
  private func needEarlierRow(_ core: DiskCore, inBlockOf row: Int) {
    let cell = core.cells[Int(core.versions[row].cell)]
    let sectorCount = core.profile.blockLength / core.sectorLength
    let firstSector = Int(cell.sector) / sectorCount * sectorCount
    var latest: Int32 = -1
    for sector in firstSector..<firstSector + sectorCount {
      let sibling = core.index.cell(file: cell.subject, sector: Int32(sector))
      if sibling >= 0 { latest = max(latest, latestBlockRows[Int(sibling)]) }
    }
    if latest >= 0 { need(Int(latest)) }
  }
}

/// A call that made its file longer, under a profile whose sizes wait for data or for zeros.
private struct Growth {
  /// The versions of the size, step by step: each a block longer than the one before, but for the first and the last.
  private let sizeRows: Range<Int>
  private let firstSize: Int
  private let oldSize: Int
  private let firstRow: Int
  private let rule: Profile.GrownSize
  /// The first row of data that no step has asked for.
  private var nextRow: Int

  init?(_ core: DiskCore, _ operation: OperationRecord, _ latestRows: borrowing Column<Int32>) {
    rule = core.profile.grownSize
    // Sizes are the last versions of their call.
    var first = operation.versions.upperBound
    while first > operation.versions.lowerBound, Self.isSize(core, first - 1) { first -= 1 }
    guard rule != .free, first > operation.versions.lowerBound, first < operation.versions.upperBound
    else { return nil }
    sizeRows = first..<operation.versions.upperBound
    nextRow = operation.versions.lowerBound
    firstRow = nextRow
    let size = core.versions[first]
    firstSize = size.value
    let latest = latestRows[Int(size.cell)]
    oldSize = latest < 0 ? core.cells[Int(size.cell)].base : core.versions[Int(latest)].value
    if firstSize <= oldSize { return nil }
  }

  private static func isSize(_ core: DiskCore, _ row: Int) -> Bool {
    core.cells[Int(core.versions[row].cell)].kind == .size
  }

  private func start(_ core: DiskCore, _ row: Int) -> Int {
    Int(core.cells[Int(core.versions[row].cell)].sector) * core.sectorLength
  }

  /// The step that brings the first byte of a row's sector, or what is new of it, into the file.
  func step(exposing row: Int, _ core: DiskCore) -> Int {
    let start = start(core, row)
    if start < firstSize { return sizeRows.lowerBound }
    return sizeRows.lowerBound + 1 + (start - firstSize) / core.profile.blockLength
  }

  /// The next row of data that a step brings into the file, in ascending order; nil where there is none left.
  mutating func nextRow(exposedAt step: Int, _ core: DiskCore) -> Int? {
    guard nextRow < sizeRows.lowerBound, start(core, nextRow) < core.versions[step].value else { return nil }
    nextRow += 1
    return nextRow - 1
  }

  /// The row of the cell's version before that of a row: of the same call, whose zeros come first, or of an earlier one.
  private func rowBefore(_ core: DiskCore, _ row: Int, _ latest: Int32) -> Int32 {
    row > firstRow && core.versions[row - 1].cell == core.versions[row].cell ? Int32(row - 1) : latest
  }

  /// Whether the size may not be on the disk without the sector that a row of its call wrote.
  func needs(_ core: DiskCore, _ row: Int, _ latestRows: borrowing Column<Int32>) -> Bool {
    let version = core.versions[row]
    let cell = core.cells[Int(version.cell)]
    let length = core.sectorLength
    let start = Int(cell.sector) * length
    guard cell.kind == .sector, start + length > oldSize else { return false }
    if rule != .overZeros { return true }
    // The size may come first only where that shows zeros.
    let latest = rowBefore(core, row, latestRows[Int(version.cell)])
    let before = latest < 0 ? cell.base : core.versions[Int(latest)].value
    if before < 0 { return false }
    let exposed = max(0, oldSize - start)..<length
    core.settleBytes(
      ofVersionAt: latest, of: version.cell, exposed, showsNewest: !core.walk.showsFloors)
    let bytes = unsafe core.arena.bytes(at: before, count: length)
    return unsafe !bytes[exposed].allSatisfy { $0 == 0 }
  }
}
