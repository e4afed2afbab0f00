/// A search through all versions of some open cells that obey the order rules.
///
/// Each cell has bounds, and each rule carries them over: a version that is surely kept raises the lower bound of
/// what it needs, and one that is surely lost lowers the upper bound of what needs it. Rules between two thresholds
/// are a 2-SAT problem, for which that is complete (Even, Itai and Shamir, 1976): whatever bounds are reached
/// without a contradiction have a state within them, so the search never runs into a dead end. A call in flight with
/// a thousand sectors that persist together takes two branches and not two to the thousand.
struct StateSearch {
  let cells: [Int32]
  private var lowers: [Int32]
  private var uppers: [Int32]
  private let needs: [NeedRules.Need]
  /// For each cell, the needs at one end of which it is.
  private let needsOfPlaces: [[Int]]
  /// The bounds that were changed, so that they can be changed back.
  private var trail: [Change] = []

  private struct Change {
    var place: Int
    var lower: Int32
    var upper: Int32
  }

  /// - Parameter cells: all open cells, in ascending order.
  init(_ core: DiskCore, cells: [Int32]) {
    let walk = core.walk
    self.cells = cells
    lowers = cells.map { walk.floor($0) }
    uppers = cells.map { walk.newest($0) }
    needs = NeedRules.openNeeds(core, among: cells)
    var needsOfPlaces = [[Int]](repeating: [], count: cells.count)
    for (number, need) in needs.enumerated() {
      needsOfPlaces[need.source].append(number)
      needsOfPlaces[need.target].append(number)
    }
    self.needsOfPlaces = needsOfPlaces
  }

  // MARK: Bounds

  /// Narrows a cell's bounds and carries that over; false where a contradiction was met. `undo` takes it back.
  private mutating func narrow(_ place: Int, to range: ClosedRange<Int32>) -> Bool {
    var changed: [Int] = []
    guard set(place, max(lowers[place], range.lowerBound), min(uppers[place], range.upperBound), &changed)
    else { return false }
    while let place = changed.popLast() {
      for number in needsOfPlaces[place] {
        let need = needs[number]
        if lowers[need.source] >= need.version, lowers[need.target] < need.neededVersion,
          !set(need.target, need.neededVersion, uppers[need.target], &changed)
        {
          return false
        }
        if uppers[need.target] < need.neededVersion, uppers[need.source] >= need.version,
          !set(need.source, lowers[need.source], need.version - 1, &changed)
        {
          return false
        }
      }
    }
    return true
  }

  private mutating func set(_ place: Int, _ lower: Int32, _ upper: Int32, _ changed: inout [Int]) -> Bool {
    trail.append(Change(place: place, lower: lowers[place], upper: uppers[place]))
    lowers[place] = lower
    uppers[place] = upper
    changed.append(place)
    return lower <= upper
  }

  /// Takes back all changes since the trail was `length` long.
  private mutating func undo(to length: Int) {
    while trail.count > length {
      let change = trail.removeLast()
      lowers[change.place] = change.lower
      uppers[change.place] = change.upper
    }
  }

  // MARK: All states

  /// Calls `body` with every assignment, newest versions first.
  mutating func forEachAssignment<Failure: Error>(
    _ body: ([Int32]) throws(Failure) -> Void
  ) throws(Failure) {
    try assign(0, body)
  }

  private mutating func assign<Failure: Error>(
    _ place: Int, _ body: ([Int32]) throws(Failure) -> Void
  ) throws(Failure) {
    if place == cells.count { return try body(uppers) }
    for version in (lowers[place]...uppers[place]).reversed() {
      let length = trail.count
      if narrow(place, to: version...version) { try assign(place + 1, body) }
      undo(to: length)
    }
  }
}
