/// Building, checking and counting crash states.
extension CrashWindow {
  /// Builds a legal state at the present point.
  ///
  /// `choose` is asked for each open cell in ascending order. Where its choices keep only some versions of an
  /// indivisible operation, those are given up as well: the state is the newest legal one not above the choices.
  ///
  /// - Parameter choose: given the cell and its candidates, returns one of them; a tear must be one that `allows` allows.
  public func state(
    choosing choose: (_ cell: Cell.ID, _ candidates: ClosedRange<Int>) -> CrashState.Choice
  ) -> CrashState {
    let walk = core.walk
    var tears: [(cell: Int32, version: Int32, tear: Tear)] = []
    for cell in openCells {
      let candidates = candidates(of: cell)
      let choice = choose(cell, candidates)
      if !candidates.contains(choice.version) {
        fatalError("version \(choice.version) chosen for \(cell), whose candidates are \(candidates)")
      }
      walk.chosen[cell.index] = Int32(choice.version)
      if let tear = choice.tear {
        if !allows(tear, of: cell, after: choice.version) {
          fatalError(
            "profile '\(profile.name)' does not allow \(tear) of \(cell) after version \(choice.version)")
        }
        tears.append((cell.number, Int32(choice.version), tear))
      }
    }
    giveUpBrokenLinks()
    return chosenState(tears)
  }

  /// The state in which every open cell shows its newest version.
  public var everythingKept: CrashState { CrashState(point: point) }

  /// The state in which every open cell shows its floor.
  public var nothingKept: CrashState { state { _, candidates in CrashState.Choice(candidates.lowerBound) } }

  /// What a cell shows in a state.
  public func choice(of cell: Cell.ID, in state: CrashState) -> CrashState.Choice {
    for deviation in state.deviations where deviation.cell == cell {
      return CrashState.Choice(deviation.version, tear: deviation.tear)
    }
    return CrashState.Choice(candidates(of: cell).upperBound)
  }

  /// Whether the model allows `state` at the present point, and it is in its one canonical form: open cells in
  /// ascending order, each with a choice that is not its newest version.
  public func isLegal(_ state: CrashState) -> Bool {
    let walk = core.walk
    guard state.point == point else { return false }
    for place in 0..<walk.openCount {
      let cell = walk.openCell(place)
      walk.chosen[Int(cell)] = walk.newest(cell)
    }
    var previous: Int32 = -1
    for deviation in state.deviations {
      let cell = deviation.cell.number
      guard cell > previous, Int(cell) < core.cells.count, walk.isOpen(cell),
        candidates(of: deviation.cell).contains(deviation.version),
        deviation.version < Int(walk.newest(cell))
      else { return false }
      if let tear = deviation.tear, !allows(tear, of: deviation.cell, after: deviation.version) {
        return false
      }
      walk.chosen[Int(cell)] = Int32(deviation.version)
      previous = cell
    }
    return (0..<walk.linkCount).allSatisfy { !isBroken(walk.link($0)) }
  }

  // MARK: Links

  /// Whether the choices keep some versions of an indivisible operation and lose others.
  private func isBroken(_ operation: Int32) -> Bool {
    let versions = core.operations[Int(operation)].versions
    let first = core.versions[versions.lowerBound]
    let isKept = core.walk.chosen[Int(first.cell)] >= first.version
    return versions.contains { row in
      let version = core.versions[row]
      return (core.walk.chosen[Int(version.cell)] >= version.version) != isKept
    }
  }

  /// Lowers the choices until no indivisible operation is kept in part. Each step only lowers, and never below a
  /// floor, since the floors of such versions pass them together.
  private func giveUpBrokenLinks() {
    let walk = core.walk
    var isDone = false
    while !isDone {
      isDone = true
      for place in (0..<walk.linkCount).reversed() where isBroken(walk.link(place)) {
        isDone = false
        for row in core.operations[Int(walk.link(place))].versions {
          let version = core.versions[row]
          if walk.chosen[Int(version.cell)] >= version.version {
            walk.chosen[Int(version.cell)] = version.version - 1
          }
        }
      }
    }
  }

  /// The choices as a state; a tear falls away with the version that it tore.
  func chosenState(_ tears: [(cell: Int32, version: Int32, tear: Tear)] = []) -> CrashState {
    let walk = core.walk
    var state = CrashState(point: point)
    var nextTear = 0
    for place in 0..<walk.openCount {
      let cell = walk.openCell(place)
      let version = walk.chosen[Int(cell)]
      var tear: Tear?
      if nextTear < tears.count && tears[nextTear].cell == cell {
        if tears[nextTear].version == version { tear = tears[nextTear].tear }
        nextTear += 1
      }
      if version < walk.newest(cell) {
        state.deviations.append(
          CrashState.Deviation(cell: Cell.ID(cell), version: Int(version), tear: tear))
      }
    }
    return state
  }

  // MARK: All states

  /// Calls `body` with every legal state at the present point without tears, beginning with everything kept.
  ///
  /// Their number is that of all combinations: for small windows only.
  public func forEachState<Failure: Error>(
    _ body: (CrashState) throws(Failure) -> Void
  ) throws(Failure) {
    let search = StateSearch(core, cells: openCells.map(\.number))
    let walk = core.walk
    try search.forEachAssignment { (versions) throws(Failure) in
      for (cell, version) in zip(search.cells, versions) { walk.chosen[Int(cell)] = version }
      try body(chosenState())
    }
  }

  /// The exact number of legal states at the present point without tears, or nil where it does not fit in 64 bits
  /// or where more than `searchMax` assignments of linked cells would have to be searched to know it.
  public func stateCount(searchMax: Int = 1_000_000) -> UInt64? {
    let walk = core.walk
    var count: UInt64 = 1
    func multiply(_ factor: UInt64) -> Bool {
      let (product, overflows) = count.multipliedReportingOverflow(by: factor)
      count = product
      return !overflows
    }
    let components = StateSearch.linkedComponents(core)
    var linked: Set<Int32> = []
    for component in components {
      linked.formUnion(component)
      guard let states = StateSearch(core, cells: component).count(searchMax: searchMax), multiply(states)
      else { return nil }
    }
    for place in 0..<walk.openCount {
      let cell = walk.openCell(place)
      if linked.contains(cell) { continue }
      if !multiply(UInt64(walk.newest(cell) - walk.floor(cell)) + 1) { return nil }
    }
    return count
  }
}
