/// What the profile's order demands of the choices for the open cells of one point, in the form in which partly made
/// choices are completed and counted.
///
/// A need says that a choice at or above some version of one cell goes only with a choice at or above some version of
/// another. The choices that keep such needs, with each cell limited to any set of versions, are closed under taking
/// the greater of two choices cell by cell. So where there is any, there is a greatest one at or below given limits,
/// and it is found by lowering the source of a broken need below its version until none is broken: that decides
/// exactly whether a version is still possible.
struct NeedRules {
  /// Cells that needs tie together, in ascending order.
  struct Component {
    var cells: [Int32]
    /// In the order in which their sources were recorded: what a version needs comes before it, but for rings.
    var needs: [Need] = []
  }

  /// A choice at or above `version` of the cell at place `source` needs one at or above `neededVersion` of the cell
  /// at place `target`.
  struct Need: BitwiseCopyable {
    var source: Int
    var version: Int32
    var target: Int
    var neededVersion: Int32
  }

  private(set) var components: [Component] = []
  private var componentOfCell: [Int32: Int] = [:]

  var isEmpty: Bool { components.isEmpty }

  init() {}

  /// The needs of the point at which the core's window stands.
  init(_ core: DiskCore) {
    if core.walk.boundRowCount == 0 { return }
    let cells = (0..<core.walk.openCount).map { core.walk.openCell($0) }
    for part in NeedPartition(Self.openNeeds(core, among: cells), placeCount: cells.count).parts {
      for place in part.places { componentOfCell[cells[place]] = components.count }
      components.append(Component(cells: part.places.map { cells[$0] }, needs: part.needs))
    }
  }

  /// The needs whose targets can still be lost, with the cells as places in `cells`.
  ///
  /// - Parameter cells: all open cells, in ascending order.
  static func openNeeds(_ core: DiskCore, among cells: [Int32]) -> [Need] {
    let walk = core.walk
    var places: [Int32: Int] = [:]
    for (place, cell) in cells.enumerated() { places[cell] = place }
    var needs: [Need] = []
    for bound in 0..<walk.boundRowCount {
      let row = walk.boundRow(bound)
      let version = core.versions[row]
      for place in walk.needs(of: row) {
        let needed = core.versions[walk.neededRow(place)]
        // A cell's own chain holds by itself.
        if walk.floor(needed.cell) >= needed.version || needed.cell == version.cell { continue }
        if walk.isWaived(core, row, needs: walk.neededRow(place)) { continue }
        guard let source = places[version.cell], let target = places[needed.cell] else {
          fatalError("cell \(version.cell) needs cell \(needed.cell), and one of them is not open")
        }
        needs.append(
          Need(source: source, version: version.version, target: target, neededVersion: needed.version))
      }
    }
    return needs
  }

  /// The component of a cell; nil where no need speaks of it.
  func component(of cell: Int32) -> Component? {
    componentOfCell.isEmpty ? nil : componentOfCell[cell].map { components[$0] }
  }
}

extension NeedRules.Component {
  /// The greatest choices that keep the needs, or nil where there are none.
  ///
  /// - Parameter newest: the greatest allowed version, at or below a bound, of the cell at a place; nil where there
  ///   is none.
  func greatest(_ newest: (_ place: Int, _ bound: Int32) -> Int32?) -> [Int32]? {
    var choices: [Int32] = []
    choices.reserveCapacity(cells.count)
    for place in cells.indices {
      guard let choice = newest(place, Int32.max) else { return nil }
      choices.append(choice)
    }
    var isDone = false
    while !isDone {
      isDone = true
      for need in needs
      where choices[need.source] >= need.version && choices[need.target] < need.neededVersion {
        isDone = false
        guard let choice = newest(need.source, need.version - 1) else { return nil }
        choices[need.source] = choice
      }
    }
    return choices
  }
}

/// Cells, by their places, as sets that no need crosses; without those of which no need speaks.
struct NeedPartition {
  struct Part {
    /// In ascending order.
    var places: [Int] = []
    /// In the order in which they were given, with their cells as places in `places`.
    var needs: [NeedRules.Need] = []
  }

  private(set) var parts: [Part] = []

  /// - Parameter placeCount: the number of cells that the needs are about.
  init(_ needs: [NeedRules.Need], placeCount: Int) {
    var parents = [Int](0..<placeCount)
    func root(_ place: Int) -> Int {
      var place = place
      while parents[place] != place {
        parents[place] = parents[parents[place]]
        place = parents[place]
      }
      return place
    }
    var isTied = [Bool](repeating: false, count: placeCount)
    for need in needs {
      isTied[need.source] = true
      isTied[need.target] = true
      let (one, other) = (root(need.source), root(need.target))
      // The smallest place is the root, so that the parts' order does not depend on that of the needs.
      parents[max(one, other)] = min(one, other)
    }
    var numbers = [Int](repeating: -1, count: placeCount)
    var newPlaces = [Int](repeating: -1, count: placeCount)
    for place in 0..<placeCount where isTied[place] {
      let root = root(place)
      if numbers[root] < 0 {
        numbers[root] = parts.count
        parts.append(Part())
      }
      newPlaces[place] = parts[numbers[root]].places.count
      parts[numbers[root]].places.append(place)
    }
    for need in needs {
      var moved = need
      moved.source = newPlaces[need.source]
      moved.target = newPlaces[need.target]
      parts[numbers[root(need.source)]].needs.append(moved)
    }
  }
}
