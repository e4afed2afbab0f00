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
  private let needs: [Need]
  /// For each cell, the needs at one end of which it is.
  private let needsOfPlaces: [[Int]]
  /// The bounds that were changed, so that they can be changed back.
  private var trail: [Change] = []

  /// A version of the cell at `source` at or above `version` needs one of the cell at `target` at or above
  /// `neededVersion`.
  private struct Need {
    var source: Int
    var version: Int32
    var target: Int
    var neededVersion: Int32
  }

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
    var places: [Int32: Int] = [:]
    for (place, cell) in cells.enumerated() { places[cell] = place }
    var needs: [Need] = []
    var needsOfPlaces = [[Int]](repeating: [], count: cells.count)
    for bound in 0..<walk.boundRowCount {
      let row = walk.boundRow(bound)
      let version = core.versions[row]
      for place in walk.needs(of: row) {
        let needed = core.versions[walk.neededRow(place)]
        if walk.floor(needed.cell) >= needed.version { continue }
        guard let source = places[version.cell], let target = places[needed.cell] else {
          fatalError("cell \(version.cell) needs cell \(needed.cell), and one of them is not searched")
        }
        // A cell's chain holds by itself.
        if source == target { continue }
        needsOfPlaces[source].append(needs.count)
        needsOfPlaces[target].append(needs.count)
        needs.append(
          Need(source: source, version: version.version, target: target, neededVersion: needed.version))
      }
    }
    self.needs = needs
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

  // MARK: Counting

  /// The number of assignments; nil where it does not fit in 64 bits, or more than `searchMax` cases would have
  /// to be told apart. Cells that no rule ties together are counted by themselves, and multiplied.
  mutating func count(searchMax: Int) -> UInt64? {
    var budget = searchMax
    var count: UInt64 = 1
    for component in components() {
      guard let states = self.count(component.places, component.needs, &budget) else { return nil }
      let (product, overflows) = count.multipliedReportingOverflow(by: states)
      if overflows { return nil }
      count = product
    }
    return count
  }

  /// The places as sets that no need crosses, each with its needs.
  private func components() -> [(places: [Int], needs: [Int])] {
    var parents = Array(cells.indices)
    func root(_ place: Int) -> Int {
      var place = place
      while parents[place] != place { place = parents[place] }
      return place
    }
    for need in needs {
      let (one, other) = (root(need.source), root(need.target))
      parents[max(one, other)] = min(one, other)
    }
    var components: [(places: [Int], needs: [Int])] = []
    var numbers = [Int](repeating: -1, count: cells.count)
    for place in cells.indices {
      let root = root(place)
      parents[place] = root
      if numbers[root] < 0 {
        numbers[root] = components.count
        components.append(([], []))
      }
      components[numbers[root]].places.append(place)
    }
    for (number, need) in needs.enumerated() {
      components[numbers[root(need.source)]].needs.append(number)
    }
    return components
  }

  private mutating func count(_ places: [Int], _ needs: [Int], _ budget: inout Int) -> UInt64? {
    // The cell that the most undecided needs meet, and the least version that one of them is about.
    var degrees: [Int: Int] = [:]
    var best: (place: Int, version: Int32, degree: Int)?
    var undecided: [Int] = []
    for number in needs {
      let need = self.needs[number]
      if lowers[need.source] >= need.version || uppers[need.source] < need.version
        || lowers[need.target] >= need.neededVersion
      {
        continue
      }
      undecided.append(number)
      for (place, version) in [(need.source, need.version), (need.target, need.neededVersion)] {
        let degree = degrees[place, default: 0] + 1
        degrees[place] = degree
        if degree > best?.degree ?? 0 { best = (place, version, degree) }
      }
    }
    guard let best else { return product(places) }
    budget -= 1
    if budget < 0 { return nil }
    var sum: UInt64 = 0
    for range in [lowers[best.place]...best.version - 1, best.version...uppers[best.place]] {
      let length = trail.count
      let isPossible = narrow(best.place, to: range)
      let states = isPossible ? count(places, undecided, &budget) : 0
      undo(to: length)
      guard let states else { return nil }
      let (total, overflows) = sum.addingReportingOverflow(states)
      if overflows { return nil }
      sum = total
    }
    return sum
  }

  /// The number of assignments of cells that no need ties together any more.
  private func product(_ places: [Int]) -> UInt64? {
    var count: UInt64 = 1
    for place in places {
      let (product, overflows) = count.multipliedReportingOverflow(
        by: UInt64(uppers[place] - lowers[place]) + 1)
      if overflows { return nil }
      count = product
    }
    return count
  }
}
