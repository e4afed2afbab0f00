/// Building, checking and counting crash states.
extension CrashWindow {
  /// Builds a legal state at the present point.
  ///
  /// `choose` is asked for each open cell in ascending order. Where its choices keep a version without one that it
  /// needs (`OrderRules`), it is given up as well: the state is the newest legal one not above the choices.
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
    giveUpWhatLacksNeeds()
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
    return (0..<walk.boundRowCount).allSatisfy { !lacksNeeds(walk.boundRow($0)) }
  }

  // MARK: Order

  /// Whether the choices keep the version of a row without one that it needs.
  private func lacksNeeds(_ row: Int) -> Bool {
    let walk = core.walk
    let version = core.versions[row]
    guard walk.chosen[Int(version.cell)] >= version.version else { return false }
    return walk.needs(of: row).contains { place in
      let needed = core.versions[walk.neededRow(place)]
      return walk.isOpen(needed.cell) && walk.chosen[Int(needed.cell)] < needed.version
        && !walk.isWaived(core, row, needs: walk.neededRow(place))
    }
  }

  /// Lowers the choices until no version is kept without what it needs. Each step only lowers, and never below
  /// a floor, since a floor's needs have floors too.
  private func giveUpWhatLacksNeeds() {
    let walk = core.walk
    var isDone = false
    while !isDone {
      isDone = true
      for place in 0..<walk.boundRowCount where lacksNeeds(walk.boundRow(place)) {
        isDone = false
        let version = core.versions[walk.boundRow(place)]
        walk.chosen[Int(version.cell)] = version.version - 1
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
    let cells = openCells.map(\.number)
    var search = StateSearch(core, cells: cells)
    let walk = core.walk
    try search.forEachAssignment { (versions) throws(Failure) in
      for (cell, version) in zip(cells, versions) { walk.chosen[Int(cell)] = version }
      try body(chosenState())
    }
  }

  /// Calls `body` with each state that is `state` with one sector torn or exposed, as `tears` says and the profile allows.
  public func forEachTear<Failure: Error>(
    of state: CrashState, _ tears: TearChoices, _ body: (CrashState) throws(Failure) -> Void
  ) throws(Failure) {
    for (place, deviation) in state.deviations.enumerated()
    where core.cells[deviation.cell.index].kind == .sector {
      for tear in self.tears(of: deviation.cell.number, after: Int32(deviation.version), tears) {
        var torn = state
        torn.deviations[place].tear = tear
        try body(torn)
      }
    }
  }

  /// The tears of a sector's version and the next one that `choices` asks for and the profile allows.
  func tears(of cell: Int32, after version: Int32, _ choices: TearChoices) -> [Tear] {
    let next = core.versions[core.walk.row(cell, version + 1)]
    let written = Int(next.writtenStart)..<Int(next.writtenEnd)
    let grainBytes = profile.tearing?.grainBytes ?? profile.sectorLength
    return choices.tears(written: written, grainBytes: grainBytes).filter { tear in
      allows(tear, of: Cell.ID(cell), after: Int(version))
        && (choices.mixesVersions || core.isExposed(tear, of: cell, after: version))
    }
  }

  /// The exact number of legal states at the present point without tears, or nil where it does not fit in 64 bits
  /// or where more than `searchMax` steps would have to be made to know it.
  public func stateCount(searchMax: Int = 1_000_000) -> UInt64? {
    count(WordCount.self, searchMax)?.value
  }

  /// The same in a type of numbers without a limit.
  ///
  /// - Parameter type: traps where it has a limit, and the number does not fit in it.
  public func stateCount<Number: UnsignedInteger>(
    as type: Number.Type, searchMax: Int = 1_000_000
  ) -> Number? {
    count(WideCount<Number>.self, searchMax)?.value
  }

  private func count<Number: StateNumber>(_ type: Number.Type, _ searchMax: Int) -> Number? {
    let walk = core.walk
    let rules = NeedRules(core)
    var counter = StateCounter<Number>(stepsMax: searchMax)
    var product = Number(UInt64(1))
    for component in rules.components {
      let weights = component.cells.map { cell in
        (walk.floor(cell)...walk.newest(cell)).reversed().map {
          (version: $0, weight: ChoiceCount(untorn: 1))
        }
      }
      guard let count = counter.count(component, weights) else { return nil }
      product.multiply(by: count)
    }
    for place in 0..<walk.openCount {
      let cell = walk.openCell(place)
      if rules.component(of: cell) != nil { continue }
      product.multiply(by: Number(UInt64(walk.newest(cell) - walk.floor(cell)) + 1))
    }
    return product
  }
}
