/// What a window that resolves has settled so far: for each cell that was observed, the choices that are left.
///
/// Observing a cell never picks one version. It sorts the choices that are left by what they show of the bytes, the
/// size or the entry that is being observed, or by the answer to what is asked about the bytes, and keeps one kind: all that
/// show or answer the same go on together, and a later observation may tell them apart. A choice that the profile's order rules out (`NeedRules`), given what
/// is left of the other cells, is dropped before it is offered. So a body has seen the same as with each of the states
/// that chooses, for each cell, one of the choices that are left, and keeps the order; and every legal state is among
/// those of exactly one sequence of answers.
///
/// Of the sectors of one state at most one is torn. So once the choices left of a sector are all tears, those of the others
/// are taken for gone. Where the order ties a cell to others, a tear of it is told from a version at once: then no
/// cell is torn only because the order needs a version of which nothing but a tear is left.
///
/// One of these belongs to each core and is used again for each body. Its cost follows the cells that are observed;
/// the marks that lead to it stay in the images from one body to the next while the window stays at its point.
final class ResolutionTable {
  typealias Choice = ChoiceCatalog.Choice

  /// An observed cell.
  struct Slot: BitwiseCopyable {
    var cell: Int32
    /// Where the choices that are left begin, and how many there are: in the catalog while all are, else in `left`.
    var first: Int32
    var count: Int32
    var isNarrowed = false
    /// Whether all that is left shows the same everywhere; then the cell bears no mark.
    var isSettled = false
    /// Whether all that is left is torn.
    var isTorn = false
    /// The bytes of the sector that all choices left agree on, as a number in `known`; -1: none yet.
    var known: Int32 = -1
  }

  private struct Change: BitwiseCopyable {
    var place: Int32
    var slot: Slot
    var leftCount: Int32
    var knownCount: Int32
  }

  let catalog: ChoiceCatalog
  private(set) var rules = NeedRules()
  private(set) var tearChoices: TearChoices?

  private let slots = Column<Slot>()
  private let slotOfCell = Column<Int32>()
  private let left = Column<Int32>()
  private let known: SectorMasks
  private let changes = Column<Change>()
  /// How many slots are torn: 0 or 1.
  private var tornCount = 0

  // Of the choices being sorted: their places in the catalog, the kind of each, and the first of each kind.
  private let candidates = Column<Int32>()
  private let kinds = Column<Int32>()
  private let kindHeads = Column<Int32>()
  /// The number of the answer that each gives to a question, -1 where it alone gives none.
  private let answers = Column<Int32>()

  private var resolver: (any Resolver)?
  private var window: CrashWindow?
  private var isArmed = false
  private(set) var isActive = false
  /// Raised when the slots of the last body are dropped.
  private(set) var generation = 0

  /// The changes before the body that runs inside this window's body, for `giveBack`.
  private let marks = Column<Int32>()

  init(sectorLength: Int) {
    catalog = ChoiceCatalog(sectorLength: sectorLength)
    known = SectorMasks(sectorLength: sectorLength)
  }

  // MARK: One body

  /// Leaves every open cell of the window unsettled.
  func begin(_ window: CrashWindow, _ resolver: any Resolver, _ tearChoices: TearChoices?) {
    let core = window.core
    if core.depth >= ImageStore.depthMax {
      fatalError(
        "a window at depth \(core.depth) cannot resolve; at most \(ImageStore.depthMax) can be nested")
    }
    if tearChoices != self.tearChoices {
      catalog.removeAll()
      self.tearChoices = tearChoices
    }
    forget()
    if !isArmed { arm(core) }
    self.window = window
    self.resolver = resolver
    isActive = true
    core.images.resolvingDepths |= 1 << UInt8(core.depth)
  }

  /// Puts the floors back; what was settled can be looked at until the next body.
  func end(_ core: DiskCore) {
    core.images.resolvingDepths &= ~(1 << UInt8(core.depth))
    isActive = false
    window = nil
    resolver = nil
    for place in 0..<slots.count {
      let slot = slots[place]
      core.show(slot.cell, value: core.walk.value(core, slot.cell, core.walk.floor(slot.cell)))
      if slot.isSettled { core.images.setMark(core.cells[Int(slot.cell)], depth: core.depth, true) }
    }
  }

