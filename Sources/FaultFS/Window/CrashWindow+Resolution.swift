/// Showing all crash states of a point as one disk, of which only what is looked at is settled.
extension CrashWindow {
  /// Runs `body` with a disk on which every open cell is unsettled: what it shows is chosen when it is first
  /// observed, by `resolver`, among the alternatives that can be told apart by that observation.
  ///
  /// - A read observes the bytes that it returns, and the file's size where that may end it. A size that is asked for
  ///   or changed is observed; a write observes whether the file ends before the write's end, and where. `open`,
  ///   `rename`, `remove` and `list` observe the entries that they look up.
  /// - A question about bytes of one sector (`StorageFile.examine`) observes its answer alone: versions from which the same
  ///   answer follows are one alternative. About bytes of several sectors it observes all of them.
  /// - A write to an unsettled sector settles nothing: its bytes are known from then on, and the others can
  ///   still be observed.
  /// - Versions (and tears, where `tears` asks for them) that show the same in what is observed are one alternative. A
  ///   later observation of other bytes may tell them apart, and asks again.
  /// - Of the sectors of this window at most one is torn or exposed.
  /// - Alternatives that the profile's order rules out, given what was settled before, are not offered.
  ///
  /// So the body takes the course that it takes with each of the crash states which `resolution` counts, and
  /// with answers in depth-first order every crash state is met exactly once, provided that the body is
  /// deterministic.
  ///
  /// As with `withDisk(showing:)` the disk has no open files and no locks, records a timeline of its own, and is undone
  /// when the body returns or throws. In a window over it, a sector's version that the body made over an unsettled
  /// sector is the unsettled content with the written bytes over it, and stays so until someone looks. Windows can be
  /// nested eight deep.
  ///
  /// The cost follows what the body touches and observes, but for the first body at a point, which marks each open cell.
  ///
  /// - Parameters:
  ///   - tears: which tears to offer; none by default.
  ///   - keepsVersions: as with `withDisk(showing:)`.
  public func withDisk<Result, Failure: Error>(
    resolvingBy resolver: any Resolver, tears: TearChoices? = nil, keepsVersions: Bool = true,
    _ body: (FaultDisk) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    beginShowing()
    let inner = core.innerCore
    core.resolution.begin(self, resolver, tears)
    inner.begin(keepsVersions: keepsVersions)
    handLatentErrorsOver()
    markOuterChoices()
    defer {
      inner.discard()
      if core.depth == 0 { core.images.courseTrace = nil }
      core.resolution.end(core)
      giveBackOuterChoices()
      endShowing()
    }
    return try body(FaultDisk(inner))
  }

  func markOuterChoices() {
    if keepsOuterChoices { return }
    var outer = core.parent
    while let core = outer {
      core.resolution.mark()
      outer = core.parent
    }
  }

  func giveBackOuterChoices() {
    if keepsOuterChoices { return }
    var outer = core.parent
    while let core = outer {
      core.resolution.giveBack(core)
      outer = core.parent
    }
  }

  /// What the body of `withDisk(resolvingBy:)` that runs, or else ran last, has settled so far.
  ///
  /// Valid until the next such body begins or the window goes on; traps after that, or where there was none.
  public var resolution: Resolution {
    checkLive()
    return Resolution(self)
  }

  /// The versions of an open cell that are still possible in the body that runs or ran last, newest first: those that
  /// were not ruled out by an observation of the cell, nor by needs that tie it to other cells that were observed.
  public func possibleVersions(of cell: Cell.ID) -> [Int] {
    checkLive()
    let table = core.resolution
    let component = table.rules.component(of: cell.number)
    return candidates(of: cell).reversed().filter { version in
      let version = Int32(version)
      if table.newestLeft(cell.number, core, atMost: version) != version { return false }
      return component.map { table.isPossible(cell.number, version, $0, core) } ?? true
    }
  }
}

/// How far a body has settled the cells of its window, and which crash states it stands for.
public struct Resolution {
  /// An open cell of which an observation has left only some choices.
  public struct Settlement: Hashable, Sendable {
    public var cell: Cell.ID
    /// The choices that are left, newest first: all show the same in everything that was observed, and answer all questions
    /// alike.
    public var choices: [CrashState.Choice]
    /// How many choices there were.
    public var choiceCount: Int
  }

  private let window: CrashWindow
  private let generation: Int

  init(_ window: CrashWindow) {
    self.window = window
    generation = window.core.resolution.generation
  }

  private var table: ResolutionTable {
    window.checkLive()
    let table = window.core.resolution
    if generation != table.generation {
      fatalError(
        "a resolution was used after the next body began or its window went on "
          + "(its generation is \(generation), the present one \(table.generation))")
    }
    return table
  }

  // MARK: Cells

  /// The cells that were settled, at least in part, in the order in which they were first observed.
  public var settlements: [Settlement] {
    let table = table
    return (0..<table.slotCount).map(table.slot).filter(\.isNarrowed).map { slot in
      Settlement(
        cell: Cell.ID(slot.cell),
        choices: (0..<slot.count).map { table.choice(slot, $0) }.filter { table.isLeft($0, of: slot) }.map {
          CrashState.Choice(Int($0.version), tear: table.catalog.tear($0))
        },
        choiceCount: table.catalog.places(of: slot.cell, in: window, table.tearChoices).count)
    }
  }

  /// The open cells of which no choice was ruled out by an observation of them, in ascending order. The order may
  /// still limit them, by what is settled of others.
  public var unsettledCells: [Cell.ID] {
    let table = table
    return window.openCells.filter { table.slot(of: $0.number)?.isNarrowed != true }
  }

