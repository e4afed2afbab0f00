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
  private let outcomes: [Outcome]
  private var floors: [[Int]] = []

  /// What a fault made of an operation.
  private enum Outcome {
    case usual
    /// A sync that covers nothing.
    case coversNothing
    /// A sync after which what it should have covered counts as clean.
    case clean
    /// A write whose sectors count as clean.
    case lost
    /// Versions that take the place of all that the disk held.
    case replaced
  }

  /// - Parameter fired: the faults that struck while the timeline was recorded.
  init(_ timeline: Timeline, _ profile: Profile, fired: [FiredFault] = []) {
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
    outcomes = operations.map { operation in
      let fired = fired.first { $0.operation == operation.index && $0.kind == operation.fault }
      switch operation.fault {
      case .lyingSync: return .coversNothing
      case .lostWrite: return .lost
      case .misdirectedWrite: return fired == nil ? .usual : .lost
      case .bitRot: return .replaced
      case .syncError where operation.kind == .syncDirectory:
        return profile.order == .free ? .clean : .coversNothing
      case .syncError:
        switch fired?.detail {
        case "reverted": return .replaced
        case "cleanNotWritten", "reportedLate": return .clean
        default: return .coversNothing
        }
      default: return .usual
      }
    }
    values = cells.map { cell in
      (0...cell.versionCount).map { timeline.value(of: VersionID(cell: cell.id, version: $0)) }
    }
    floors = allFloors()
  }

  func newest(_ cell: Int, at point: Int) -> Int {
    // Attributes are there once their call has returned, and not before.
    makers[cell].count { cells[cell].kind == .attributes ? $0 < point : $0 <= point }
  }

  /// The floor that syncs, returns under the profile, and forced unit access give a cell by themselves.
  func rawFloor(_ cell: Int, at point: Int) -> Int {
    let isDurableOnReturn: Bool
    switch cells[cell].kind {
    case .sector: isDurableOnReturn = profile.sectors == .durableOnReturn
    case .size: isDurableOnReturn = profile.sizes == .durableOnReturn
    case .entry: isDurableOnReturn = profile.entries == .durableOnReturn
    case .attributes: isDurableOnReturn = true
    }
    var floor = 0
    for operation in operations[..<min(point, operations.count)] {
      let own = versions[operation.index].first { Int($0.cell.number) == cell }
      let outcome = outcomes[operation.index]
      if outcome == .replaced {
        floor = max(floor, own?.version ?? 0)
        continue
      }
      let isForced =
        operation.kind == .write && cells[cell].kind == .sector && outcome != .lost
        && (operation.isForced || profile.forcedUnitAccess == "*"
          || profile.forcedUnitAccess == operation.name)
      if let own, isDurableOnReturn || isForced { floor = max(floor, own.version) }
      if outcome != .usual { continue }
      if covers(operation, cells[cell]) {
        let newest = VersionID(
          cell: cells[cell].id, version: makers[cell].count { $0 < operation.begun })
        if !isClean(newest, at: operation.index) { floor = max(floor, newest.version) }
      }
      if [.syncFull, .syncDirectory].contains(operation.kind), let file = operation.file,
        profile.fileSyncPersistsEntry
      {
        let last = operations[..<operation.begun].last { namesOrUnnames($0, file) }
        for version in last.map({ versions[$0.index] }) ?? []
        where Int(version.cell.number) == cell && !isClean(version, at: operation.index) {
          floor = max(floor, version.version)
        }
      }
    }
    return floor
  }

  /// Whether a call gave a file a name or took it.
  private func namesOrUnnames(_ operation: FaultFS.Operation, _ file: Int) -> Bool {
    switch operation.kind {
    case .create, .makeDirectory, .makeSymbolicLink, .link, .rename, .remove, .removeDirectory:
      operation.file == file && !versions[operation.index].isEmpty
    case .exchange:
      versions[operation.index].contains { values[Int($0.cell.number)][$0.version] == .file(file) }
    default: false
    }
  }

  private func covers(_ operation: FaultFS.Operation, _ cell: Cell) -> Bool {
    switch operation.kind {
    case .syncData, .syncFull: cell.kind != .entry && cell.file == operation.file
    case .syncDirectory where operation.file != nil:
      cell.kind == .entry && cell.directory == operation.file
    case .syncDirectory: cell.kind == .entry && FaultDisk.directory(of: cell.name) == operation.name
    default: false
    }
  }

  // MARK: Faults

  /// Whether a version counts as clean at a point although the disk may not hold it.
  private func isClean(_ version: VersionID, at point: Int) -> Bool {
    let cell = cells[Int(version.cell.number)]
    return operations.contains { operation in
      guard operation.index <= point else { return false }
      switch outcomes[operation.index] {
      case .usual, .coversNothing, .replaced: return false
      case .lost:
        let own = versions[operation.index].first { $0.cell == version.cell }
        return (cell.kind == .sector || profile.atom == .call) && version.version <= own?.version ?? 0
      case .clean:
        return covers(operation, cell) && (cell.kind != .size || profile.atom == .call)
          && version.version <= makers[Int(version.cell.number)].count { $0 < operation.index }
      }
    }
  }

  /// Whether something took the place of a version that had returned by the point.
  private func isReplaced(_ version: VersionID, at point: Int) -> Bool {
    operations.contains { operation in
      operation.index < point && outcomes[operation.index] == .replaced
        && versions[operation.index].contains { $0.cell == version.cell && $0.version > version.version }
    }
  }

  // MARK: The profile's order, sentence by sentence

  /// That the first version is on the disk only together with the second one.
  private typealias Demand = (version: VersionID, needed: VersionID)

  private func isKept(_ version: VersionID, in choice: [Int]) -> Bool {
    choice[Int(version.cell.number)] >= version.version
  }

  private func kind(_ version: VersionID) -> Cell.Kind { cells[Int(version.cell.number)].kind }

  /// The versions of a call that persist only together: each atom.
  private func atoms(of operation: FaultFS.Operation) -> [[VersionID]] {
    let versions = versions[operation.index]
    // Attributes are kept by themselves.
    if versions.isEmpty || operation.kind == .setAttributes { return [] }
    if operation.kind == .rename || operation.kind == .exchange || profile.atom == .call
      || outcomes[operation.index] == .replaced
    {
      return [versions]
    }
    if profile.atom == .sector { return versions.map { [$0] } }
    var atoms: [[VersionID]] = []
    var blocks: [Int] = []
    for version in versions {
      let cell = cells[Int(version.cell.number)]
      let block = cell.sector.map { $0 * profile.sectorLength / profile.blockLength } ?? -1
      if block >= 0 && blocks.last == block {
        atoms[atoms.count - 1].append(version)
      } else {
        atoms.append([version])
      }
      blocks.append(block)
    }
    return atoms
  }

  /// What the calls up to a point demand of each other there.
  ///
  /// - Parameter returned: how many calls have returned: what those replaced demands nothing any more.
  private func demands(at point: Int, returned: Int) -> [Demand] {
    let calls = operations.filter { $0.index <= point }
    let clean = Set(versions.joined().filter { isClean($0, at: point) })
    let replaced = Set(versions.joined().filter { isReplaced($0, at: returned) })
    var demands: [Demand] = []
    for atom in calls.flatMap({ atoms(of: $0) }) {
      for version in atom { demands += atom.map { (version, $0) } }
    }
    let ordered = calls.filter { outcomes[$0.index] != .replaced }
    if profile.atom == .block { demands += blockDemands(ordered) }
    let isDelayed = { (version: VersionID) in
      profile.order == .metadata && self.kind(version) == .size
        && self.operations[self.makers[Int(version.cell.number)][version.version - 1]].kind == .write
    }
    let groups: [[VersionID]] =
      switch profile.order {
      case .free: []
      case .metadata: ordered.map { versions[$0.index].filter { kind($0) == .size || kind($0) == .entry } }
      case .everything: ordered.flatMap { atoms(of: $0) }
      }
    for (place, group) in groups.enumerated() {
      let awaited = groups[..<place].joined().filter { !clean.contains($0) && !isDelayed($0) }
      for version in group { demands += awaited.map { (version, $0) } }
    }
    for call in ordered { demands += growthDemands(call, clean) }
    return demands.filter { !replaced.contains($0.version) }
  }

  /// A block has one chain: what a call wrote in it is there only with what earlier calls wrote in it.
  private func blockDemands(_ calls: [FaultFS.Operation]) -> [Demand] {
    var demands: [Demand] = []
    var earlier: [[Int]: [VersionID]] = [:]
    for atom in calls.flatMap({ atoms(of: $0) }) {
      let cell = cells[Int(atom[0].cell.number)]
      guard let sector = cell.sector, let file = cell.file else { continue }
      let block = [file, sector * profile.sectorLength / profile.blockLength]
      for version in atom { demands += (earlier[block] ?? []).map { (version, $0) } }
      earlier[block, default: []] += atom
    }
    return demands
  }

  /// What a size that grew waits for: each of its steps for the data that this brings into the file.
  private func growthDemands(_ call: FaultFS.Operation, _ clean: Set<VersionID>) -> [Demand] {
    let steps = versions[call.index].filter { kind($0) == .size }
    guard profile.grownSize != .free, let first = steps.first else { return [] }
    func sizeValue(_ version: Int) -> Int {
      if case .size(let bytes) = values[Int(first.cell.number)][version] { bytes } else { -1 }
    }
    let old = sizeValue(first.version - 1)
    let length = profile.sectorLength
    var demands: [Demand] = []
    for version in versions[call.index] {
      guard let sector = cells[Int(version.cell.number)].sector, (sector + 1) * length > old else { continue }
      guard let size = steps.first(where: { sizeValue($0.version) > max(old, sector * length) }) else {
        continue
      }
      if profile.grownSize == .withItsData { demands.append((version, size)) }
      if clean.contains(version) { continue }
      if profile.grownSize == .overZeros {
        // Zeros may stand in for the data, and bytes that were there before may not.
        guard case .bytes(let bytes) = values[Int(version.cell.number)][version.version - 1] else { continue }
        let exposed = bytes.enumerated().filter { sector * length + $0.offset >= old }.map(\.element)
        if exposed.allSatisfy({ $0 == 0 }) { continue }
      }
      demands.append((size, version))
    }
    return demands
  }

  /// The floors of all cells at each point: what syncs and the like give by themselves, and what that demanded when
  /// it became durable.
  private func allFloors() -> [[Int]] {
    var floors = [cells.map { _ in 0 }]
    for point in 1..<operations.count + 1 {
      var lowest = cells.indices.map { max(floors[point - 1][$0], rawFloor($0, at: point)) }
      let demands = demands(at: point - 1, returned: point)
      while let lacking = demands.first(where: {
        isKept($0.version, in: lowest) && !isKept($0.needed, in: lowest)
      }) {
        lowest[Int(lacking.needed.cell.number)] = lacking.needed.version
      }
      floors.append(lowest)
    }
    return floors
  }

  /// Every legal choice at a point, or nil where there are more than `max` combinations to look at.
  func legalChoices(at point: Int, max: Int) -> [[Int]]? {
    let ranges = cells.indices.map { floors[point][$0]...newest($0, at: point) }
    var combinations = 1
    for range in ranges {
      combinations *= range.count
      if combinations > max { return nil }
    }
    var choices: [[Int]] = [[]]
    for range in ranges { choices = choices.flatMap { choice in range.map { choice + [$0] } } }
    let demands = demands(at: point, returned: point)
    return choices.filter { choice in
      demands.allSatisfy { !isKept($0.version, in: choice) || isKept($0.needed, in: choice) }
    }
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
  /// The entries of a tree.
  var places: [CellKey: Int] = [:]
  var attributes: [Int: FileAttributes] = [:]

  mutating func set(_ cell: Cell, _ value: Cell.Value) {
    switch value {
    case .bytes(let bytes): sectors[CellKey(cell)] = bytes
    case .size(let size): sizes[cell.file ?? -1] = size
    case .file(let file):
      if cell.directory != nil { places[CellKey(cell)] = file } else { entries[cell.name] = file }
    case .attributes(let attributes): self.attributes[cell.file ?? -1] = attributes
    }
  }

  /// This image with the chosen version of every cell of the model.
  func showing(_ choice: [Int], _ model: NaiveModel) -> NaiveImage {
    var image = self
    for (cell, version) in choice.enumerated() { image.set(model.cells[cell], model.values[cell][version]) }
    return image
  }

  func contents(_ name: String) -> [UInt8] {
    entries[name].map { contents(ofFile: $0) } ?? []
  }

  func contents(ofFile file: Int) -> [UInt8] {
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