  private func arm(_ core: DiskCore) {
    isArmed = true
    if slotOfCell.count < core.cells.count { slotOfCell.resize(to: core.cells.count, filler: -1) }
    rules = NeedRules(core)
    for place in 0..<core.walk.openCount {
      core.images.setMark(core.cells[Int(core.walk.openCell(place))], depth: core.depth, true)
    }
  }

  /// Forgets the present point of the window.
  func disarm(_ core: DiskCore) {
    catalog.removeAll()
    if !isArmed { return }
    isArmed = false
    forget()
    rules = NeedRules()
    for place in 0..<core.walk.openCount {
      core.images.setMark(core.cells[Int(core.walk.openCell(place))], depth: core.depth, false)
    }
  }

  private func forget() {
    generation += 1
    for place in 0..<slots.count { slotOfCell[Int(slots[place].cell)] = -1 }
    slots.removeAll()
    tornCount = 0
    left.removeAll()
    known.removeAll()
    changes.removeAll()
    marks.removeAll()
  }

  // MARK: Looking

  var slotCount: Int { slots.count }

  func slot(_ place: Int) -> Slot { slots[place] }

  /// Whether a sector was settled to nothing but tears.
  var isTorn: Bool { tornCount > 0 }

  /// The slot of a cell, or nil where it was not observed.
  func slot(of cell: Int32) -> Slot? {
    let place = Int(cell) < slotOfCell.count ? slotOfCell[Int(cell)] : -1
    return place < 0 ? nil : slots[Int(place)]
  }

  /// The choice that is number `index` of those left.
  func choice(_ slot: Slot, _ index: Int32) -> Choice {
    catalog[catalogPlace(slot, index)]
  }

  private func catalogPlace(_ slot: Slot, _ index: Int32) -> Int32 {
    slot.isNarrowed ? left[Int(slot.first + index)] : slot.first + index
  }

  /// Whether a choice of a slot may still be part of a state: another sector may be the torn one.
  func isLeft(_ choice: Choice, of slot: Slot) -> Bool {
    choice.tear < 0 || slot.isTorn || tornCount == 0
  }

  /// The greatest version that is left for a cell at or below `bound`; that of a tear only where nothing else is left.
  func newestLeft(_ cell: Int32, _ core: DiskCore, atMost bound: Int32) -> Int32? {
    guard let slot = slot(of: cell), slot.isNarrowed else {
      let newest = min(bound, core.walk.newest(cell))
      return newest >= core.walk.floor(cell) ? newest : nil
    }
    for index in 0..<slot.count {
      let choice = choice(slot, index)
      if choice.version <= bound && (choice.tear < 0 || slot.isTorn) { return choice.version }
    }
    return nil
  }

  var masks: SectorMasks {
    _read { yield catalog.masks }
  }

  /// What an observed cell shows.
  func shownChoice(_ cell: Int32) -> Choice {
    choice(slots[slotPlace(cell)], 0)
  }

  /// Calls `body` with each choice that observations of a cell have left, newest first.
  func forEachChoiceLeft(of cell: Int32, in window: CrashWindow, _ body: (Choice) -> Void) {
    if let slot = slot(of: cell) {
      for index in 0..<slot.count where isLeft(choice(slot, index), of: slot) { body(choice(slot, index)) }
    } else {
      for place in catalog.places(of: cell, in: window, tearChoices)
      where catalog[place].tear < 0 || tornCount == 0 {
        body(catalog[place])
      }
    }
  }

  /// The bytes that calls of the timeline wrote in what an observed sector shows.
  func shownMask(_ cell: Int32) -> Int32 {
    choice(slots[slotPlace(cell)], 0).mask
  }

