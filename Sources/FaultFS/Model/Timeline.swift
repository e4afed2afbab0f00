internal import CXXHash

/// What a disk recorded: its operations, and the versions that they made of each cell.
///
/// A view of the disk's own memory: valid until a crash window takes the disk over (the window has a `timeline`
/// of its own) or the disk's body returns; using it after that traps.
public struct Timeline {
  private let storedCore: DiskCore
  private let generation: Int

  init(_ core: DiskCore) {
    storedCore = core
    generation = core.generation
  }

  private var core: DiskCore {
    if generation != storedCore.generation {
      fatalError(
        "a timeline was used after its disk or window was done for "
          + "(its generation is \(generation), the present one \(storedCore.generation))")
    }
    return storedCore
  }

  // MARK: Operations

  public var operationCount: Int { core.operations.count }

  /// The operation with the number `index` in `0..<operationCount`.
  public func operation(_ index: Int) -> Operation {
    let core = core
    let record = core.operations[index]
    let names = core.images.names
    return Operation(
      index: index, kind: record.kind, file: record.file < 0 ? nil : Int(record.file),
      name: names[record.name],
      newName: record.newName < 0 ? nil : names[record.newName], offset: record.offset, length: record.length,
      begun: Int(record.begun),
      isForced: record.isForced, fault: record.mark.fault,
      witness: record.witness == Int.min ? nil : record.witness)
  }

  /// All operations, in order.
  public var operations: [Operation] { (0..<operationCount).map(operation) }

  /// The versions that an operation made: sectors in ascending order, then the size, step by step; or entries.
  public func versions(of operation: Int) -> [VersionID] {
    core.operations[operation].versions.map { number in
      let record = core.versions[number]
      return VersionID(cell: Cell.ID(record.cell), version: Int(record.version))
    }
  }

  // MARK: Cells

  public var cellCount: Int { core.cells.count }

  /// What the cell `id` stands for. Traps where the timeline has no such cell.
  public func cell(_ id: Cell.ID) -> Cell {
    let record = core.cells[id.index]
    let place = record.kind == .entry ? core.images.names.place(record.subject) : nil
    return Cell(
      id: id, kind: record.kind, file: record.kind == .entry ? nil : Int(record.subject),
      directory: place.map { Int($0.directory) },
      name: core.images.names[record.name], sector: record.kind == .sector ? Int(record.sector) : nil,
      versionCount: Int(record.versionCount))
  }

  /// The operation that made a version; nil for version 0.
  ///
  /// Costs a search through the timeline.
  public func operation(making version: VersionID) -> Int? {
    find(version).map { Int(core.versions[$0].operation) }
  }

  /// What a cell holds in a version.
  ///
  /// Costs a search through the timeline.
  public func value(of version: VersionID) -> Cell.Value {
    let core = core
    let record = core.cells[version.cell.index]
    let value = find(version).map { core.versions[$0].value } ?? record.base
    switch record.kind {
    case .size: return .size(value)
    case .entry: return .file(value < 0 ? nil : value)
    case .attributes: return .attributes(core.images.attributes.state(value))
    case .sector:
      if value < 0 { return .bytes([UInt8](repeating: 0, count: core.sectorLength)) }
      return .bytes(unsafe [UInt8](core.arena.bytes(at: value, count: core.sectorLength)))
    }
  }

  /// The row of a version; nil for version 0. Traps where there is no such version.
  private func find(_ version: VersionID) -> Int? {
    let count = core.cells[version.cell.index].versionCount
    if version.version < 0 || version.version > Int(count) {
      fatalError("version \(version.version) of \(version.cell), which has versions 0...\(count)")
    }
    if version.version == 0 { return nil }
    for row in 0..<core.versions.count
    where core.versions[row].cell == version.cell.number && Int(core.versions[row].version) == version.version
    {
      return row
    }
    fatalError("version \(version.version) of \(version.cell) is not in the table")
  }

  // MARK: Fingerprint

  /// A hash (XXH3) of all operations and the contents of all versions: equal recordings have equal digests.
  public var digest: UInt64 { digests.last ?? 0 }

  /// The same of each operation with those before it.
  public var digests: [UInt64] {
    let core = core
    let names = core.images.names
    var digests: [UInt64] = []
    digests.reserveCapacity(core.operations.count)
    var hash: UInt64 = 0
    func mix(_ words: [Int]) {
      hash = unsafe words.withUnsafeBytes { unsafe cxxhash_xxh3_64($0.baseAddress, $0.count, hash) }
    }
    func mix(_ name: String) {
      var name = name
      hash = name.withUTF8 { unsafe cxxhash_xxh3_64($0.baseAddress, $0.count, hash) }
    }
    for index in 0..<core.operations.count {
      let record = core.operations[index]
      mix([Int(record.kind.rawValue), Int(record.file), record.offset, record.length])
      if record.mark.effect != .usual { mix([Int(record.mark.effect.rawValue)]) }
      if record.isForced { mix([1]) }
      if Int(record.begun) < index { mix([2, Int(record.begun)]) }
      mix(operation(index).name)
      if record.newName >= 0 { mix(names[record.newName]) }
      for row in record.versions {
        let version = core.versions[row]
        let cell = core.cells[Int(version.cell)]
        mix([Int(version.cell), Int(cell.kind.rawValue), Int(cell.sector), Int(version.version)])
        if cell.kind == .sector {
          let bytes = unsafe core.arena.bytes(at: version.value, count: core.sectorLength)
          hash = unsafe cxxhash_xxh3_64(bytes.baseAddress, bytes.count, hash)
        } else {
          mix([version.value])
        }
      }
      digests.append(hash)
    }
    return digests
  }
}
