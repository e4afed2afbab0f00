/// What indivisible operations demand of the choices for the open cells of one point, in the form in which
/// partly made choices are completed.
///
/// A rule says that a choice at or above some version of one cell goes with a choice at or above some version of
/// another. The choices that keep such rules, with each cell limited to any set of versions, are closed under taking
/// the greater of two choices cell by cell. So where there is any, there is a greatest one, and it is found by
/// lowering choices that break a rule until none does: that decides exactly whether a version is still possible.
struct LinkRules {
  /// Cells that rules tie together, in ascending order.
  struct Component {
    var cells: [Int32]
    var rules: [Rule] = []
  }

  /// A choice at or above `version` of the cell at `place` goes with one at or above `earlierVersion` of the cell
  /// at `earlier`.
  struct Rule {
    var place: Int
    var version: Int32
    var earlier: Int
    var earlierVersion: Int32
  }

  private(set) var components: [Component] = []
  private var componentOfCell: [Int32: Int] = [:]

  var isEmpty: Bool { components.isEmpty }

  init() {}

  /// The rules of the point at which the core's window stands.
  init(_ core: DiskCore) {
    let walk = core.walk
    if walk.linkCount == 0 { return }
    components = StateSearch.linkedComponents(core).map { Component(cells: $0) }
    for (number, component) in components.enumerated() {
      for cell in component.cells { componentOfCell[cell] = number }
    }
    for link in 0..<walk.linkCount {
      let members = core.operations[Int(walk.link(link))].versions.map { core.versions[$0] }
        .sorted { $0.cell < $1.cell }
      guard let first = members.first, let number = componentOfCell[first.cell] else { continue }
      let cells = components[number].cells
      guard let earlier = cells.firstIndex(of: first.cell) else { continue }
      for member in members.dropFirst() {
        guard let place = cells.firstIndex(of: member.cell) else { continue }
        components[number].rules.append(
          Rule(
            place: place, version: member.version, earlier: earlier, earlierVersion: first.version))
      }
    }
  }

  /// The component of a cell; nil where no rule speaks of it.
  func component(of cell: Int32) -> Component? {
    componentOfCell.isEmpty ? nil : componentOfCell[cell].map { components[$0] }
  }
}

extension LinkRules.Component {
  /// The greatest choices that keep the rules, or nil where there are none.
  ///
  /// - Parameter newest: the greatest allowed version, at or below a bound, of the cell at a place; nil where there
  ///   is none.
  func greatest(_ newest: (_ place: Int, _ bound: Int32) -> Int32?) -> [Int32]? {
    var choices: [Int32] = []
    for place in cells.indices {
      guard let choice = newest(place, Int32.max) else { return nil }
      choices.append(choice)
    }
    var isDone = false
    while !isDone {
      isDone = true
      for rule in rules {
        let isKept = choices[rule.place] >= rule.version
        let isEarlierKept = choices[rule.earlier] >= rule.earlierVersion
        if isKept == isEarlierKept { continue }
        isDone = false
        let lowered = isKept ? rule.place : rule.earlier
        let bound = (isKept ? rule.version : rule.earlierVersion) - 1
        guard let choice = newest(lowered, bound) else { return nil }
        choices[lowered] = choice
      }
    }
    return choices
  }

  /// How many choices keep the rules, each counted as often as the product of its versions' weights says; nil where
  /// that does not fit in 64 bits, or after `searchMax` steps.
  ///
  /// - Parameter weights: for each cell, its allowed versions with a weight each.
  func count(_ weights: [[(version: Int32, weight: UInt64)]], searchMax: Int) -> UInt64? {
    var rulesByPlace = [[LinkRules.Rule]](repeating: [], count: cells.count)
    for rule in rules { rulesByPlace[rule.place].append(rule) }
    var total: UInt64 = 0
    var steps = 0
    var tries = [Int](repeating: 0, count: cells.count)
    var versions = [Int32](repeating: 0, count: cells.count)
    var products = [UInt64](repeating: 1, count: cells.count + 1)
    var place = 0
    // Depth first without recursion: `tries[place]` is the next version to try there.
    while place >= 0 {
      if place == cells.count {
        let (sum, overflows) = total.addingReportingOverflow(products[place])
        if overflows { return nil }
        total = sum
        place -= 1
      } else if tries[place] == weights[place].count {
        tries[place] = 0
        place -= 1
      } else {
        steps += 1
        if steps > searchMax { return nil }
        let (version, weight) = weights[place][tries[place]]
        tries[place] += 1
        versions[place] = version
        let isConsistent = rulesByPlace[place].allSatisfy {
          (version >= $0.version) == (versions[$0.earlier] >= $0.earlierVersion)
        }
        if !isConsistent { continue }
        let (product, overflows) = products[place].multipliedReportingOverflow(by: weight)
        if overflows { return nil }
        products[place + 1] = product
        place += 1
      }
    }
    return total
  }
}