  private func slotPlace(_ cell: Int32) -> Int {
    let place = slotOfCell[Int(cell)]
    if place >= 0 { return Int(place) }
    guard let window else { fatalError("cell \(cell) is observed while its window shows nothing") }
    let places = catalog.places(of: cell, in: window, tearChoices)
    slotOfCell[Int(cell)] = Int32(slots.count)
    slots.append(Slot(cell: cell, first: places.lowerBound, count: Int32(places.count)))
    return slots.count - 1
  }

  // MARK: Settling

  /// Settles a size or an entry as far as an observation between `lower` and `upper` tells of its value.
  func settleValue(_ cell: Int32, in core: DiskCore, _ lower: Int, _ upper: Int) {
    let place = slotPlace(cell)
    if slots[place].isSettled { return }
    let before = change(place)
    let isTied = collectCandidates(slots[place], core)
    _ = narrow(place, core, isTied: isTied) { one, other in
      DiskCore.part(of: catalog[candidates[one]].value, between: lower, and: upper)
        == DiskCore.part(of: catalog[candidates[other]].value, between: lower, and: upper)
    }
    let isNarrower = slots[place].count < before.slot.count
    let slot = slots[place]
    let value = choice(slot, 0).value
    core.show(cell, value: value)
    var isSettled = true
    for index in 1..<max(1, slot.count) where choice(slot, index).value != value { isSettled = false }
    if isSettled {
      slots[place].isSettled = true
      core.images.setMark(core.cells[Int(cell)], depth: core.depth, false)
    }
    if isNarrower || isSettled { changes.append(before) }
  }

  /// Settles the wanted bytes of a sector for `disk`, which lies inside the core's window.
  func settleSector(_ cell: Int32, in core: DiskCore, for disk: DiskCore) {
    let place = slotPlace(cell)
    let old = slots[place]
    if old.isSettled { return }
    let missing = DiskCore.Scratch.missing
    disk.scratch.copy(missing, from: disk.scratch, DiskCore.Scratch.wanted)
    if old.known >= 0 { disk.scratch.subtract(missing, known, old.known) }
    if disk.scratch.isEmpty(missing) { return }
    changes.append(change(place))
    let isTied = collectCandidates(old, core)
    _ = narrow(place, core, isTied: isTied) { one, other in
      showsTheSame(catalog[candidates[one]], catalog[candidates[other]], core, disk.scratch)
    }
    showMissing(place, core, disk)
  }

  /// Shows the missing bytes of a sector, on which all choices left of a slot agree.
  private func showMissing(_ place: Int, _ core: DiskCore, _ disk: DiskCore) {
    let slot = slots[place]
    let record = core.cells[Int(slot.cell)]
    let newKnown = known.add()
    if slot.known >= 0 { known.copy(newKnown, from: known, slot.known) }
    known.formUnion(newKnown, disk.scratch, DiskCore.Scratch.missing)
    slots[place].known = newKnown
    unsafe disk.reveal(
      record.subject, record.sector, from: catalog.bytes(choice(slots[place], 0), core), of: core)
    if known.isFull(newKnown) {
      slots[place].isSettled = true
      core.images.setMark(record, depth: core.depth, false)
    }
  }