  /// The crash state that chooses the newest version still possible for each cell, and no tear where a
  /// version will do. The body takes the same course when it is shown this state.
  public var state: CrashState {
    let table = table
    let core = window.core
    var versions: [Int32: Int32] = [:]
    for component in table.rules.components {
      let greatest = component.greatest { place, bound in
        table.newestLeft(component.cells[place], core, atMost: bound)
      }
      guard let greatest else { fatalError("the cells \(component.cells) were left without a legal choice") }
      for (cell, version) in zip(component.cells, greatest) { versions[cell] = version }
    }
    var state = CrashState(point: window.point)
    for cell in window.openCells {
      guard let version = versions[cell.number] ?? table.newestLeft(cell.number, core, atMost: .max) else {
        fatalError("\(cell) was left without a choice")
      }
      if version == core.walk.newest(cell.number) { continue }
      state.deviations.append(
        CrashState.Deviation(cell: cell, version: Int(version), tear: tearNeeded(cell.number, version)))
    }
    return state
  }

  /// Whether a sector was settled to a tear or an exposed tail.
  public var isTorn: Bool { table.isTorn }

  /// The first tear left for a version, where the version itself is not left.
  private func tearNeeded(_ cell: Int32, _ version: Int32) -> Tear? {
    guard let slot = table.slot(of: cell), slot.isTorn else { return nil }
    for index in 0..<slot.count {
      let choice = table.choice(slot, index)
      if choice.version == version { return table.catalog.tear(choice) }
    }
    return nil
  }

  // MARK: Counts

  /// The exact number of legal crash states that the body stands for; over all bodies of a depth-first
  /// exploration these add up to the number of all legal states.
  ///
  /// - Parameters:
  ///   - countingTears: whether states with one sector torn or exposed, as the `tears` of the body say, count as well.
  ///   - searchMax: how many steps may be made to count what is left of the cells that the profile's order ties together.
  /// - Returns: nil where the number does not fit in 64 bits, or the search is longer than `searchMax`.
  public func coveredStates(countingTears: Bool = false, searchMax: Int = 1_000_000) -> UInt64? {
    if !countingTears { return count(WordCount.self, searchMax)?.value }
    guard let count = count(TornCount<WordCount>.self, searchMax) else { return nil }
    var sum = count.untorn
    sum.add(count.oneTorn)
    return sum.value
  }

  /// The same in a type of numbers without a limit: the states without a torn or exposed sector, and those with one.
  ///
  /// - Parameter type: traps where it has a limit, and the number does not fit in it.
  /// - Returns: nil where the search is longer than `searchMax`.
  public func coveredStates<Number: UnsignedInteger>(
    as type: Number.Type, searchMax: Int = 1_000_000
  ) -> (untorn: Number, oneTorn: Number)? {
    if table.tearChoices == nil {
      return count(WideCount<Number>.self, searchMax).map { ($0.value, 0) }
    }
    return count(TornCount<WideCount<Number>>.self, searchMax).map { ($0.untorn.value, $0.oneTorn.value) }
  }

  /// The exact number of all states that the body would stand for if any number of sectors could be torn or exposed at a time.
  ///
  /// - Parameter type: traps where it has a limit, and the number does not fit in it.
  /// - Returns: nil where the search is longer than `searchMax`.
  public func statesWithAnyTears<Number: UnsignedInteger>(
    as type: Number.Type, searchMax: Int = 1_000_000
  ) -> Number? {
    count(WideCount<Number>.self, searchMax) { $0.all }?.value
  }

  private func count<Number: StateNumber>(
    _ type: Number.Type, _ searchMax: Int, _ weight: (ChoiceCount) -> ChoiceCount = { $0 }
  ) -> Number? {
    let table = table
    let core = window.core
    var counter = StateCounter<Number>(stepsMax: searchMax)
    var product = Number(UInt64(1))
    for component in table.rules.components {
      let weights = component.cells.map { cell in
        self.weights(cell).map { (version: $0.version, weight: weight($0.weight)) }
      }
      guard let count = counter.count(component, weights) else { return nil }
      product.multiply(by: count)
    }
    for place in 0..<core.walk.openCount {
      let cell = core.walk.openCell(place)
      if table.rules.component(of: cell) != nil { continue }
      product.multiply(by: Number(weight(choicesLeft(cell))))
    }
    return product
  }

  /// How many choices are left for a cell.
  private func choicesLeft(_ cell: Int32) -> ChoiceCount {
    let table = table
    guard let slot = table.slot(of: cell), slot.isNarrowed else {
      return ChoiceCount(
        untorn: UInt64(window.core.walk.newest(cell) - window.core.walk.floor(cell)) + 1,
        torn: UInt64(table.catalog.tearCount(cell, in: window, table.tearChoices)))
    }
    var count = ChoiceCount()
    for index in 0..<slot.count { count = count + table.choice(slot, index).count }
    return count
  }

  /// The versions left for a cell, each with the number of choices that are made of it.
  private func weights(_ cell: Int32) -> [(version: Int32, weight: ChoiceCount)] {
    var weights: [(version: Int32, weight: ChoiceCount)] = []
    func add(_ choice: ResolutionTable.Choice) {
      if weights.last?.version == choice.version {
        weights[weights.count - 1].weight = weights[weights.count - 1].weight + choice.count
      } else {
        weights.append((choice.version, choice.count))
      }
    }
    let table = table
    if let slot = table.slot(of: cell), slot.isNarrowed {
      for index in 0..<slot.count { add(table.choice(slot, index)) }
    } else {
      for place in table.catalog.places(of: cell, in: window, table.tearChoices) { add(table.catalog[place]) }
    }
    return weights
  }
}

extension ChoiceCatalog.Choice {
  fileprivate var count: ChoiceCount { tear >= 0 ? ChoiceCount(torn: 1) : ChoiceCount(untorn: 1) }
}
