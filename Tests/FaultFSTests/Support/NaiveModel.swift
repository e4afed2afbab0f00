import FaultFS
import Storage

/// The model, straight from its definition: each question is answered by a search through the whole timeline.
struct NaiveModel {
  let profile: Profile
  let operations: [FaultFS.Operation]
  let cells: [Cell]
  let versions: [[VersionID]]
  /// The operation that made each version of each cell, from version 1.
  let makers: [[Int]]
  let values: [[Cell.Value]]

  init(_ timeline: Timeline, _ profile: Profile) {
    self.profile = profile
    operations = timeline.operations
    cells = (0..<timeline.cellCount).map { timeline.cell(Cell.ID(Int32($0))) }
    versions = operations.map { timeline.versions(of: $0.index) }
    var makers = [[Int]](repeating: [], count: cells.count)
    for (index, versions) in versions.enumerated() {
      for version in versions {
        precondition(version.version == makers[Int(version.cell.number)].count + 1)
        makers[Int(version.cell.number)].append(index)
      }
    }
    self.makers = makers
    values = cells.map { cell in
      (0...cell.versionCount).map { timeline.value(of: VersionID(cell: cell.id, version: $0)) }
    }
  }

  func newest(_ cell: Int, at point: Int) -> Int {
    makers[cell].count { $0 <= point }
  }

  /// The floor that syncs of this cell, and returns under the profile, give it; links apart.
  func rawFloor(_ cell: Int, at point: Int) -> Int {
    let isDurableOnReturn: Bool
    switch cells[cell].kind {
    case .sector: isDurableOnReturn = profile.sectors == .durableOnReturn
    case .size: isDurableOnReturn = profile.sizes == .durableOnReturn
    case .entry: isDurableOnReturn = profile.entries == .durableOnReturn
    }
    if isDurableOnReturn { return makers[cell].count { $0 < point } }
    guard let sync = operations[..<min(point, operations.count)].last(where: { covers($0, cells[cell]) })
    else { return 0 }
    return makers[cell].count { $0 < sync.index }
  }

  private func covers(_ operation: FaultFS.Operation, _ cell: Cell) -> Bool {
    switch operation.kind {
    case .syncData, .syncFull: cell.kind != .entry && cell.file == operation.file
    case .syncDirectory: cell.kind == .entry && FaultDisk.directory(of: cell.name) == operation.name
    case .create, .write, .truncate, .allocate, .rename, .remove: false
    }
  }

  /// Whether the versions of each indivisible operation up to the point are all kept or all lost.
  func keepsLinks(_ choice: [Int], at point: Int) -> Bool {
    for operation in operations where operation.index <= point {
      if profile.indivisible == .renames && operation.kind != .rename { continue }
      let kept = versions[operation.index].filter { choice[Int($0.cell.number)] >= $0.version }
      if !kept.isEmpty && kept.count < versions[operation.index].count { return false }
    }
    return true
  }

  /// Every legal choice at a point, or nil where there are more than `max` combinations to look at.
  func legalChoices(at point: Int, max: Int) -> [[Int]]? {
    let ranges = cells.indices.map { rawFloor($0, at: point)...newest($0, at: point) }
    var combinations = 1
    for range in ranges {
      combinations *= range.count
      if combinations > max { return nil }
    }
    var choices: [[Int]] = [[]]
    for range in ranges { choices = choices.flatMap { choice in range.map { choice + [$0] } } }
    return choices.filter { keepsLinks($0, at: point) }
  }

  /// The choice that a crash state stands for.
  func choice(_ state: CrashState) -> [Int] {
    var choice = cells.indices.map { newest($0, at: state.point) }
    for deviation in state.deviations { choice[Int(deviation.cell.number)] = deviation.version }
    return choice
  }
}

/// What is on a disk, sector by sector.
struct NaiveImage: Equatable {
  var sectorLength: Int
  var entries: [String: Int] = [:]
  var sizes: [Int: Int] = [:]
  var sectors: [CellKey: [UInt8]] = [:]

  mutating func set(_ cell: Cell, _ value: Cell.Value) {
    switch value {
    case .bytes(let bytes): sectors[CellKey(cell)] = bytes
    case .size(let size): sizes[cell.file ?? -1] = size
    case .file(let file): entries[cell.name] = file
    }
  }

  /// This image with the chosen version of every cell of the model.
  func showing(_ choice: [Int], _ model: NaiveModel) -> NaiveImage {
    var image = self
    for (cell, version) in choice.enumerated() { image.set(model.cells[cell], model.values[cell][version]) }
    return image
  }

  func contents(_ name: String) -> [UInt8] {
    guard let file = entries[name] else { return [] }
    let size = sizes[file] ?? 0
    let sectorCount = (size + sectorLength - 1) / sectorLength
    let bytes = (0..<sectorCount).flatMap {
      sectors[.sector(file: file, $0)] ?? [UInt8](repeating: 0, count: sectorLength)
    }
    return Array(bytes[..<size])
  }

  /// Every file by its name.
  var files: [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in entries.keys { files[name] = contents(name) }
    return files
  }
}

/// Every file of a storage by its name, read through it.
func files(of storage: any Storage, directories: [String] = ["", "d"]) throws -> [String: [UInt8]] {
  var files: [String: [UInt8]] = [:]
  for directory in directories {
    for name in try storage.list(directory) {
      let path = directory.isEmpty ? name : "\(directory)/\(name)"
      let file = try storage.open(path, .readOnly)
      files[path] = try file.read(file.size(), at: 0)
    }
  }
  return files
}

/// Every file of the disk that shows `state`.
func shown(_ state: CrashState, by window: CrashWindow) throws -> [String: [UInt8]] {
  try window.withDisk(showing: state) { disk in try files(of: disk) }
}