  /// Settles the answer to a question about bytes of a sector, the wanted ones among them, for `disk`, which lies inside
  /// the core's window.
  ///
  /// - Parameter number: the number of the answer that follows from the sector's bytes.
  /// - Returns: the number of the answer; -1 where it hangs on what is further out, or where the bytes are known: as far
  ///   as this window tells, they are shown then.
  @unsafe
  func settleAnswer(
    _ cell: Int32, in core: DiskCore, for disk: DiskCore, _ number: (UnsafeRawBufferPointer) -> Int32
  ) -> Int32 {
    let place = slotPlace(cell)
    let old = slots[place]
    if old.isSettled { return -1 }
    let (wanted, missing) = (DiskCore.Scratch.wanted, DiskCore.Scratch.missing)
    disk.scratch.copy(missing, from: disk.scratch, wanted)
    if old.known >= 0 { disk.scratch.subtract(missing, known, old.known) }
    if disk.scratch.isEmpty(missing) { return -1 }
    let before = change(place)
    let isTied = collectCandidates(old, core)
    let record = core.cells[Int(cell)]
    let length = core.sectorLength
    let shown = unsafe core.images.bytes(record.subject, at: Int(record.sector) * length, count: length)
    answers.removeAll()
    unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 16) { sector in
      guard let target = sector.baseAddress else { return }
      unsafe sector.copyMemory(from: UnsafeRawBufferPointer(shown))
      for index in 0..<candidates.count {
        let choice = catalog[candidates[index]]
        if choice.mask >= 0 && !catalog.masks.holds(choice.mask, allOf: wanted, of: disk.scratch) {
          answers.append(-1)
          continue
        }
        unsafe disk.scratch.copyBytes(wanted, from: catalog.bytes(choice, core), to: target)
        answers.append(unsafe number(UnsafeRawBufferPointer(sector)))
      }
    }
    let picked = narrow(place, core, isTied: isTied) { one, other in
      if answers[one] >= 0 || answers[other] >= 0 { return answers[one] == answers[other] }
      return showsTheSame(catalog[candidates[one]], catalog[candidates[other]], core, disk.scratch)
    }
    let answer = answers[picked]
    if answer < 0 {
      changes.append(before)
      showMissing(place, core, disk)
    } else if slots[place].count < old.count {
      changes.append(before)
    }
    return answer
  }

  /// Settles what a walk of courses knows of a sector's contents: the choices that lead on to one place are one kind.
  ///
  /// - Parameter target: where a choice leads; -1 where that is not known.
  /// - Returns: the place of the kind that is kept; -1, and nothing is settled, where one of them is not known.
  func settleTarget(_ cell: Int32, in core: DiskCore, _ target: (Choice) -> Int32) -> Int32 {
    let place = slotPlace(cell)
    let before = change(place)
    let isTied = collectCandidates(slots[place], core)
    answers.removeAll()
    for index in 0..<candidates.count {
      let target = target(catalog[candidates[index]])
      if target < 0 { return -1 }
      answers.append(target)
    }
    let picked = narrow(place, core, isTied: isTied) { one, other in answers[one] == answers[other] }
    if slots[place].count < before.slot.count { changes.append(before) }
    return answers[picked]
  }

  /// Whether two choices hold the same in the missing bytes of `scratch`, whatever the windows further out settle.
  ///
  /// A byte that a call wrote in one of them, and that shows through from further out in the other, is taken for
  /// different, settled or not: so what is offered does not depend on what was settled out there, and the bodies of
  /// one exploration meet the same questions.
  private func showsTheSame(
    _ one: Choice, _ other: Choice, _ core: DiskCore, _ scratch: borrowing SectorMasks
  ) -> Bool {
    let missing = DiskCore.Scratch.missing
    if one.mask < 0 {
      return unsafe scratch.bytesAgree(missing, catalog.bytes(one, core), catalog.bytes(other, core))
    }
    if !catalog.masks.agree(one.mask, other.mask, on: missing, of: scratch) { return false }
    let part = DiskCore.Scratch.part
    scratch.copy(part, from: scratch, missing)
    scratch.formIntersection(part, catalog.masks, one.mask)
    return unsafe scratch.bytesAgree(part, catalog.bytes(one, core), catalog.bytes(other, core))
  }

  /// Sorts the candidates for a slot into kinds, asks for one where there are several, and keeps that.
  ///
  /// - Parameter isSameKind: whether the candidates of two numbers are of one kind.
  /// - Returns: the number of the first candidate of the kind that is kept.
  @inline(__always)
  private func narrow(
    _ place: Int, _ core: DiskCore, isTied: Bool, _ isSameKind: (_ one: Int, _ other: Int) -> Bool
  ) -> Int {
    let slot = slots[place]
    kinds.removeAll()
    kindHeads.removeAll()
    for index in 0..<candidates.count {
      let isTorn = catalog[candidates[index]].tear >= 0
      var kind = 0
      while kind < kindHeads.count {
        let head = Int(kindHeads[kind])
        if (!isTied || isTorn == (catalog[candidates[head]].tear >= 0)) && isSameKind(index, head) { break }
        kind += 1
      }
      if kind == kindHeads.count { kindHeads.append(Int32(index)) }
      kinds.append(Int32(kind))
    }
    let picked = pick(slot.cell, core, among: kindHeads.count)
    let head = Int(kindHeads[Int(picked)])
    var count: Int32 = 0
    for index in 0..<kinds.count where kinds[index] == picked { count += 1 }
    if count == slot.count { return head }
    slots[place].isNarrowed = true
    slots[place].first = Int32(left.count)
    slots[place].count = count
    var isTorn = true
    for index in 0..<kinds.count where kinds[index] == picked {
      left.append(candidates[index])
      if catalog[candidates[index]].tear < 0 { isTorn = false }
    }
    if isTorn && !slot.isTorn { tornCount += 1 }
    slots[place].isTorn = isTorn
    return head
  }

  private func pick(_ cell: Int32, _ core: DiskCore, among count: Int) -> Int32 {
    if count == 1 { return 0 }
    guard count > 1, let resolver else { fatalError("cell \(cell) has \(count) alternatives") }
    let picked = resolver.choose(Cell.ID(cell), depth: core.depth, among: count)
    if picked < 0 || picked >= count {
      fatalError("the resolver chose alternative \(picked) of cell \(cell), which has \(count)")
    }
    return Int32(picked)
  }

  /// Lists the choices left for a slot that the order allows; whether the order ties its cell to others.
  private func collectCandidates(_ slot: Slot, _ core: DiskCore) -> Bool {
    candidates.removeAll()
    let component = slot.count > 1 ? rules.component(of: slot.cell) : nil
    var decided: (version: Int32, isPossible: Bool)?
    for index in 0..<slot.count {
      let place = catalogPlace(slot, index)
      if !isLeft(catalog[place], of: slot) { continue }
      if let component {
        let version = catalog[place].version
        if decided?.version != version {
          decided = (version, isPossible(slot.cell, version, component, core))
        }
        if decided?.isPossible == false { continue }
      }
      candidates.append(place)
    }
    return component != nil
  }

  /// Whether the order allows a version of a cell together with something of what is left of the others.
  func isPossible(
    _ cell: Int32, _ version: Int32, _ component: NeedRules.Component, _ core: DiskCore
  ) -> Bool {
    component.greatest { place, bound in
      let other = component.cells[place]
      if other == cell { return version <= bound ? version : nil }
      return newestLeft(other, core, atMost: bound)
    } != nil
  }

  /// Puts what a window further out has settled of a sector into what is kept of it here.
  @unsafe
  func keepRevealed(_ cell: Int32, from source: UnsafeRawPointer, _ scratch: borrowing SectorMasks) {
    unsafe catalog.keepRevealed(cell, from: source, scratch)
  }

  // MARK: Giving back

  private func change(_ place: Int) -> Change {
    Change(
      place: Int32(place), slot: slots[place], leftCount: Int32(left.count), knownCount: Int32(known.count))
  }

  /// Notes what is settled now.
  func mark() {
    marks.append(Int32(changes.count))
  }

  /// Makes what was settled since the last mark unsettled again. What the images show of it stays: it is as good as
  /// anything else that may be shown there.
  func giveBack(_ core: DiskCore) {
    let mark = Int(marks.removeLast())
    while changes.count > mark {
      let change = changes.removeLast()
      let place = Int(change.place)
      if slots[place].isTorn && !change.slot.isTorn { tornCount -= 1 }
      if slots[place].isSettled && !change.slot.isSettled {
        core.images.setMark(core.cells[Int(change.slot.cell)], depth: core.depth, true)
      }
      slots[place] = change.slot
      left.resize(to: Int(change.leftCount), filler: 0)
      known.removeAll(from: Int(change.knownCount))
    }
  }
}
