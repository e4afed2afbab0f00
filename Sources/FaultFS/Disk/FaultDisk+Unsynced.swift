/// What a crash could take away.
extension FaultDisk {
  /// A cell whose newest version is not durable.
  public struct Unsynced: Hashable, Sendable {
    public var cell: Cell
    /// The operations that made the versions which a crash now could lose, in ascending order.
    public var operations: [Int]

    public init(cell: Cell, operations: [Int]) {
      self.cell = cell
      self.operations = operations
    }
  }

  /// The cells that a crash now could leave in more than one version, in the order in which they were first touched.
  ///
  /// Nothing changes; costs a walk through the whole timeline.
  public var unsynced: [Unsynced] {
    let core = liveCore
    core.checkKeepsVersions("look for what is not durable on")
    core.walk.run(core)
    let timeline = Timeline(core)
    return (0..<core.walk.openCount).map { place in
      let cell = core.walk.openCell(place)
      let lost = core.walk.floor(cell) + 1...core.walk.newest(cell)
      return Unsynced(
        cell: timeline.cell(Cell.ID(cell)),
        operations: lost.map { Int(core.versions[core.walk.row(cell, $0)].operation) })
    }
  }
}

extension CrashWindow {
  /// What a crash could take away before the operation at the present point is called.
  public var unsynced: [FaultDisk.Unsynced] {
    openCells.compactMap { cell in
      let candidates = candidates(of: cell)
      let operations = (candidates.lowerBound + 1..<candidates.upperBound + 1)
        .compactMap { operation(making: VersionID(cell: cell, version: $0)) }.filter { $0 < point }
      return operations.isEmpty ? nil : FaultDisk.Unsynced(cell: timeline.cell(cell), operations: operations)
    }
  }
}
